"""The vectors of this machine's archive, as a question asks for them (`archive.store.Pictures`)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np

from cercafoto.archive.local.embeddings.store import CHUNK, VectorStore
from cercafoto.base.arrays import Floats, Ints
from cercafoto.question.filters.filter import Filters

# Contents that fulfil filters, ascending, by the catalogue.
ContentsWhere = Callable[[Filters], Ints]
# Rows nearest to a vector, of some rows or of all.
NearestRows = Callable[[VectorStore, Floats, int, Ints | None], Ints]


class LocalPictures:
    """Vectors, with the catalogue that says which of them fulfil filters.

    nearest: how the nearest are found, by a pass or through the graph.
    """

    def __init__(
        self, vectors: VectorStore, contents_where: ContentsWhere, nearest: NearestRows
    ) -> None:
        self.vectors = vectors
        self._contents_where = contents_where
        self._nearest = nearest

    @property
    def dimension(self) -> int:
        return self.vectors.dimension

    def of(self, contents: Sequence[int]) -> tuple[Ints, Floats]:
        rows = self.vectors.rows_of(np.array(contents, np.int64))
        return self.vectors.contents[rows], self.vectors.rows(rows)

    def every(self) -> LocalChosen:
        return LocalChosen(self.vectors, self._nearest, None)

    def among(self, filters: Filters) -> LocalChosen:
        rows = self.vectors.rows_of(self._contents_where(filters))
        return LocalChosen(self.vectors, self._nearest, rows)


class LocalChosen:
    """Rows that fulfil filters, ascending; None for all."""

    def __init__(self, vectors: VectorStore, nearest: NearestRows, rows: Ints | None) -> None:
        self.vectors, self.rows = vectors, rows
        self._nearest = nearest

    def __len__(self) -> int:
        return len(self.vectors) if self.rows is None else len(self.rows)

    def nearest(
        self,
        query: Floats,
        limit: int,
        beside: Sequence[int] = (),
        without: Sequence[int] = (),
    ) -> tuple[Ints, Floats, bool]:
        more = self.vectors.rows_of(np.array(beside, np.int64))
        if self.rows is not None:
            more = more[np.isin(more, self.rows)]
        near = self._nearest(self.vectors, query, min(limit, len(self)), self.rows)
        seen = self.vectors.rows_of(np.array(without, np.int64))
        # Not np.setdiff1d, which imports numpy.ma: 13 ms of processor time.
        both = np.concatenate([near, more[~np.isin(more, near)]])
        rows = np.sort(both[~np.isin(both, seen)])
        return self.vectors.contents[rows], self.vectors.rows(rows), limit >= len(self)

    def parts(self) -> Iterator[tuple[Ints, Floats]]:
        rows = np.arange(len(self.vectors)) if self.rows is None else self.rows
        starts = range(0, len(rows), CHUNK)
        for at, pictures in zip(starts, self.vectors.parts(rows), strict=True):
            yield self.vectors.contents[rows[at : at + CHUNK]], pictures

    def farther(self, query: Floats, scores: Floats) -> Ints:
        rows = np.arange(len(self.vectors)) if self.rows is None else self.rows
        return self.vectors.farther(query, scores, rows)
