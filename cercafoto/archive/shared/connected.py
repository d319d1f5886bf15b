"""Send queries to the server of a shared archive: SQL with a question mark for each value."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Any

import psycopg

from cercafoto.archive.records import FACETS
from cercafoto.archive.shared.connection import Connection
from cercafoto.archive.shared.dialect import POSTGRESQL
from cercafoto.archive.shared.mounts import Mounts, source_of
from cercafoto.archive.shared.server_errors import in_italian, translated
from cercafoto.errors import ArchiveError


class Connected:
    """The `query_engine.Engine` of a shared archive, over one open connection.

    mounts: where the photos of the archive's sources are on this machine.
    """

    dialect = POSTGRESQL

    def __init__(self, db: Connection, address: str, mounts: Mounts) -> None:
        self.db, self.address, self.mounts = db, address, mounts

    @cached_property
    def meta(self) -> dict[str, str]:
        """Settings of the archive: schema version, model, and the last content in its graph."""
        return dict(self.rows("SELECT key, value FROM meta WHERE key <> ?", FACETS))

    def rows(self, sql: str, *values: object) -> list[Any]:
        with translated(self.address):
            return self.db.execute(with_marks(sql), values).fetchall()

    def row(self, sql: str, *values: object) -> Any:
        with translated(self.address):
            return self.db.execute(with_marks(sql), values).fetchone()

    def number(self, sql: str, *values: object) -> int:
        return int(self.row(sql, *values)[0])

    def changes(self) -> list[int]:
        return list(self.row("SELECT count(*), sum(changes)::bigint, max(id) FROM sources"))

    def each(self, sql: str, *values: object) -> Iterator[Any]:
        return iter(self.rows(sql, *values))

    def execute(self, sql: str, *values: object) -> None:
        """Run SQL that writes, with a question mark for each value. Raises ArchiveError."""
        with translated(self.address):
            self.db.execute(with_marks(sql), values)

    def binary(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        """Return all rows of a query, sent by the server in binary format instead of as text."""
        with translated(self.address), self.db.cursor(binary=True) as cursor:
            return cursor.execute(with_marks(sql), values).fetchall()

    def in_parts(
        self, sql: str, values: Sequence[object], chunk: int
    ) -> Iterator[list[tuple[Any, ...]]]:
        """Yield the rows that `binary` would return, `chunk` at a time."""
        with translated(self.address), self.db.cursor(f"parts_{id(values)}", binary=True) as cursor:
            cursor.execute(with_marks(sql), values)
            while rows := cursor.fetchmany(chunk):
                yield rows

    def shown(self, path: bytes) -> bytes:
        return self.mounts.shown(path)

    def stored(self, path: bytes) -> bytes:
        return self.mounts.stored(path)

    def source_of(self, path: bytes) -> str:
        return source_of(path)

    def damaged(self) -> ArchiveError:
        return in_italian(psycopg.DataError("righe che non sono quelle scritte"), self.address)


def with_marks(sql: str) -> str:
    """Return SQL with psycopg's `%s` in place of question marks."""
    return sql.replace("%", "%%").replace("?", "%s")
