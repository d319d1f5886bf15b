"""Pairs of photos that lie close to each other: exact products, tile by tile.

Half of all pairs of 100,000 photos are five billion products; what is kept of them are the pairs
above a threshold, and of these no more than the nearest few of each photo, so memory is bounded
whatever the photos are.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from cercafoto.archive.local.embeddings.vector_store import VectorStore
from cercafoto.base.arrays import Floats, Ints

TILE = 2048  # rows multiplied at a time: a tile of cosines is 16 MB
BAND = 16  # tiles held at a time, 64 MB of 512 dimensions: the others are looked up once for each
MOST = 16  # nearest photos kept of each
HELD = 4_000_000  # pairs found before the less near are let go

# A copy's cosine is far above that of two photos taken at random, whatever the model: with `mini`
# random pairs are at 0.46 (deviation 0.08) and the remotest copies, in grey, at 0.79. Never more
# than 0.8, so that an archive of very similar photos does not hide its copies.
DEVIATIONS, HIGHEST = 4.0, 0.8
SAMPLE = 1000


def threshold(vectors: VectorStore, rows: Ints) -> float:
    """Choose the cosine from which two of these photos are worth comparing by their pictures."""
    if len(rows) < 2:
        return HIGHEST
    chance = np.random.default_rng(0)
    sample = vectors.rows(np.sort(chance.choice(rows, min(SAMPLE, len(rows)), replace=False)))
    cosines = (sample @ sample.T)[np.triu_indices(len(sample), 1)]
    return min(HIGHEST, float(cosines.mean() + DEVIATIONS * cosines.std()))


def close_pairs(
    vectors: VectorStore, rows: Ints, least: float, most: int = MOST, tile: int = TILE
) -> Ints:
    """Find pairs of `rows` (ascending) whose cosine is `least` or more, each among the `most`
    nearest of at least one of the two: int64 [P, 2], the smaller row first.

    Raises DamagedCacheError as `VectorStore.rows` does.
    """
    pairs = _Pairs(most)
    band = BAND * tile
    for first in range(0, len(rows), band):
        band_rows = vectors.rows(rows[first : first + band])
        for to in range(first, len(rows), tile):
            inside = to - first < len(band_rows)
            right = band_rows[to - first :][:tile] if inside else vectors.rows(rows[to : to + tile])
            for at in range(0, min(to - first + 1, len(band_rows)), tile):
                left = band_rows[at : at + tile]
                same = at == to - first
                cosines = left @ right.T
                if same:
                    cosines[np.tril_indices(len(left))] = -2.0
                near = cosines >= least
                if int(near.sum()) > 2 * most * tile:
                    near &= _nearest(cosines, most) | _nearest(cosines.T, most).T
                a, b = np.nonzero(near)
                pairs.add(rows[first + at + a], rows[to + b], cosines[a, b])
    return pairs.all()


def _nearest(cosines: Floats, most: int) -> NDArray[np.bool_]:
    if most >= cosines.shape[1]:
        return np.ones(cosines.shape, bool)
    edge = np.partition(cosines, -most, axis=1)[:, -most]
    return cosines >= edge[:, None]


class _Pairs:
    """Pairs of rows as they are found."""

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
        """Let go of the pairs that are among the nearest of neither photo."""
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
