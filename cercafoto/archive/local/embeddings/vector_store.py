"""Vectors of one model: the catalogue's, found through caches of it.

What is exact comes from the catalogue, row by row. A one-shot command goes once through the codes
of one byte a dimension, which say how near each photo can be at most, and looks up those alone that
may be among the nearest: the answer is that of scoring every vector. A process that stays up asks
the hnswlib graph. Both are caches, see `cache` and `graph`.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from cercafoto.archive.local.embeddings.bounds import Bounds
from cercafoto.archive.local.embeddings.cache import (
    GRAPH,
    ROWS,
    CodeCache,
    DamagedCacheError,
    Source,
)
from cercafoto.archive.local.embeddings.graph import MOST_BESIDE, Graph
from cercafoto.base.arrays import Floats, Ints, cosines

CHUNK = 1024  # rows looked up at a time: those of more leave a core's cache
# Looking up one row in the catalogue costs what the pass costs for so many (5 us against 75 ns,
# 512 dimensions); a few hundred are looked up sooner than the pass has begun.
ROWS_A_LOOK_UP, FEW = 64, 256
# Contenders looked up at first, and for each photo asked for: mostly all that are needed.
FIRST, FIRST_EACH = 32, 2


class VectorStore:
    """All vectors of one model: row i belongs to content `contents[i]`.

    Use `VectorStore.load`. Several threads may share what one has loaded, each `reading` from a
    catalogue of its own.
    """

    def __init__(self, cache: CodeCache, graph: Graph, source: Source, model_id: int) -> None:
        self._cache, self._graph = cache, graph
        self._source, self._model_id = source, model_id

    @property
    def contents(self) -> Ints:
        contents: Ints = self._cache.rows["content"]
        return contents

    @property
    def dimension(self) -> int:
        return self._cache.state.dimension

    def __len__(self) -> int:
        return len(self._cache)

    @classmethod
    def load(cls, folder: Path, source: Source, model_id: int, dimension: int) -> VectorStore:
        """Load the vectors, up to date with the catalogue; see `CodeCache.load`."""
        cache = CodeCache.load(folder, source, model_id, dimension)
        return cls(cache, Graph(cache), source, model_id)

    @classmethod
    def rebuild(cls, folder: Path, source: Source, model_id: int, dimension: int) -> VectorStore:
        """Load with caches made again from the catalogue, whatever their files say."""
        cache = CodeCache.rebuild(folder, source, model_id, dimension)
        return cls(cache, Graph(cache), source, model_id)

    @classmethod
    def as_it_is(
        cls, folder: Path, source: Source, model_id: int, dimension: int
    ) -> VectorStore | None:
        """Load with caches as they are; see `CodeCache.as_it_is`."""
        cache = CodeCache.as_it_is(folder, dimension)
        return None if cache is None else cls(cache, Graph(cache), source, model_id)

    def reading(self, source: Source) -> VectorStore:
        """Return the same vectors, looked up in another connection to the same catalogue."""
        return VectorStore(self._cache, self._graph, source, self._model_id)

    def hold(self) -> None:
        """Keep the codes in memory: a process that stays up would read them again and again, and
        so it looks at those of a few rows without passing over the others. Raises
        DamagedCacheError."""
        self._cache.hold()

    def is_current(self, source: Source, model_id: int) -> bool:
        """Tell whether the catalogue has had no vector added or deleted since."""
        return self._cache.is_current(source, model_id)

    def inherit(self, older: VectorStore) -> None:
        """Go on with the graph in memory of what these follow on, where it still fits."""
        self._graph.inherit(older._graph)

    def damage(self) -> list[str]:
        """List the cache files that are not what was written, or not what the catalogue
        says. Reads all of them, and the catalogue's vectors."""
        damaged = self._cache.damage(self._source, self._model_id)
        return [*damaged, GRAPH] if self._graph.is_damaged() else damaged

    # -- rows ----------------------------------------------------------------------------------

    def rows(self, numbers: Ints) -> Floats:
        """Look up the vectors of some rows, float32 [n, D].

        Raises DamagedCacheError when the catalogue does not have them under the ids and contents
        that the cache knows, ArchiveError when one is not what was written there.
        """
        return np.concatenate([np.empty((0, self.dimension), np.float32), *self.parts(numbers)])

    def parts(self, numbers: Ints) -> Iterator[Floats]:
        """Yield the vectors of some rows as `rows` does, some thousand at a time."""
        for at in range(0, len(numbers), CHUNK):
            expected = self._cache.rows[numbers[at : at + CHUNK]]
            ids, rows = self._source.vectors_at(self._model_id, expected["id"])
            if not (
                np.array_equal(ids[:, 0], expected["id"])
                and np.array_equal(ids[:, 1], expected["content"])
            ):
                raise DamagedCacheError(ROWS)
            yield rows

    def rows_of(self, contents: Ints) -> Ints:
        """Find the row numbers of the contents that have a row here, ascending."""
        if not (len(contents) and len(self)):
            return np.empty(0, np.int64)
        ours, order = self._cache.by_content
        at = np.minimum(np.searchsorted(ours, contents), len(ours) - 1)
        positions = at[ours[at] == contents]
        rows = np.sort(positions if order is None else order[positions])
        return rows[np.diff(rows, prepend=rows[:1] - 1) > 0]

    def _from(self, row: int) -> Iterator[Floats]:
        """Yield the vectors of that row and of all behind it, in parts."""
        before = int(self._cache.rows["id"][row - 1]) if row else 0
        for ids, rows in self._source.vectors_after(self._model_id, before):
            expected = self._cache.rows[row : row + len(ids)]
            part = ids[: len(expected)]  # more may have been added since
            if not (
                np.array_equal(part[:, 0], expected["id"])
                and np.array_equal(part[:, 1], expected["content"])
            ):
                raise DamagedCacheError(ROWS)
            yield rows[: len(expected)]
            row += len(expected)
        if row < len(self):
            raise DamagedCacheError(ROWS)

    # -- the nearest ---------------------------------------------------------------------------

    def exact(self, query: Floats, k: int, among: Ints | None = None) -> tuple[Ints, Floats]:
        """Find the k nearest rows, nearest first, as scoring all of them would find them: (rows
        [k], cosines [k]). among: ascending row numbers to choose from; None means all.

        Raises as `rows` does, and DamagedCacheError where a code is not what was written.
        """
        number = len(self) if among is None else len(among)
        k = min(k, number)
        if k == 0:
            return np.empty(0, np.int64), np.empty(0, np.float32)
        if number <= max(FEW, len(self) // ROWS_A_LOOK_UP):
            rows = np.arange(number) if among is None else among
            scores = self.scores(rows, query)
        else:
            rows, scores = self._contending(Bounds(self._cache, query, among), query, k, among)
        order = _top(scores, k)
        return rows[order], scores[order]

    def _contending(
        self, bounds: Bounds, query: Floats, k: int, among: Ints | None
    ) -> tuple[Ints, Floats]:
        """Score rows with the k nearest among them, ascending, and their cosines: looked up from
        the one that may be nearest on, until none that is left can reach the k-th."""
        places = bounds.contenders(k)
        scores = np.empty(len(places), np.float32)
        done, step, least = 0, max(FIRST, FIRST_EACH * k), np.float32(-np.inf)
        while done < len(places) and bounds.upper[places[done]] >= least:
            part = places[done : done + step]
            part = part[bounds.upper[part] >= least]
            scores[done : done + len(part)] = self.scores(
                part if among is None else among[part], query
            )
            done, step = done + len(part), 2 * step
            if done >= k:
                least = np.partition(scores[:done], done - k)[done - k]
        order = np.argsort(places[:done])
        rows = places[:done][order]
        return rows if among is None else among[rows], scores[:done][order]

    def farther(self, query: Floats, scores: Floats, among: Ints) -> Ints:
        """Count the rows `among` (ascending) that have a cosine below each score: [n]. Looks up
        those that the codes leave in doubt. Raises as `exact` does."""
        bounds = Bounds(self._cache, query, among)
        doubtful = [np.flatnonzero((bounds.lower < s) & (bounds.upper >= s)) for s in scores]
        every = np.unique(np.concatenate([np.empty(0, np.int64), *doubtful]))
        exact = self.scores(among[every], query)
        return np.array(
            [
                (bounds.upper < score).sum()
                + (exact[np.searchsorted(every, positions)] < score).sum()
                for score, positions in zip(scores, doubtful, strict=True)
            ],
            np.int64,
        )

    def scores(self, numbers: Ints, query: Floats) -> Floats:
        """Compute cosines of some rows, [n]."""
        parts = [cosines(part, query) for part in self.parts(numbers)]
        return np.concatenate([np.empty(0, np.float32), *parts])

    # -- through the graph ---------------------------------------------------------------------

    def graph(self) -> Any:
        """Make the hnswlib graph over all rows; see `Graph.whole`."""
        return self._graph.whole(self._from)

    def nearest(self, query: Floats, k: int) -> Ints:
        """Find the k nearest rows through the graph, nearest first: [k]. Their vectors are not
        looked up: hnswlib has them, and its cosines are right to the last digits."""
        k = min(k, len(self))
        if k == 0:
            return np.empty(0, np.int64)
        if self._graph.index is None or len(self) - self._graph.row_count > MOST_BESIDE:
            self.graph()
        indexed, scores = self._graph.nearest(query, k)
        # Rows that are not in the graph yet are all looked at.
        beside, others = self.exact(query, k, np.arange(self._graph.row_count, len(self)))
        rows = np.append(indexed, beside)
        return rows[_top(np.append(scores, others), k)]


def _top(scores: Floats, k: int) -> Ints:
    """Find the positions of the k highest scores, highest first; ties in ascending position."""
    if k < len(scores):
        # argpartition first: sorting a million scores to show ten costs more than scoring them.
        threshold = np.partition(scores, len(scores) - k)[len(scores) - k]
        candidates = np.flatnonzero(scores >= threshold)
    else:
        candidates = np.arange(len(scores))
    order: Ints = candidates[np.argsort(-scores[candidates], kind="stable")][:k]
    return order
