"""Search the vectors of one model, through the codes or the graph.

The vectors themselves are in the catalogue. An exact search reads all codes (one byte a dimension),
which give an upper bound for the cosine of each photo, and looks up only the vectors that may be
among the nearest: the answer is the same as if every vector were scored. Long-lived processes can
use the hnswlib graph instead, which is approximate. See `cache` and `graph`.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from cercafoto.archive.local.embeddings.bounds import Bounds
from cercafoto.archive.local.embeddings.cache import (
    GRAPH,
    ROWS,
    CodeCache,
    DamagedCacheError,
)
from cercafoto.archive.local.embeddings.graph import MOST_BESIDE, Graph
from cercafoto.base.arrays import Floats, Ints, ascending, cosines

if TYPE_CHECKING:
    from cercafoto.archive.local.vectors import Vectors

CHUNK = 1024  # rows looked up at a time: more would not fit a core's cache
# Looking up a vector in the catalogue takes as long as reading the codes of this many rows (5 us
# against 75 ns, 512 dimensions). FEW vectors are looked up at once, without reading the codes.
ROWS_A_LOOK_UP, FEW = 64, 256
# How many contenders to look up first: FIRST, or FIRST_EACH for each photo asked for if that is
# more. Mostly these are enough.
FIRST, FIRST_EACH = 32, 2


class VectorStore:
    """All vectors of one model: row i belongs to content `contents[i]`. Make one with
    `VectorStore.load`.

    Threads may share a loaded store: each calls `reading` with a connection of its own, and uses
    the result.
    """

    def __init__(self, cache: CodeCache, graph: Graph, source: Vectors, model_id: int) -> None:
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
    def load(cls, folder: Path, source: Vectors, model_id: int, dimension: int) -> VectorStore:
        """Return the vectors of the catalogue as it is now; see `CodeCache.load`."""
        cache = CodeCache.load(folder, source, model_id, dimension)
        return cls(cache, Graph(cache), source, model_id)

    @classmethod
    def rebuild(cls, folder: Path, source: Vectors, model_id: int, dimension: int) -> VectorStore:
        """Make new cache files from the catalogue, and return the vectors."""
        cache = CodeCache.rebuild(folder, source, model_id, dimension)
        return cls(cache, Graph(cache), source, model_id)

    @classmethod
    def from_files(
        cls, folder: Path, source: Vectors, model_id: int, dimension: int
    ) -> VectorStore | None:
        """Return the vectors of the cache files as they are, None if there are no files; see
        `CodeCache.from_files`."""
        cache = CodeCache.from_files(folder, dimension)
        return None if cache is None else cls(cache, Graph(cache), source, model_id)

    def reading(self, source: Vectors) -> VectorStore:
        """Return the same vectors, read through another connection to the same catalogue."""
        return VectorStore(self._cache, self._graph, source, self._model_id)

    def load_codes(self) -> None:
        """Keep the codes in memory, so that a long-lived process need not read them for each
        search, nor all of them for a search among few rows. Raises DamagedCacheError."""
        self._cache.load_codes()

    def is_current(self, source: Vectors, model_id: int) -> bool:
        """Whether the catalogue's vectors are still the same as when they were loaded."""
        return self._cache.is_current(source, model_id)

    def inherit(self, older: VectorStore) -> None:
        """Reuse the in-memory graph of `older`, which this store replaces, if it still fits."""
        self._graph.inherit(older._graph)

    def damage(self) -> list[str]:
        """Return the names of the cache files that are damaged or differ from the catalogue. Reads
        all cache files, and the catalogue's vectors."""
        damaged = self._cache.damage(self._source, self._model_id)
        return [*damaged, GRAPH] if self._graph.is_damaged() else damaged

    # -- rows ----------------------------------------------------------------------------------

    def rows(self, numbers: Ints) -> Floats:
        """Return the vectors of the rows with these numbers, float32 [n, D].

        Raises DamagedCacheError if the cache has other ids or contents for these rows than the
        catalogue, ArchiveError if a vector in the catalogue is damaged.
        """
        return np.concatenate([np.empty((0, self.dimension), np.float32), *self.parts(numbers)])

    def parts(self, numbers: Ints) -> Iterator[Floats]:
        """Yield the vectors of some rows as `rows` does, some thousand at a time."""
        for start in range(0, len(numbers), CHUNK):
            expected = self._cache.rows[numbers[start : start + CHUNK]]
            ids, rows = self._source.vectors_at(self._model_id, expected["id"])
            _require_same(ids, expected)
            yield rows

    def rows_of(self, contents: Ints) -> Ints:
        """Return the rows of these contents, ascending, each once; contents without a vector have
        none."""
        if not (len(contents) and len(self)):
            return np.empty(0, np.int64)
        ours, order = self._cache.by_content
        places = np.minimum(np.searchsorted(ours, contents), len(ours) - 1)
        positions = places[ours[places] == contents]
        return ascending(positions if order is None else order[positions])

    def _from(self, row: int) -> Iterator[Floats]:
        """Yield the vectors of a row and of all later rows, in parts. Raises as `rows` does."""
        before = int(self._cache.rows["id"][row - 1]) if row else 0
        for ids, rows in self._source.vectors_after(self._model_id, before):
            expected = self._cache.rows[row : row + len(ids)]
            _require_same(ids[: len(expected)], expected)  # more may have been added since
            yield rows[: len(expected)]
            row += len(expected)
        if row < len(self):
            raise DamagedCacheError(ROWS)

    # -- the nearest ---------------------------------------------------------------------------

    def exact(self, query: Floats, k: int, among: Ints | None = None) -> tuple[Ints, Floats]:
        """Return the k nearest rows (all if fewer), nearest first: rows [k], cosines [k].

        among: only these rows, ascending; None for all.

        Raises as `rows` does, and DamagedCacheError if the codes are damaged.
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
        """Return rows, ascending, that include the k nearest, and their cosines. Rows are looked up
        by falling upper bound, until no row that is left can be among the k nearest."""
        places = bounds.contenders(k)
        scores = np.empty(len(places), np.float32)
        done, step, kth_score = 0, max(FIRST, FIRST_EACH * k), np.float32(-np.inf)
        while done < len(places) and bounds.upper[places[done]] >= kth_score:
            part = places[done : done + step]
            part = part[bounds.upper[part] >= kth_score]
            scores[done : done + len(part)] = self.scores(
                part if among is None else among[part], query
            )
            done, step = done + len(part), 2 * step
            if done >= k:
                kth_score = np.partition(scores[:done], done - k)[done - k]
        order = np.argsort(places[:done])
        rows = places[:done][order]
        return rows if among is None else among[rows], scores[:done][order]

    def farther(self, query: Floats, scores: Floats, among: Ints) -> Ints:
        """Return for each score how many rows of `among` (ascending) have a smaller cosine with the
        query: [n]. Only vectors whose bounds include a score are read. Raises as `exact` does."""
        bounds = Bounds(self._cache, query, among)
        doubtful = [np.flatnonzero((bounds.lower < s) & (bounds.upper >= s)) for s in scores]
        every = ascending(np.concatenate([np.empty(0, np.int64), *doubtful]))
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
        """Return the cosines of some rows with the query, [n]. Raises as `rows` does."""
        parts = [cosines(part, query) for part in self.parts(numbers)]
        return np.concatenate([np.empty(0, np.float32), *parts])

    # -- through the graph ---------------------------------------------------------------------

    def graph(self) -> Any:
        """Return the hnswlib index over all rows; see `Graph.whole`."""
        return self._graph.whole(self._from)

    def nearest(self, query: Floats, k: int) -> Ints:
        """Return the k nearest rows through the graph, approximately, nearest first: [k]. Vectors
        in the graph need not be looked up: hnswlib's cosines are right to the last digits. Rows
        outside the graph are all compared. Raises as `exact` does."""
        k = min(k, len(self))
        if k == 0:
            return np.empty(0, np.int64)
        if self._graph.index is None or len(self) - self._graph.row_count > MOST_BESIDE:
            self.graph()
        indexed, scores = self._graph.nearest(query, k)
        # Rows that are not in the graph yet are all compared.
        beside, others = self.exact(query, k, np.arange(self._graph.row_count, len(self)))
        rows = np.append(indexed, beside)
        return rows[_top(np.append(scores, others), k)]


def _require_same(ids: Ints, expected: Any) -> None:
    """Raise DamagedCacheError if ids of vectors and contents [n, 2] are not those of the cache."""
    same = np.array_equal(ids[:, 0], expected["id"])
    if not (same and np.array_equal(ids[:, 1], expected["content"])):
        raise DamagedCacheError(ROWS)


def _top(scores: Floats, k: int) -> Ints:
    """Return the positions of the k highest scores, highest first; ties in ascending position."""
    if k < len(scores):
        # argpartition first: sorting a million scores to show ten costs more than scoring them.
        threshold = np.partition(scores, len(scores) - k)[len(scores) - k]
        candidates = np.flatnonzero(scores >= threshold)
    else:
        candidates = np.arange(len(scores))
    order: Ints = candidates[np.argsort(-scores[candidates], kind="stable")][:k]
    return order
