"""The last answer of `cerca`, saved in the archive: the question, and which photo had which number,
so that "--piu 3 --meno 7" mean something."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cercafoto.base.atomic_file import replacing
from cercafoto.errors import UsageError
from cercafoto.question.question import Question

FILE = "ultima_ricerca.json"
# Those of a question that the file has in a group of their own.
OPTIONS = (
    "since",
    "until",
    "place",
    "without",
    "camera",
    "format",
    "orientation",
    "rating",
    "keywords",
)


@dataclass(frozen=True)
class LastAnswer:
    """A question and the photos of its answer, in their order.

    question: its `more` and `less` are what feedback has named so far, which the next one adds to.
    """

    question: Question
    photos: tuple[bytes, ...]

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
    with suppress(OSError), replacing(archive / FILE) as partial:
        # Escapes, since a path may hold bytes that are no valid text.
        partial.write_text(json.dumps(_to_json(answer)), encoding="ascii")


def load(archive: Path) -> LastAnswer:
    """Read the file. Raises UsageError where there is none, or it cannot be read."""
    try:
        return _from_json(json.loads((archive / FILE).read_text(encoding="ascii")))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UsageError(
            "Non c'è un'ultima ricerca a cui riferire --piu e --meno.",
            'Prima cerca qualcosa, per esempio: cercafoto cerca "un gatto"',
        ) from error


def _to_json(answer: LastAnswer) -> dict[str, Any]:
    question = answer.question
    return {
        "asked": {
            "words": question.words,
            "like": [str(path) for path in question.like],
            "folders": [str(path) for path in question.folders],
            "labels": question.labels,
            "options": {name: getattr(question, name) for name in OPTIONS},
            "literal": question.literal,
        },
        "found": [os.fsdecode(path) for path in answer.photos],
        "more": [os.fsdecode(path) for path in question.more],
        "less": [os.fsdecode(path) for path in question.less],
    }


def _from_json(data: dict[str, Any]) -> LastAnswer:
    typed = data["asked"]
    # JSON has no tuples.
    options: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value
        for name, value in typed["options"].items()
    }
    question = Question(
        words=tuple(typed["words"]),
        like=tuple(map(Path, typed["like"])),
        folders=tuple(map(Path, typed["folders"])),
        labels=tuple(typed["labels"]),
        literal=typed["literal"],
        more=tuple(map(os.fsencode, data["more"])),
        less=tuple(map(os.fsencode, data["less"])),
        **options,
    )
    return LastAnswer(question, tuple(map(os.fsencode, data["found"])))
