"""Compare faces with people, and compare again only what has changed since the last time."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b
from typing import NamedTuple

import numpy as np

from cercafoto.base.arrays import Floats, Ints

# Below this cosine a face is nobody's: the exact number decides nothing there.
ASKED_FROM = 0.40
LIKEST = 3  # a face is compared with so many of a person's faces, the likest
_BLOCK = 512  # rows of cosines held at a time


class _Compared(NamedTuple):
    """What was compared the last time.

    rows: digest of a vector -> its row.
    columns: digest of a person's vectors -> their column.
    likeness: float32 [rows, columns].
    """

    rows: dict[bytes, int]
    columns: dict[bytes, int]
    likeness: Floats


class Likeness:
    """Compares faces with people.

    It holds the last result, but no vector. An answer changes the faces of a person or two, and
    takes some others away, so that most of the next result is known.
    """

    def __init__(self) -> None:
        self._compared = _Compared({}, {}, np.empty((0, 0), np.float32))

    def of(self, vectors: Floats, people: Sequence[Floats]) -> Floats:
        """Return the mean cosine of each vector with each person's likest ones [n, people]. Numbers
        below ASKED_FROM are too large, but stay below it.

        vectors: float32 [n, D], of length one.
        people: of each person one or more vectors of the same kind.
        """
        before = self._compared  # another thread may replace it
        rows = [_digest(vector) for vector in vectors]
        columns = [_digest(own) for own in people]
        known: Ints = np.array([before.rows.get(row, -1) for row in rows], np.int64)
        is_new = known < 0
        likeness = np.empty((len(vectors), len(people)), np.float32)
        same = np.array([column in before.columns for column in columns], bool)
        kept: Ints = np.array([before.columns[c] for c in columns if c in before.columns], np.int64)
        likeness[np.ix_(~is_new, same)] = before.likeness[np.ix_(known[~is_new], kept)]
        for which, rows_of_them in ((same, is_new), (~same, np.ones(len(vectors), bool))):
            owns = [own for own, is_one in zip(people, which, strict=True) if is_one]
            likeness[np.ix_(rows_of_them, which)] = _with_people(vectors[rows_of_them], owns)
        self._compared = _Compared(
            {row: at for at, row in enumerate(rows)},
            {column: at for at, column in enumerate(columns)},
            likeness,
        )
        return likeness.copy()


def _digest(numbers: Floats) -> bytes:
    return blake2b(numbers.tobytes(), digest_size=16).digest()


def _with_people(vectors: Floats, people: Sequence[Floats]) -> Floats:
    """Return the mean cosine of each vector with the likest vectors of each person [n, people]."""
    result = np.empty((len(vectors), len(people)), np.float32)
    if not result.size:
        return result
    every, ends = np.concatenate(people), np.cumsum([len(own) for own in people])
    for start in range(0, len(vectors), _BLOCK):
        block = vectors[start : start + _BLOCK]
        # One product for all people: many small ones keep all processors waiting for each other.
        found = np.split(block @ every.T, ends[:-1], axis=1)
        for at, (own, cosines) in enumerate(zip(people, found, strict=True)):
            result[start : start + _BLOCK, at] = _likest(block, own, cosines)
    return result


def _likest(vectors: Floats, own: Floats, cosines: Floats) -> Floats:
    """Return the mean cosine of each vector with the likest of a person's vectors [n]. cosines: of
    all with all."""
    likest: Floats = cosines.max(axis=1)
    count = min(LIKEST, len(own))
    near = likest >= ASKED_FROM
    top = np.argpartition(cosines[near], len(own) - count, axis=1)[:, len(own) - count :]
    # A matrix product rounds a row depending on the rows around it; this does not.
    exact = np.einsum("ijk,ik->ij", own[top], vectors[near])
    likest[near] = np.sort(exact, axis=1).mean(axis=1)
    return likest
