"""Read complete judgments: every label that holds, every photo that answers a question.

Each file has a line for a photo or a question. Tabs separate its columns, and `|` the names in a
column. Names in the doubtful column count neither way.

    giudizi_valid.tsv    photo, labels that hold, doubtful labels, description
    domande_valid.tsv    question, photos that answer, doubtful photos, kind
    domande_altre_valid.tsv    the same, of strangers' photos

Calibration and thresholds are fitted on one half of each file, and reported on the other: see
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
from cercafoto.training.data.tables import opened
from cercafoto.training.measure.class_texts import VALID, read_photos
from cercafoto.training.training_errors import InputError

Bools = NDArray[np.bool_]

# Names in the data folder. Each file of questions is about the photos of a file of
# `class_texts.VALID`.
JUDGMENTS = "giudizi_valid.tsv"
QUESTIONS = ("domande_valid.tsv", "domande_altre_valid.tsv")
COLUMNS = 4
HOLDS, FAILS, DOUBTFUL = 1, 0, -1
ABSENT = "assente"  # kind of the questions that no photo answers


@dataclass(frozen=True)
class Judgments:
    """Photos, and which default labels hold for each.

    photos: N paths, relative to the data folder.
    labels: names of the L default labels, genera among them, in the order of their file.
    truth [N, L]: HOLDS, FAILS or DOUBTFUL.
    """

    photos: list[str]
    labels: list[str]
    truth: NDArray[np.int8]

    def of(self, label: str) -> NDArray[np.int8]:
        """Return for each photo whether a label holds: int8 [N], as `truth`."""
        return self.truth[:, self.labels.index(label)]

    def over(self, photos: Sequence[str]) -> Judgments:
        """Return the judgments of these photos, in their order. Raises InputError without one."""
        place = {photo: at for at, photo in enumerate(self.photos)}
        missing = [photo for photo in photos if photo not in place]
        if missing:
            raise InputError(f"{missing[0]}: no judgment of it")
        return Judgments(list(photos), self.labels, self.truth[[place[p] for p in photos]])

    @property
    def to_fit(self) -> Bools:
        """Which photos are in the half to fit: bool [N]."""
        return np.array([fit_half(photo) for photo in self.photos], dtype=np.bool_)


@dataclass(frozen=True)
class Questions:
    """Questions as people type them, and the photos that answer them.

    kinds: "persona", "colore", ...; ABSENT for questions that no photo answers.
    matches, doubtful: whether a photo answers, or may answer: bool [Q, N].
    """

    texts: list[str]
    kinds: list[str]
    matches: Bools
    doubtful: Bools

    @property
    def present(self) -> Bools:
        """Which questions some photo answers: bool [Q]."""
        return np.asarray(self.matches.any(axis=1), dtype=np.bool_)

    def best(self, confidences: Floats) -> Floats:
        """Return each question's largest confidence, without doubtful photos: [Q, N] -> [Q]."""
        result: Floats = np.where(self.doubtful, np.float32(0), confidences).max(axis=1)
        return result

    @classmethod
    def joined(cls, sets: Sequence[Questions]) -> Questions:
        """Return the questions of several sets, asked of the photos of all. Whether the photos of
        one set answer another's question is not known: they are doubtful."""
        ends = np.cumsum([each.matches.shape for each in sets], axis=0)
        matches, doubtful = np.zeros(ends[-1], bool), np.ones(ends[-1], bool)
        for each, end in zip(sets, ends, strict=True):
            block = tuple(map(slice, end - each.matches.shape, end))
            matches[block], doubtful[block] = each.matches, each.doubtful
        texts = [text for each in sets for text in each.texts]
        kinds = [kind for each in sets for kind in each.kinds]
        return cls(texts, kinds, matches, doubtful)

    @property
    def to_fit(self) -> Bools:
        """Which questions are in the half to fit: bool [Q]."""
        return np.array([fit_half(text) for text in self.texts], dtype=np.bool_)


def judged_sets(data: Path) -> list[tuple[str, str]]:
    """Return the files of VALID and QUESTIONS that a data folder has with their photos, in pairs;
    the first pair always."""
    sets = list(zip(VALID, QUESTIONS, strict=True))
    return [sets[0], *(each for each in sets[1:] if _has_photos(data / each[0]))]


def _has_photos(pairs: Path) -> bool:
    photos = read_photos(pairs, []) if pairs.exists() else []
    return bool(photos) and (pairs.parent / photos[0].path).exists()


def fit_half(key: str) -> bool:
    """Whether a judgment is in the half that thresholds are fitted on, not in the half reported.

    key: the path of the photo, or the text of the question.
    """
    return hashlib.sha256(key.encode()).digest()[0] % 2 == 0


def read_judgments(path: Path) -> Judgments:
    """Return the judgments in `giudizi_valid.tsv`.

    Raises InputError, naming file and line, for a line without four columns, a photo on two lines,
    and a label that is unknown or given twice.
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
    """Return the questions in `domande_valid.tsv`.

    photos: the N photos that were searched, by their paths relative to the data folder.
    Raises InputError, naming file and line, for a line without four columns, a question on two
    lines, a photo that is not in `photos` or given twice, and a kind that contradicts the photos.
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
        """Return the places of a column's names; no name may stand twice in columns 1 and 2."""
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
    """Yield the lines of a file, which has some; no first column is empty or stands twice."""
    with opened(path) as text:
        lines = text.read().split("\n")
    first: dict[str, int] = {}
    for number, content in enumerate(lines, 1):
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
