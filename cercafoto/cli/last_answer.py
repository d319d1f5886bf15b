"""Save and load the last answer of `cerca`: its question and its numbered photos, so that
"--piu 3 --meno 7" can refer to them."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

from cercafoto.base.atomic_file import erase, replacing, translated_errors
from cercafoto.base.bounded_json import read_json
from cercafoto.cli.standard_input import STANDARD_INPUT
from cercafoto.errors import UsageError
from cercafoto.question.question import Question
from cercafoto.question.stored_question import from_json, texts, to_json

FILE = "ultima_ricerca.json"
LARGEST = 64_000_000  # bytes; the paths of half a million photos


class LastAnswer(NamedTuple):
    """A question and the photos of its answer, in order.

    question: `more` and `less` contain the feedback so far, to which the next feedback is added.
    photos: paths.
    """

    question: Question
    photos: tuple[bytes, ...]

    @property
    def again(self) -> Question:
        """The question, to be asked again. Raises UsageError if it used a photo from standard
        input, which is gone."""
        if STANDARD_INPUT in self.question.like:
            raise UsageError(
                "L'ultima ricerca partiva da una foto arrivata da un altro programma, "
                "che non c'è più.",
                "Ripeti la ricerca intera, e aggiungi --piu o --meno.",
            )
        return self.question

    def numbered(self, numbers: Sequence[int]) -> tuple[bytes, ...]:
        """Return the photos with these numbers, from 1. Raises UsageError for any other number."""
        for number in numbers:
            if not 1 <= number <= len(self.photos):
                raise UsageError(
                    f"L'ultima ricerca non ha una foto numero {number}: ne ha {len(self.photos)}."
                )
        return tuple(self.photos[number - 1] for number in numbers)


def save(archive: Path, answer: LastAnswer) -> None:
    """Save an answer in the archive's folder. If the folder cannot be written, nothing is saved."""
    with suppress(OSError), replacing(archive / FILE) as partial:
        # ASCII with escapes: a path may contain bytes that are not valid text.
        partial.write_text(json.dumps(_to_json(answer), default=str), encoding="ascii")


def forget(archive: Path) -> None:
    """Overwrite and delete the saved answer, if there is one. Raises CercafotoError."""
    path = archive / FILE
    with translated_errors(path):
        if os.path.lexists(path):
            erase(path)


def load(archive: Path) -> LastAnswer:
    """Return the answer saved in the archive's folder. Raises UsageError if there is none that can
    be read."""
    try:
        return _from_json(read_json(archive / FILE, LARGEST))
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise UsageError(
            "Non c'è un'ultima ricerca a cui riferire --piu e --meno.",
            'Prima cerca qualcosa, per esempio: cercafoto cerca "un gatto"',
        ) from error


def _to_json(answer: LastAnswer) -> dict[str, Any]:
    return {**to_json(answer.question), "found": texts(answer.photos)}


def _from_json(data: dict[str, Any]) -> LastAnswer:
    return LastAnswer(from_json(data), tuple(map(os.fsencode, data["found"])))
