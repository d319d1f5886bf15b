"""What a query asks of the engine that answers it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Protocol

from cercafoto.archive.queries.where_clause import Dialect, where

if TYPE_CHECKING:
    from cercafoto.errors import ArchiveError
    from cercafoto.question.filters.filter import Filters


class Engine(Protocol):
    """An open catalogue, or a shared archive as it is at one moment. Its questions raise
    ArchiveError."""

    @property
    def dialect(self) -> Dialect: ...

    def rows(self, sql: str, *values: object) -> list[Any]:
        """Ask, with a mark in the SQL for each value."""
        ...

    def row(self, sql: str, *values: object) -> Any:
        """Ask for the first row, None where there is none."""
        ...

    def each(self, sql: str, *values: object) -> Iterator[Any]:
        """Ask for row after row."""
        ...

    def shown(self, path: bytes) -> bytes:
        """Return the path of a photo on this machine."""
        ...

    def stored(self, path: bytes) -> bytes:
        """Return what the archive calls a path of this machine."""
        ...

    def source_of(self, path: bytes) -> str:
        """Return the source of a photo of a shared archive, by its name there; else ""."""
        ...

    def damaged(self) -> ArchiveError:
        """Say that the archive has rows which are not what was written."""
        ...


class Queries:
    """Queries of one kind, over an engine."""

    def __init__(self, engine: Engine) -> None:
        self._engine, self._dialect = engine, engine.dialect

    def _where(self, filters: Filters) -> tuple[str, list[object]]:
        return where(filters, self._dialect)
