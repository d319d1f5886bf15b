"""How a process keeps the vectors of the model in use, and goes through them."""

from __future__ import annotations

import threading
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from cercafoto.archive.local.embeddings.state import read_state

if TYPE_CHECKING:
    # What searches: a run of `index` that finds nothing new does without, and starts sooner.
    from cercafoto.archive.local.catalog import Catalog
    from cercafoto.archive.local.embeddings.vector_store import VectorStore
    from cercafoto.archive.local.vectors import Vectors
    from cercafoto.base.arrays import Floats, Ints

# Below the first, an exact pass is as fast as the graph and needs no building. Beyond the second a
# graph takes more than a gigabyte, of memory and of the disk, and ten minutes to make, where the
# pass takes 0.07 s over 1,000,000.
GRAPH_FROM, GRAPH_UP_TO = 20_000, 500_000


class Way(Protocol):
    """A way to find the rows nearest to a unit vector."""

    def nearest(self, vectors: VectorStore, query: Floats, limit: int, among: Ints | None) -> Ints:
        """Return rows, nearest first; among: of these alone."""
        ...


class ExactPass:
    """The way of a process that asks a few things and ends: one pass, and nothing is held."""

    def nearest(self, vectors: VectorStore, query: Floats, limit: int, among: Ints | None) -> Ints:
        rows, _ = vectors.exact(query, limit, among)
        return rows


class Graphs(ExactPass):
    """The way of a process that stays up: large archives go through the hnswlib graph, where there
    is one, which a process that ends at once would only lose time to load; or at least with the
    codes in memory, where these are not too large.

    graph: False where nobody is to wait for it to be made, and answers are exact.
    """

    def __init__(self, graph: bool) -> None:
        self._graph = graph

    @cached_property
    def has_graph(self) -> bool:
        """Whether searches may go through the graph; see `graph.can_be_made`."""
        from cercafoto.archive.local.embeddings.graph import can_be_made

        return can_be_made()

    def nearest(self, vectors: VectorStore, query: Floats, limit: int, among: Ints | None) -> Ints:
        if len(vectors) <= GRAPH_UP_TO:
            large = len(vectors) >= GRAPH_FROM
            if among is None and large and self._graph and self.has_graph:
                return vectors.nearest(query, limit)
            vectors.hold()
        return super().nearest(vectors, query, limit, among)


class KeptVectors:
    """The vectors of the model in use, loaded once for all threads and brought up to date with the
    catalogue they are asked for with.

    folder: of the caches of all models.
    way: how the nearest are found.
    """

    def __init__(self, folder: Path, way: Way) -> None:
        self.way = way
        self._folder = folder
        self._vectors: VectorStore | None = None
        self._loading = threading.Lock()

    def of(self, catalog: Catalog) -> VectorStore:
        """Load the vectors, up to date with the catalogue."""
        from cercafoto.archive.local.embeddings.vector_store import VectorStore

        source = self._source(catalog)
        with self._loading:
            if self._vectors is None or not self._vectors.is_current(catalog.vectors, source[2]):
                older, self._vectors = self._vectors, VectorStore.load(*source)
                if older is not None:
                    self._vectors.inherit(older)
            return self._vectors.reading(catalog.vectors)

    def bring_up_to_date(self, catalog: Catalog) -> None:
        """Bring the files of the vectors up to date with the catalogue, for those who search."""
        folder, _, model_id, dimension = self._source(catalog)
        state = read_state(folder, dimension)
        last = catalog.vectors.last_vector_id(model_id)
        if not (state and state.follows(catalog.vectors.purges, last)):
            self.of(catalog)

    def rebuilt(self, catalog: Catalog) -> VectorStore:
        """Make the files of the vectors again from the catalogue, and load them."""
        from cercafoto.archive.local.embeddings.vector_store import VectorStore

        with self._loading:
            self._vectors = VectorStore.rebuild(*self._source(catalog))
            return self._vectors

    def _source(self, catalog: Catalog) -> tuple[Path, Vectors, int, int]:
        """Gather what `VectorStore.load` and `VectorStore.rebuild` take."""
        model_id, dimension = catalog.models.in_use()
        fingerprint, _, _ = catalog.models.model(model_id)
        return self._folder / fingerprint[:16], catalog.vectors, model_id, dimension
