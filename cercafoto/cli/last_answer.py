"""The last answer of `cerca`, saved in the archive: the question, and which photo had which number,
so that "--piu 3 --meno 7" mean something."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from cercafoto.base.atomic_file import replacing
from cercafoto.errors import UsageError
from cercafoto.question.options import Options

FILE = "ultima_ricerca.json"


@dataclass(frozen=True)
class Question:
    """A question as it was typed.

    like, folders: absolute paths.
    """

    words: tuple[str, ...] = ()
    like: tuple[str, ...] = ()
    folders: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    options: Options = field(default_factory=Options)
    literal: bool = False

    def __bool__(self) -> bool:
        return self != Question()


@dataclass(frozen=True)
class LastAnswer:
    """A question and the photos of its answer, in their order.

    more, less: the photos that feedback has named so far, which the next one adds to.
    """

    question: Question
    photos: tuple[bytes, ...]
    more: tuple[bytes, ...] = ()
    less: tuple[bytes, ...] = ()

    def numbered(self, numbers: Sequence[int]) -> tuple[bytes, ...]:
        """Return the photos with these numbers. Raises UsageError for one that there is not."""
        for number in numbers:
            if not 1 <= number <= len(self.photos):
                raise UsageError(
                    f"L'ultima ricerca non ha una foto numero {number}: ne ha {len(self.photos)}."
                )
        return tuple(self.photos[number - 1] for number in numbers)


def save(archive: Path, answer: LastAnswer) -> None:
    """Replace the file; an archive that cannot be written only has no memory."""
    data = {"asked": asdict(answer.question)} | {
        name: [os.fsdecode(path) for path in paths]
        for name, paths in (
            ("found", answer.photos),
            ("more", answer.more),
            ("less", answer.less),
        )
    }
    with suppress(OSError), replacing(archive / FILE) as partial:
        # Escapes, since a path may hold bytes that are no valid text.
        partial.write_text(json.dumps(data), encoding="ascii")


def load(archive: Path) -> LastAnswer:
    """Read the file. Raises UsageError where there is none, or it cannot be read."""
    try:
        data = json.loads((archive / FILE).read_text(encoding="ascii"))
        question = _tuples(data["asked"])
        options = _tuples(question.pop("options"))
        paths = [tuple(os.fsencode(p) for p in data[name]) for name in ("found", "more", "less")]
        return LastAnswer(Question(**question, options=Options(**options)), *paths)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UsageError(
            "Non c'è un'ultima ricerca a cui riferire --piu e --meno.",
            'Prima cerca qualcosa, per esempio: cercafoto cerca "un gatto"',
        ) from error


def _tuples(data: dict[str, Any]) -> dict[str, Any]:
    """Turn lists into tuples, which JSON does not have."""
    return {name: tuple(v) if isinstance(v, list) else v for name, v in data.items()}
