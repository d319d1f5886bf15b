"""Find pairs of photos with similar vectors, by comparing every pair, tile by tile.

100,000 photos have five billion pairs. Only pairs above a threshold are kept, and of each photo
only its nearest few, so memory is bounded whatever the photos are.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from cercafoto.archive.local.embeddings.vector_store import VectorStore
from cercafoto.base.arrays import Floats, Ints

TILE = 2048  # rows multiplied with as many others at a time: 16 MB of cosines
BAND = 16  # tiles of rows kept in memory (64 MB at 512 dimensions) while all others are read once
MOST = 16  # nearest photos kept for each photo
HELD = 4_000_000  # pairs to collect before dropping those that are not among the nearest

# The threshold is so many deviations above the mean cosine of random pairs. With `mini` random
# pairs have 0.46 (deviation 0.08), and the least similar copies, in grey, 0.79. It is at most
# HIGHEST, so that an archive of very similar photos does not hide its copies.
DEVIATIONS, HIGHEST = 4.0, 0.8
SAMPLE = 1000


def threshold(vectors: VectorStore, rows: Ints) -> float:
    """Return the lowest cosine at which two photos of these rows may be copies of each other.
    Raises DamagedCacheError."""
    if len(rows) < 2:
        return HIGHEST
    chance = np.random.default_rng(0)
    sample = vectors.rows(np.sort(chance.choice(rows, min(SAMPLE, len(rows)), replace=False)))
    cosines = (sample @ sample.T)[np.triu_indices(len(sample), 1)]
    return min(HIGHEST, float(cosines.mean() + DEVIATIONS * cosines.std()))


def close_pairs(
    vectors: VectorStore, rows: Ints, min_cosine: float, most: int = MOST, tile: int = TILE
) -> Ints:
    """Return pairs of `rows` (ascending) with a cosine of at least `min_cosine`, if one of the two
    is among the `most` nearest of the other: int64 [P, 2], the smaller row first.

    tile: how many rows to multiply with as many others at a time.

    Raises DamagedCacheError as `VectorStore.rows` does.
    """
    pairs = _Pairs(most)
    band = BAND * tile
    for first in range(0, len(rows), band):
        band_rows = vectors.rows(rows[first : first + band])
        for to in range(first, len(rows), tile):
            inside = to - first < len(band_rows)
            right = band_rows[to - first :][:tile] if inside else vectors.rows(rows[to : to + tile])
            for start in range(0, min(to - first + 1, len(band_rows)), tile):
                left = band_rows[start : start + tile]
                same = start == to - first
                cosines = left @ right.T
                if same:
                    cosines[np.tril_indices(len(left))] = -2.0
                near = cosines >= min_cosine
                if int(near.sum()) > 2 * most * tile:
                    near &= _nearest(cosines, most) | _nearest(cosines.T, most).T
                a, b = np.nonzero(near)
                pairs.add(rows[first + start + a], rows[to + b], cosines[a, b])
    return pairs.all()


def _nearest(cosines: Floats, most: int) -> NDArray[np.bool_]:
    """Return a mask of the `most` highest cosines of each row."""
    if most >= cosines.shape[1]:
        return np.ones(cosines.shape, bool)
    edge = np.partition(cosines, -most, axis=1)[:, -most]
    return cosines >= edge[:, None]


class _Pairs:
    """Collects pairs of rows, and keeps of each row only the pairs with its `most` nearest."""

    def __init__(self, most: int) -> None:
        self.most = most
        self._parts: list[tuple[Ints, Floats]] = []
        self._count = self._limit = 0

    def add(self, a: Ints, b: Ints, cosines: Floats) -> None:
        self._parts.append((np.stack([a, b], 1), cosines))
        self._count += len(a)
        if self._count > self._limit + HELD:
            self._drop()

    def all(self) -> Ints:
        if not self._parts:
            return np.empty((0, 2), np.int64)
        self._drop()
        pairs = self._parts[0][0]
        return pairs[np.lexsort((pairs[:, 1], pairs[:, 0]))]

    def _drop(self) -> None:
        """Drop the pairs in which neither row is among the nearest of the other."""
        pairs = np.concatenate([p for p, _ in self._parts])
        cosines = np.concatenate([c for _, c in self._parts])
        ends = pairs.T.ravel()
        which = np.tile(np.arange(len(pairs)), 2)
        order = np.lexsort((-cosines[which], ends))
        _, starts, counts = np.unique(ends[order], return_index=True, return_counts=True)
        rank = np.arange(len(order)) - np.repeat(starts, counts)
        near = np.unique(which[order[rank < self.most]])
        self._parts = [(pairs[near], cosines[near])]
        self._count = self._limit = len(near)
