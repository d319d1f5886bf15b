"""Write the manual of presets and fields from the configuration itself."""

from __future__ import annotations

import dataclasses
import inspect
import re
import textwrap
import typing
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from cercafoto.training.clip_italian.config import TEACHER, Run
from cercafoto.training.clip_italian.presets import PRESETS

WIDTH = 80
INDENT = 4


@dataclass(frozen=True)
class Field:
    """A field that --set changes.

    path: such as "optimizer.learning_rate".
    default: its value as --set takes it.
    about: what the docstring of its class says, else the comment beside it.
    """

    path: str
    default: str
    about: str


def fields(part: type = Run, prefix: str = "") -> Iterator[Field]:
    """Yield the fields of a configuration, then the fields of each of its parts."""
    types = typing.get_type_hints(part)
    texts = _told(part)
    parts = []
    for field in dataclasses.fields(part):
        kind, path = types[field.name], f"{prefix}{field.name}"
        if dataclasses.is_dataclass(kind):
            parts.append((kind, f"{path}."))
        else:
            yield Field(path, written(field.default), texts.get(field.name, ""))
    for kind, inner in parts:
        yield from fields(typing.cast(type, kind), inner)


@cache
def manual() -> str:
    """Return the presets and the fields as text, a paragraph each."""
    presets = [_entry(name, _summary(run)) for name, run in PRESETS.items()]
    settings = [_entry(f"{f.path}={f.default}", f.about) for f in fields()]
    return "\n".join(
        [
            "presets (--preset):",
            *presets,
            "",
            "fields (--set FIELD=VALUE, repeatable), as they are where no preset says other:",
            *settings,
        ]
    )


def _summary(run: Run) -> str:
    """Return a line about a preset, made of its own numbers."""
    towers, schedule = run.towers, run.schedule
    begins = f"{towers.image} and {towers.text}, {towers.projection} numbers"
    if towers.image == TEACHER:
        own = towers.text == TEACHER
        begins = f"a teacher's image tower and {'its text tower' if own else 'a student'}"
    learns = {
        (0, 0): "only the projections learn",
        (-1, -1): "all learns",
        (0, -1): "the text tower learns",
    }.get(run.learning_blocks, "the last blocks learn")
    length = f"{schedule.epochs} epochs"
    if schedule.max_steps:
        length = f"{schedule.max_steps} steps"
    elif schedule.stop_after_epochs:
        length += f" of which {schedule.stop_after_epochs} are run"
    return (
        f"{begins}; {learns}; {length}, "
        f"{run.engine.batch} pairs a step, {run.optimizer.name} at {run.optimizer.learning_rate:g}"
    )


def _told(part: type) -> dict[str, str]:
    """Return the description of each field of a class, in one line."""
    texts: dict[str, str] = {}
    comments = re.findall(r"^    (\w+): .*?  # (?:\[ours\] )?(.+)$", inspect.getsource(part), re.M)
    texts |= comments
    name = ""
    for line in inspect.cleandoc(part.__doc__ or "").splitlines()[1:]:
        if found := re.match(r"(\w+): (.+)", line):
            name = found[1]
            texts[name] = found[2]
        elif name and line.startswith(" "):
            texts[name] += f" {line.strip()}"
        else:
            name = ""
    return texts


def written(value: Any) -> str:
    """Return a value as --set takes it."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple):
        return ",".join(map(str, value))
    return str(value)


def _entry(head: str, text: str) -> str:
    inner = 2 * INDENT
    lines = textwrap.wrap(text.rstrip("."), WIDTH - inner, break_on_hyphens=False)
    return "\n".join([" " * INDENT + head, *(" " * inner + line for line in lines)])
