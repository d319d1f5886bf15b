"""Read a configuration from JSON and from settings such as "engine.batch=64"; write it as JSON."""

from __future__ import annotations

import dataclasses
import json
import typing
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from cercafoto.training.clip_italian.config import Run
from cercafoto.training.training_errors import InputError


def override(run: Run, settings: Sequence[str]) -> Run:
    """Apply settings such as "optimizer.learning_rate=3e-5" in order.

    Each value is read as the type of its field. Raises InputError for an unknown field or a value
    of another type.
    """
    for setting in settings:
        path, separator, text = setting.partition("=")
        if not separator:
            raise InputError(f"{setting!r}: expected FIELD=VALUE")
        run = _replaced(run, path.split("."), text, setting)
    run.check()
    return run


def to_json(run: Run) -> str:
    return json.dumps(dataclasses.asdict(run), indent=2, ensure_ascii=False)


def from_json(text: str, where: str = "config.json") -> Run:
    """Read a configuration. Raises InputError for a text that is none."""
    try:
        data = json.loads(text)
        run: Run = _built(Run, data)
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise InputError(f"{where}: not the configuration of a run ({error})") from error
    run.check()
    return run


def load(path: Path) -> Run:
    """Read the configuration in a run's folder. Raises InputError."""
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror})") from error
    return from_json(text, str(path))


def _built(kind: Any, data: dict[str, Any]) -> Any:
    types = typing.get_type_hints(kind)
    values: dict[str, Any] = {}
    for name, value in data.items():
        field_type = types[name]
        if dataclasses.is_dataclass(field_type):
            values[name] = _built(field_type, value)
        else:
            values[name] = tuple(value) if isinstance(value, list) else value
    return kind(**values)


def _replaced(part: Any, path: list[str], text: str, setting: str) -> Any:
    name, *rest = path
    if not dataclasses.is_dataclass(part) or name not in typing.get_type_hints(type(part)):
        raise InputError(f"{setting!r}: there is no such field")
    old = getattr(part, name)
    new = _replaced(old, rest, text, setting) if rest else _parsed(old, text, setting)
    return dataclasses.replace(typing.cast(Any, part), **{name: new})


def _parsed(old: Any, text: str, setting: str) -> Any:
    try:
        if isinstance(old, bool):
            return {"true": True, "false": False}[text.lower()]
        if isinstance(old, tuple):
            kind = type(old[0]) if old else int
            return tuple(kind(part) for part in text.strip("()").split(",") if part)
        if isinstance(old, (int, float, str)):
            return type(old)(text)
    except (KeyError, ValueError) as error:
        raise InputError(f"{setting!r}: not a value of the type of {old!r}") from error
    raise InputError(f"{setting!r}: name one of the fields of this part")
