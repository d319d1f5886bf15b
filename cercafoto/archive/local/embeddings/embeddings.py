"""The embeddings of a local archive (`archive.Embeddings`). If a call finds their cache damaged,
the cache is made again from the catalogue, and the call is repeated."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import wraps
from typing import TYPE_CHECKING, Concatenate, ParamSpec, TypeVar

import numpy as np

from cercafoto.archive.local.embeddings.cache import DamagedCacheError
from cercafoto.archive.local.embeddings.vector_store import CHUNK, VectorStore
from cercafoto.base.arrays import Floats, Ints, is_in
from cercafoto.question.filters.filter import Filters

if TYPE_CHECKING:
    from cercafoto.archive.local.catalog import Catalog
    from cercafoto.archive.local.embeddings.resident import KeptVectors

P = ParamSpec("P")
T = TypeVar("T")
Method = Callable[Concatenate["LocalEmbeddings", P], T]


def rebuilding(method: Method[P, T]) -> Method[P, T]:
    """Return a method that calls `method`. On DamagedCacheError it rebuilds the cache and calls
    once more; a second DamagedCacheError becomes ArchiveError."""

    @wraps(method)
    def tried_twice(self: LocalEmbeddings, /, *args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return method(self, *args, **kwargs)
        except DamagedCacheError:
            self._rebuild()
        try:
            return method(self, *args, **kwargs)
        except DamagedCacheError as error:  # the catalogue contradicts itself
            raise self._catalog.damaged() from error

    return tried_twice


class LocalEmbeddings:
    def __init__(self, kept: KeptVectors, catalog: Catalog) -> None:
        self._kept, self._catalog = kept, catalog
        self._chosen: dict[tuple[Filters, bool], Ints] = {}
        self._vectors: VectorStore
        self._load()

    @property
    def dimension(self) -> int:
        return self._vectors.dimension

    @rebuilding
    def of(self, contents: Sequence[int]) -> tuple[Ints, Floats]:
        rows = self._rows_of(contents)
        return self._vectors.contents[rows], self._vectors.rows(rows)

    def count(self, among: Filters | None = None) -> int:
        rows = self._rows(among)
        return len(self._vectors) if rows is None else len(rows)

    @rebuilding
    def nearest(
        self,
        query: Floats,
        limit: int,
        among: Filters | None = None,
        extra_ids: Sequence[int] = (),
        without: Sequence[int] = (),
    ) -> tuple[Ints, Floats, bool]:
        chosen = self._rows(among, with_moments=True)
        number = len(self._vectors) if chosen is None else len(chosen)
        more = self._rows_of(extra_ids)
        if chosen is not None:
            more = more[is_in(more, chosen)]
        near = self._kept.searcher.nearest(self._vectors, query, min(limit, number), chosen)
        seen = self._rows_of(without)
        both = np.concatenate([near, more[~is_in(more, near)]])
        rows = np.sort(both[~is_in(both, seen)])
        return self._vectors.contents[rows], self._vectors.rows(rows), limit >= number

    def parts(
        self, among: Filters | None = None, with_moments: bool = False
    ) -> Iterator[tuple[Ints, Floats]]:
        done: list[Ints] = []
        for may_mend in (True, False):
            rows = self._all_rows(among, with_moments)
            if done:  # after a rebuild: what was yielded before is right, and not yielded again
                rows = rows[~is_in(self._vectors.contents[rows], np.concatenate(done))]
            try:
                for number, vectors in enumerate(self._vectors.parts(rows)):
                    contents = self._vectors.contents[rows[number * CHUNK : (number + 1) * CHUNK]]
                    done.append(contents)
                    yield contents, vectors
                return
            except DamagedCacheError as error:
                if not may_mend:
                    raise self._catalog.damaged() from error
                self._rebuild()

    @rebuilding
    def farther(self, query: Floats, scores: Floats, among: Filters | None = None) -> Ints:
        return self._vectors.farther(query, scores, self._all_rows(among))

    # -- pairs, only in a local archive --------------------------------------------------------

    @rebuilding
    def close_pairs(self, contents: Ints) -> Ints:
        """Return pairs of these contents that may be copies of each other, [P, 2]."""
        from cercafoto.archive.local.embeddings.close_pairs import close_pairs, threshold

        rows = self._vectors.rows_of(contents)
        pairs = close_pairs(self._vectors, rows, threshold(self._vectors, rows))
        return np.asarray(self._vectors.contents)[pairs]

    @rebuilding
    def close_across(self, contents: Ints, others: Ints, most: int) -> Ints:
        """Return pairs (content of `contents`, content of `others`) that may be copies, [P, 2]:
        each content of `contents` with at most its `most` nearest others."""
        from cercafoto.archive.local.embeddings.close_pairs import threshold

        vectors = self._vectors
        here, among = vectors.rows_of(contents), vectors.rows_of(others)
        min_cosine = threshold(vectors, np.union1d(here, among))
        ids = np.asarray(vectors.contents)
        close = [
            (ids[row], ids[near])
            for row in here
            for near, cosine in zip(
                *vectors.exact(vectors.rows(np.array([row]))[0], most, among), strict=True
            )
            if cosine >= min_cosine and near != row
        ]
        return np.array(close, np.int64).reshape(-1, 2)

    # -- rows ----------------------------------------------------------------------------------

    def _rows_of(self, contents: Sequence[int]) -> Ints:
        return self._vectors.rows_of(np.array(contents, np.int64))

    def _rows(self, among: Filters | None, with_moments: bool = False) -> Ints | None:
        """Return the rows of contents that fulfil the filters, ascending; None if `among` is
        None. with_moments: also the rows of the frames of videos among them."""
        if among is None:
            return None
        if (among, with_moments) not in self._chosen:
            photos = self._catalog.photos
            contents = photos.contents_where(among)
            if with_moments:
                contents = photos.with_moments(contents)
            self._chosen[among, with_moments] = self._vectors.rows_of(contents)
        return self._chosen[among, with_moments]

    def _all_rows(self, among: Filters | None, with_moments: bool = False) -> Ints:
        rows = self._rows(among, with_moments)
        return np.arange(len(self._vectors)) if rows is None else rows

    @rebuilding
    def _load(self) -> None:
        self._vectors = self._kept.of(self._catalog)

    def _rebuild(self) -> None:
        self._chosen.clear()
        self._vectors = self._kept.rebuilt(self._catalog)
