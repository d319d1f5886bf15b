"""The hnswlib graph over the rows of a cache, for long-lived processes.

The SHA-256 of the graph's file is compared before hnswlib opens it: a malformed file makes hnswlib
overflow. hnswlib may be missing, where it could not be compiled; then searches are exact.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from cercafoto.archive.local.embeddings.cache import GRAPH, LOCK, CodeCache
from cercafoto.archive.local.embeddings.state import read_state, write_state
from cercafoto.base.arrays import Floats, Ints
from cercafoto.base.atomic_file import partial_name
from cercafoto.models.model_folder import file_digest

# hnswlib: M = 16 and ef = 128 gave recall@10 1.0 on 100,000 clustered vectors at 0.4 ms a query;
# construction at 200 is hnswlib's own default.
GRAPH_M, GRAPH_CONSTRUCTION, GRAPH_EF = 16, 200, 128

# How many rows may be missing from a graph in memory before they are added to it: comparing so many
# takes less time than a search in the graph.
MOST_BESIDE = 2000


def can_be_made() -> bool:
    """Whether hnswlib is installed and can be loaded."""
    try:
        import hnswlib  # noqa: F401
    except ImportError:
        return False
    return True


class Graph:
    """A graph over the rows of a cache.

    index: hnswlib's index, None before it is built or loaded.
    row_count: how many rows of the cache, counted from the first, are in the graph.
    """

    def __init__(self, cache: CodeCache) -> None:
        self.cache = cache
        self.index: Any = None
        self.row_count = 0
        self._making = threading.Lock()  # so that only one thread builds it

    def whole(self, vectors_from: Callable[[int], Iterator[Floats]]) -> Any:
        """Return hnswlib's index over all rows, and keep it in memory.

        The index is loaded from its file, or built if there is no sound file. Missing rows are
        added to it, and the file is saved.

        vectors_from(row): yields the vectors of that row and all later ones, in parts.
        """
        with self._making:
            if self.index is None or self.row_count < len(self.cache):
                self.index = self._current_index(vectors_from)
                self.row_count = len(self.cache)
            return self.index

    def inherit(self, older: Graph) -> None:
        """Take over the graph in memory of an older cache if this cache begins with the same rows.
        Without this each batch of new photos would make a process load and save the graph again."""
        row_count, ours, theirs = older.row_count, self.cache, older.cache
        if (
            older.index is not None
            and theirs.state.purges == ours.state.purges
            and np.array_equal(theirs.rows["id"][:row_count], ours.rows["id"][:row_count])
            and np.array_equal(theirs.rows["content"][:row_count], ours.rows["content"][:row_count])
        ):
            self.index, self.row_count = older.index, row_count

    def nearest(self, query: Floats, most: int) -> tuple[Ints, Floats]:
        """Return approximately the `most` rows in the graph nearest to the query, nearest first:
        rows [n], cosines [n]. Call `whole` before."""
        index, row_count = self.index, self.row_count
        index.set_ef(max(GRAPH_EF, 2 * most))
        labels, distances = index.knn_query(query[None], k=min(most, row_count))
        return labels[0].astype(np.int64), 1 - distances[0]

    def is_damaged(self) -> bool:
        """Whether a graph was saved, but its file is missing or is not what was written."""
        path, digest = self.cache.folder / GRAPH, self.cache.state.graph
        return bool(digest) and not (path.is_file() and file_digest(path) == digest)

    def _current_index(self, vectors_from: Callable[[int], Iterator[Floats]]) -> Any:
        import hnswlib

        state, most = self.cache.state, max(len(self.cache), 1)
        index = hnswlib.Index(space="ip", dim=state.dimension)
        loaded = False
        if state.graph and not self.is_damaged():
            index.load_index(str(self.cache.folder / GRAPH), max_elements=most)
            loaded = index.get_current_count() == state.graph_count
        if not loaded:
            index = hnswlib.Index(space="ip", dim=state.dimension)
            index.init_index(
                max_elements=most, M=GRAPH_M, ef_construction=GRAPH_CONSTRUCTION, random_seed=1
            )
        have = state.graph_count if loaded else 0
        if have < len(self.cache):
            position = have
            for rows in vectors_from(have):
                index.add_items(rows, np.arange(position, position + len(rows)))
                position += len(rows)
            self._save(index)
        index.set_ef(GRAPH_EF)
        return index

    def _save(self, index: Any) -> None:
        """Save the graph, unless another process has changed the cache meanwhile. An error is
        ignored: it only costs the next process a build."""
        from filelock import FileLock, Timeout

        folder, state = self.cache.folder, self.cache.state
        try:
            folder.mkdir(parents=True, exist_ok=True)
            temporary = folder / partial_name()
            index.save_index(str(temporary))
            digest = file_digest(temporary)
            with FileLock(folder / LOCK, timeout=60):
                if read_state(folder, state.dimension) != state:
                    temporary.unlink()
                    return
                temporary.replace(folder / GRAPH)
                self.cache.state = replace(state, graph=digest, graph_count=len(self.cache))
                write_state(folder, self.cache.state)
        except (OSError, RuntimeError, Timeout, NotImplementedError):
            pass
