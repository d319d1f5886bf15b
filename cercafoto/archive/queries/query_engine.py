"""The interface through which shared queries reach SQLite or PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Protocol

from cercafoto.archive.queries.sql_dialect import Dialect
from cercafoto.archive.queries.where_clause import where

if TYPE_CHECKING:
    from cercafoto.errors import ArchiveError
    from cercafoto.question.filters.filter import Filters


class Engine(Protocol):
    """An open local catalogue, or a connection to a shared archive. Queries raise ArchiveError."""

    @property
    def dialect(self) -> Dialect: ...

    def rows(self, sql: str, *values: object) -> list[Any]:
        """Return all rows of a query. The SQL has a question mark for each value."""
        ...

    def row(self, sql: str, *values: object) -> Any:
        """Return the first row of a query, None if there is no row."""
        ...

    def number(self, sql: str, *values: object) -> int:
        """Return the only value of a query, an integer."""
        ...

    def changes(self) -> list[int]:
        """Return counters; any change of photos or labels changes at least one of them."""
        ...

    def each(self, sql: str, *values: object) -> Iterator[Any]:
        """Yield the rows of a query."""
        ...

    def shown(self, path: bytes) -> bytes:
        """Return where a stored path is on this machine; `path` itself if this is unknown."""
        ...

    def stored(self, path: bytes) -> bytes:
        """Return the path under which the archive stores a file of this machine."""
        ...

    def source_of(self, path: bytes) -> str:
        """Return the source named in a stored path of a shared archive, "" in a local archive."""
        ...

    def damaged(self) -> ArchiveError:
        """Return the error to raise for damaged rows."""
        ...


class Queries:
    """Base of the query classes: holds an engine and its dialect, and makes the SQL of filters."""

    def __init__(self, engine: Engine) -> None:
        self._engine, self._dialect = engine, engine.dialect

    def _where(self, filters: Filters) -> tuple[str, list[object]]:
        return where(filters, self._dialect)
