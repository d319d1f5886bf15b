"""Complete judgments of photos: every label that holds, every photo that answers a question.

Each file has a line for each photo or question, with columns separated by tabs and the names in a
column separated by `|`. Doubtful labels and photos have a column of their own, and count neither
way.

    giudizi_valid.tsv    photo, labels that hold, doubtful labels, description
    domande_valid.tsv    question, photos that answer, doubtful photos, kind

One half of each is for fitting calibration and thresholds, the other half for reports: see
`fit_half`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from cercafoto.base.arrays import Floats
from cercafoto.labels.label_file import default_labels
from cercafoto.training.training_errors import InputError

Bools = NDArray[np.bool_]

JUDGMENTS, QUESTIONS = "giudizi_valid.tsv", "domande_valid.tsv"  # names in the data folder
COLUMNS = 4
HOLDS, FAILS, DOUBTFUL = 1, 0, -1
ABSENT = "assente"  # kind of the questions that no photo answers


@dataclass(frozen=True)
class Judgments:
    """Photos, and which of the default labels hold for each.

    photos: N paths, relative to the data folder.
    labels: names of the L default labels, genera among them, in the order of their file.
    truth [N, L]: HOLDS, FAILS or DOUBTFUL.
    """

    photos: list[str]
    labels: list[str]
    truth: NDArray[np.int8]

    def of(self, label: str) -> NDArray[np.int8]:
        """Return the truth about one label: int8 [N]."""
        return self.truth[:, self.labels.index(label)]

    def over(self, photos: Sequence[str]) -> Judgments:
        """Return the judgments of these photos, in their order. Raises InputError if a photo has no
        judgment."""
        place = {photo: at for at, photo in enumerate(self.photos)}
        missing = [photo for photo in photos if photo not in place]
        if missing:
            raise InputError(f"{missing[0]}: no judgment of it")
        return Judgments(list(photos), self.labels, self.truth[[place[p] for p in photos]])

    @property
    def to_fit(self) -> Bools:
        """Which photos are in the half to fit, bool [N]."""
        return np.array([fit_half(photo) for photo in self.photos], dtype=np.bool_)


@dataclass(frozen=True)
class Questions:
    """Q questions as people type them, and which of N photos answer.

    kinds: kind of each question ("persona", "colore", ...); ABSENT if no photo answers.
    matches, doubtful [Q, N]: whether a photo answers, and whether that is in doubt.
    """

    texts: list[str]
    kinds: list[str]
    matches: Bools
    doubtful: Bools

    @property
    def present(self) -> Bools:
        """Which questions any photo answers, bool [Q]."""
        return np.asarray(self.matches.any(axis=1), dtype=np.bool_)

    def best(self, confidences: Floats) -> Floats:
        """Return the largest confidence of each question over the photos not in doubt: [Q, N] ->
        [Q]."""
        result: Floats = np.where(self.doubtful, np.float32(0), confidences).max(axis=1)
        return result

    @property
    def to_fit(self) -> Bools:
        """Which questions are in the half to fit, bool [Q]."""
        return np.array([fit_half(text) for text in self.texts], dtype=np.bool_)


def fit_half(key: str) -> bool:
    """Return True if a judgment is in the half to fit. Reports use only the other half.

    key: path of the photo, for labels; text of the question.
    """
    return hashlib.sha256(key.encode()).digest()[0] % 2 == 0


def read_judgments(path: Path) -> Judgments:
    """Read `giudizi_valid.tsv`.

    Raises InputError, which names file and line, for a line without four columns, a repeated photo,
    or a label that is unknown or repeated.
    """
    labels = [label.name for label in default_labels()]
    column = {name: at for at, name in enumerate(labels)}
    photos: list[str] = []
    truth: list[NDArray[np.int8]] = []
    for line in _lines(path):
        row = np.full(len(labels), FAILS, np.int8)
        row[line.places(1, column, "label")] = HOLDS
        row[line.places(2, column, "label")] = DOUBTFUL
        photos.append(line.columns[0])
        truth.append(row)
    return Judgments(photos, labels, np.stack(truth))


def read_questions(path: Path, photos: Sequence[str]) -> Questions:
    """Read `domande_valid.tsv`.

    photos: paths of the N photos that were searched, relative to the data folder.

    Raises InputError, which names file and line, for a line without four columns, a repeated
    question, a photo that is repeated or not among `photos`, or a kind that contradicts the photos.
    """
    place = {photo: at for at, photo in enumerate(photos)}
    lines = list(_lines(path))
    matches, doubtful = np.zeros((2, len(lines), len(photos)), dtype=np.bool_)
    for row, line in enumerate(lines):
        matches[row, line.places(1, place, "photo")] = True
        doubtful[row, line.places(2, place, "photo")] = True
        kind = line.columns[3]
        if not kind or (kind == ABSENT) == matches[row].any():
            raise line.error(f"{matches[row].sum()} photos that answer, and the kind {kind!r}")
    texts, kinds = ([line.columns[at] for line in lines] for at in (0, 3))
    return Questions(texts, kinds, matches, doubtful)


@dataclass(frozen=True)
class _Line:
    path: Path
    number: int
    columns: list[str]

    def error(self, why: str) -> InputError:
        return InputError(f"{self.path}, line {self.number}: {why}")

    def places(self, column: int, known: dict[str, int], what: str) -> list[int]:
        """Return the places of the names in column 1 or 2. Raises InputError for an unknown name,
        or one that is repeated in either column.

        known: name -> its place.
        what: noun for the names, for the error.
        """
        names, others = self._names(column), self._names(3 - column)
        for at, name in enumerate(names):
            if name not in known:
                raise self.error(f"unknown {what} {name!r}")
            if name in names[:at] or name in others:
                raise self.error(f"{what} {name!r} stands twice")
        return [known[name] for name in names]

    def _names(self, column: int) -> list[str]:
        return self.columns[column].split("|") if self.columns[column] else []


def _lines(path: Path) -> Iterator[_Line]:
    """Yield the lines of a file, except blank ones. Raises InputError if there are none, or the
    first column of a line is empty or repeated."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: cannot be read ({error})") from error
    first: dict[str, int] = {}
    for number, content in enumerate(text.split("\n"), 1):
        if not content.strip():
            continue
        line = _Line(path, number, content.rstrip("\r").split("\t"))
        if len(line.columns) != COLUMNS:
            raise line.error(f"{len(line.columns)} columns, not {COLUMNS}")
        key = line.columns[0]
        if not key:
            raise line.error("the first column is empty")
        if key in first:
            raise line.error(f"{key!r} stands in line {first[key]} too")
        first[key] = number
        yield line
    if not first:
        raise InputError(f"{path}: nothing in it")
