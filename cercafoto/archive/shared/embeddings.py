"""The embeddings of a shared archive (`archive.Embeddings`).

If filters leave few photos, the server compares all of them. Otherwise pgvector follows its graph
until enough candidates fulfil the filters, and the vectors that the graph does not cover yet are
all compared. The server returns the candidates' vectors, which the caller scores exactly.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from cercafoto.archive.queries.where_clause import where
from cercafoto.archive.shared.connected import Connected
from cercafoto.archive.shared.dialect import POSTGRESQL
from cercafoto.base.arrays import Floats, Ints
from cercafoto.question.filters.filter import Filters

# Up to this many photos are all compared: looking each up takes as long as following the graph to
# candidates that fulfil the filters.
FEW = 20_000
# The graph is asked for this many candidates at most; for more, all vectors are compared.
MOST_THROUGH_GRAPH = 2000
CHUNK = 4096  # vectors read at a time


class SharedEmbeddings:
    def __init__(self, engine: Connected) -> None:
        self._engine = engine
        self._few: dict[Filters, bool] = {}

    @property
    def dimension(self) -> int:
        return int(self._engine.meta["dimension"])

    def of(self, contents: Sequence[int]) -> tuple[Ints, Floats]:
        sql = f"SELECT {_VECTOR} WHERE content_id = ANY(?) ORDER BY content_id"
        return self._read(sql, [int(content) for content in contents])

    def count(self, among: Filters | None = None) -> int:
        which, values = _which(among)
        return self._engine.number(f"SELECT count(*) FROM vectors WHERE {which}", *values)

    def nearest(
        self,
        query: Floats,
        limit: int,
        among: Filters | None = None,
        extra_ids: Sequence[int] = (),
        without: Sequence[int] = (),
    ) -> tuple[Ints, Floats, bool]:
        vector = _as_text(query)
        nearest = self._through_graph(vector, limit, among)
        complete = False
        if nearest is None:
            nearest = self._exact(vector, limit, among)
            complete = len(nearest[0]) < limit
        contents, vectors = nearest
        if extra_ids:
            which, values = _which(among)
            sql = f"SELECT {_VECTOR} WHERE content_id = ANY(?) AND {which}"
            others, theirs = self._read(sql, list(extra_ids), *values)
            contents = np.concatenate([contents, others])
            vectors = np.concatenate([vectors, theirs])
        contents, at = np.unique(contents, return_index=True)
        new = ~np.isin(contents, np.array(without, np.int64))
        return contents[new], vectors[at][new], complete

    def parts(
        self, among: Filters | None = None, with_moments: bool = False
    ) -> Iterator[tuple[Ints, Floats]]:
        which, values = _which(among)
        sql = f"SELECT {_VECTOR} WHERE {which} ORDER BY content_id"
        for rows in self._engine.in_parts(sql, values, CHUNK):
            yield self._arrays(rows)

    def farther(self, query: Floats, scores: Floats, among: Filters | None = None) -> Ints:
        if not len(scores):
            return np.empty(0, np.int64)
        # 1e-6 allows for the rounding of sums in another order.
        counts = ", ".join(
            f"count(*) FILTER (WHERE distance > {-float(score) + 1e-6!r})" for score in scores
        )
        which, values = _which(among)
        row = self._engine.row(
            f"SELECT {counts} FROM (SELECT vector::vector <#> ?::vector AS distance FROM vectors "
            f"WHERE {which}) AS compared",
            _as_text(query),
            *values,
        )
        return np.array(row, np.int64)

    def _are_few(self, among: Filters) -> bool:
        """Whether at most FEW photos fulfil the filters."""
        if among not in self._few:
            photos, values = where(among, POSTGRESQL)
            sql = f"SELECT count(*) FROM (SELECT 1 FROM photos WHERE {photos} LIMIT ?) AS first"
            self._few[among] = self._engine.number(sql, *values, FEW + 1) <= FEW
        return self._few[among]

    def _exact(
        self, vector: str, limit: int, among: Filters | None, besides: str = "true"
    ) -> tuple[Ints, Floats]:
        """Return the nearest `limit` contents by comparing every content that fulfils the
        filters and the SQL condition `besides`. PostgreSQL cannot use the graph for this query: the
        graph is an index on `content_id <= covered`."""
        which, values = _which(among)
        return self._read(
            f"SELECT {_VECTOR} WHERE {besides} AND {which} ORDER BY vector <#> ?::halfvec LIMIT ?",
            *values,
            vector,
            limit,
        )

    def _through_graph(
        self, vector: str, limit: int, among: Filters | None
    ) -> tuple[Ints, Floats] | None:
        """Return candidates found through the graph, and the nearest contents not covered by the
        graph. None if there is no graph, if it finds too few, or if comparing all is faster."""
        covered = int(self._engine.meta.get("graph", 0))
        if not covered or limit > MOST_THROUGH_GRAPH or (among and self._are_few(among)):
            return None
        passes, values = "", list[object]()
        if among:
            photos, values = where(among, POSTGRESQL)
            # OFFSET 0 keeps PostgreSQL from turning this into a join, which would not use the
            # graph.
            passes = (
                " AND EXISTS (SELECT 1 FROM photos WHERE photos.content_id = vectors.content_id "
                f"AND {photos} OFFSET 0)"
            )
        contents, vectors = self._read(
            f"SELECT {_VECTOR} WHERE content_id <= {covered}{passes} "
            "ORDER BY vector <#> ?::halfvec LIMIT ?",
            *values,
            vector,
            limit,
        )
        if len(contents) < limit:
            return None
        others, theirs = self._exact(vector, limit, among, f"content_id > {covered}")
        return np.concatenate([contents, others]), np.concatenate([vectors, theirs])

    def _read(self, sql: str, *values: object) -> tuple[Ints, Floats]:
        return self._arrays(self._engine.binary(sql, *values))

    def _arrays(self, rows: Sequence[tuple[int, bytes]]) -> tuple[Ints, Floats]:
        """Return (content, vector) rows as arrays [n] and [n, D]. pgvector sends four bytes and
        then the vector as big-endian float16."""
        contents = np.array([row[0] for row in rows], np.int64)
        sent = np.frombuffer(b"".join(row[1] for row in rows) or b"\0" * 2, ">f2")
        if not rows:
            return contents, np.empty((0, self.dimension), np.float32)
        return contents, sent.reshape(len(rows), -1)[:, 2:].astype(np.float32)


_VECTOR = "content_id, vector FROM vectors"


def _as_text(vector: Floats) -> str:
    """Return a vector as text in pgvector's syntax."""
    return "[" + ",".join(map(repr, vector.tolist())) + "]"


def _which(among: Filters | None) -> tuple[str, list[object]]:
    """Return (SQL condition for the vectors whose contents fulfil filters, values of the SQL)."""
    if not among:  # the server deletes a content with its last photo
        return "true", []
    photos, values = where(among, POSTGRESQL)
    return f"content_id IN (SELECT content_id FROM photos WHERE {photos})", values
