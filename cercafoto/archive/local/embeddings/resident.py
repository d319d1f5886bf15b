"""Keep the vectors of the model in use loaded in a process, and choose how to search them."""

from __future__ import annotations

import threading
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from cercafoto.archive.local.embeddings.state import folder_of, read_state

if TYPE_CHECKING:
    # Imported only for types: an `index` run that finds nothing new then starts faster.
    from cercafoto.archive.local.catalog import Catalog
    from cercafoto.archive.local.embeddings.vector_store import VectorStore
    from cercafoto.archive.local.vectors import Vectors
    from cercafoto.base.arrays import Floats, Ints

# Numbers of vectors for which a graph is used. With fewer, comparing all is as fast and needs no
# building. With more, a graph takes over a gigabyte of memory and of disk, and ten minutes to
# build; comparing all takes 0.07 s for 1,000,000.
GRAPH_FROM, GRAPH_UP_TO = 20_000, 500_000


class ExactSearch:
    """Find the nearest rows by comparing all, and keep nothing in memory: for short-lived
    processes."""

    def nearest(self, vectors: VectorStore, query: Floats, limit: int, among: Ints | None) -> Ints:
        """Return the `limit` rows nearest to a unit vector, nearest first. among: only these rows,
        ascending; None for all. Raises DamagedCacheError."""
        rows, _ = vectors.exact(query, limit, among)
        return rows


class GraphSearch(ExactSearch):
    """For long-lived processes: search all rows of archives of GRAPH_FROM to GRAPH_UP_TO vectors
    through the hnswlib graph, otherwise compare rows. Up to GRAPH_UP_TO codes are kept in memory.

    graph: False to never use a graph, so that nobody waits for its build and answers are exact.
    """

    def __init__(self, graph: bool) -> None:
        self._graph = graph

    @cached_property
    def has_graph(self) -> bool:
        """Whether hnswlib is installed; see `graph.can_be_made`."""
        from cercafoto.archive.local.embeddings.graph import can_be_made

        return can_be_made()

    def nearest(self, vectors: VectorStore, query: Floats, limit: int, among: Ints | None) -> Ints:
        if len(vectors) <= GRAPH_UP_TO:
            large = len(vectors) >= GRAPH_FROM
            if among is None and large and self._graph and self.has_graph:
                return vectors.nearest(query, limit)
            vectors.load_codes()
        return super().nearest(vectors, query, limit, among)


class KeptVectors:
    """The vectors of the model in use, loaded once for all threads of a process, and updated when
    the catalogue has changed.

    folder: where the caches of all models are.
    searcher: finds the nearest rows.
    """

    def __init__(self, folder: Path, searcher: ExactSearch) -> None:
        self.searcher = searcher
        self._folder = folder
        self._vectors: VectorStore | None = None
        self._loading = threading.Lock()

    def of(self, catalog: Catalog) -> VectorStore:
        """Return the vectors as the catalogue has them now. Raises ArchiveError."""
        from cercafoto.archive.local.embeddings.vector_store import VectorStore

        source = self._source(catalog)
        with self._loading:
            if self._vectors is None or not self._vectors.is_current(catalog.vectors, source[2]):
                older, self._vectors = self._vectors, VectorStore.load(*source)
                if older is not None:
                    self._vectors.inherit(older)
            return self._vectors.reading(catalog.vectors)

    def bring_up_to_date(self, catalog: Catalog) -> None:
        """Update the vector files from the catalogue, so that the next search need not do it."""
        folder, _, model_id, dimension = self._source(catalog)
        state = read_state(folder, dimension)
        last = catalog.vectors.last_vector_id(model_id)
        if not (state and state.follows(catalog.vectors.purges, last)):
            self.of(catalog)

    def rebuilt(self, catalog: Catalog) -> VectorStore:
        """Make new vector files from the catalogue, and return the vectors."""
        from cercafoto.archive.local.embeddings.vector_store import VectorStore

        with self._loading:
            self._vectors = VectorStore.rebuild(*self._source(catalog))
            return self._vectors

    def _source(self, catalog: Catalog) -> tuple[Path, Vectors, int, int]:
        """Return the arguments of `VectorStore.load` and `VectorStore.rebuild`."""
        model_id, dimension = catalog.models.in_use()
        fingerprint, _, _ = catalog.models.model(model_id)
        return folder_of(self._folder, fingerprint), catalog.vectors, model_id, dimension
