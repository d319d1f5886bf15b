"""The vectors of a shared archive, as a question asks for them (`archive.store.Pictures`).

Where filters leave few, all of these are compared; else pgvector goes through its graph, on from
candidate to candidate until enough of them fulfil the filters, and the few that lie beside the
graph are all compared. What comes back are the vectors themselves, which are scored exactly here.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property

import numpy as np

from cercafoto.archive.shared.queries import Queries
from cercafoto.base.arrays import Floats, Ints
from cercafoto.question.filters.filter import NO_FILTERS, Filters

# Contents that are all compared: of so many, each looked up by itself, that takes as long as the
# graph takes to find candidates that fulfil the filters.
FEW = 20_000
# Candidates for which the graph is asked; who wants more goes through all.
MOST_THROUGH_GRAPH = 2000
CHUNK = 4096  # vectors read at a time


class SharedPictures:
    """Vectors, over a connection to the archive."""

    def __init__(self, archive: Queries) -> None:
        self._archive = archive

    @property
    def dimension(self) -> int:
        return int(self._archive.meta["dimension"])

    def of(self, contents: Sequence[int]) -> tuple[Ints, Floats]:
        sql = f"SELECT {_VECTOR} WHERE content_id = ANY(?) ORDER BY content_id"
        return self._read(sql, [int(content) for content in contents])

    def every(self) -> SharedChosen:
        return SharedChosen(self, NO_FILTERS)

    def among(self, filters: Filters) -> SharedChosen:
        return SharedChosen(self, filters)

    def _read(self, sql: str, *values: object) -> tuple[Ints, Floats]:
        return self._arrays(self._archive.binary(sql, *values))

    def _arrays(self, rows: Sequence[tuple[int, bytes]]) -> tuple[Ints, Floats]:
        """Make arrays of (content, vector) rows: [n], [n, D]. pgvector sends, after four bytes,
        the numbers that the catalogue stores, big-endian."""
        contents = np.array([row[0] for row in rows], np.int64)
        sent = np.frombuffer(b"".join(row[1] for row in rows) or b"\0" * 2, ">f2")
        if not rows:
            return contents, np.empty((0, self.dimension), np.float32)
        return contents, sent.reshape(len(rows), -1)[:, 2:].astype(np.float32)


class SharedChosen:
    """The contents that fulfil filters."""

    def __init__(self, pictures: SharedPictures, filters: Filters) -> None:
        self._pictures, self._archive = pictures, pictures._archive
        self._sql, self._values = "", list[object]()
        if filters:
            self._sql, self._values = pictures._archive.where(filters)

    @property
    def _which(self) -> str:
        """SQL of the vectors that fulfil the filters, for the engine to begin where it likes."""
        if not self._sql:
            return "true"
        return f"content_id IN (SELECT content_id FROM photos WHERE {self._sql})"

    def __len__(self) -> int:
        sql = f"SELECT count(*) FROM vectors WHERE {self._which}"
        return int(self._archive.row(sql, *self._values)[0])

    @cached_property
    def _are_few(self) -> bool:
        """Whether so few photos fulfil the filters that all are compared."""
        if not self._sql:
            return False
        sql = f"SELECT count(*) FROM (SELECT 1 FROM photos WHERE {self._sql} LIMIT ?) AS first"
        return int(self._archive.row(sql, *self._values, FEW + 1)[0]) <= FEW

    def nearest(
        self,
        query: Floats,
        limit: int,
        beside: Sequence[int] = (),
        without: Sequence[int] = (),
    ) -> tuple[Ints, Floats, bool]:
        vector = _written(query)
        found = self._through_graph(vector, limit)
        complete = False
        if found is None:
            found = self._exact(vector, limit)
            complete = len(found[0]) < limit
        contents, pictures = found
        if beside:
            sql = f"SELECT {_VECTOR} WHERE content_id = ANY(?) AND {self._which}"
            others, theirs = self._pictures._read(sql, list(beside), *self._values)
            contents = np.concatenate([contents, others])
            pictures = np.concatenate([pictures, theirs])
        contents, at = np.unique(contents, return_index=True)
        new = ~np.isin(contents, np.array(without, np.int64))
        return contents[new], pictures[at][new], complete

    def _exact(self, vector: str, limit: int, which: str = "true") -> tuple[Ints, Floats]:
        """Compare all. The graph serves no question that does not say where it ends."""
        return self._pictures._read(
            f"SELECT {_VECTOR} WHERE {which} AND {self._which} "
            "ORDER BY vector <#> ?::halfvec LIMIT ?",
            *self._values,
            vector,
            limit,
        )

    def _through_graph(self, vector: str, limit: int) -> tuple[Ints, Floats] | None:
        """Find candidates through the graph, and those beside it; None where there is no graph, or
        it is not the way."""
        covered = int(self._archive.meta.get("graph", 0))
        if not covered or limit > MOST_THROUGH_GRAPH or self._are_few:
            return None
        # OFFSET keeps the engine from joining: it is to go from candidate to candidate.
        passes = (
            f" AND EXISTS (SELECT 1 FROM photos WHERE photos.content_id = vectors.content_id "
            f"AND {self._sql} OFFSET 0)"
            if self._sql
            else ""
        )
        contents, pictures = self._pictures._read(
            f"SELECT {_VECTOR} WHERE content_id <= {covered}{passes} "
            "ORDER BY vector <#> ?::halfvec LIMIT ?",
            *self._values,
            vector,
            limit,
        )
        if len(contents) < limit:
            return None
        others, theirs = self._exact(vector, limit, f"content_id > {covered}")
        return np.concatenate([contents, others]), np.concatenate([pictures, theirs])

    def parts(self) -> Iterator[tuple[Ints, Floats]]:
        sql = f"SELECT {_VECTOR} WHERE {self._which} ORDER BY content_id"
        for rows in self._archive.in_parts(sql, self._values, CHUNK):
            yield self._pictures._arrays(rows)

    def farther(self, query: Floats, scores: Floats) -> Ints:
        if not len(scores):
            return np.empty(0, np.int64)
        # Less than what adding up in another order changes.
        counts = ", ".join(
            f"count(*) FILTER (WHERE distance > {-float(score) + 1e-6!r})" for score in scores
        )
        row = self._archive.row(
            f"SELECT {counts} FROM (SELECT vector::vector <#> ?::vector AS distance FROM vectors "
            f"WHERE {self._which}) AS compared",
            _written(query),
            *self._values,
        )
        return np.array(row, np.int64)


_VECTOR = "content_id, vector FROM vectors"


def _written(vector: Floats) -> str:
    """Write a vector as pgvector reads it."""
    return "[" + ",".join(map(repr, vector.tolist())) + "]"
