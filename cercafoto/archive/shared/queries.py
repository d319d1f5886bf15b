"""Questions to the server of a shared archive, in SQL with marks for values as the catalogue has
it, and what the archive says of itself."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Any

from cercafoto.archive.local.where import Dialect
from cercafoto.archive.local.where import where as sql_where
from cercafoto.archive.shared.connection import Connection
from cercafoto.archive.shared.errors import translated
from cercafoto.archive.shared.mounts import Mounts
from cercafoto.archive.shared.schema import not_shared_yet
from cercafoto.question.filters.filter import Filters

POSTGRESQL = Dialect(
    visible="true",
    plus="",
    weekday="photos.weekday",
    position="strpos",
    keyword="photos.id IN (SELECT photo_id FROM words WHERE keyword_list @> ARRAY[?])",
    not_in_colour="monochrome IS DISTINCT FROM 0",
    among="photos.content_id IN (SELECT value::bigint FROM json_array_elements_text(?::json))",
)
# The only model that a shared archive has.
MODEL = 1


class Queries:
    """A connection with what the archive holds at one moment.

    mounts: where the photos of its sources are on this machine.
    """

    def __init__(self, db: Connection, address: str, mounts: Mounts) -> None:
        self.db, self.address, self.mounts = db, address, mounts

    # -- models --------------------------------------------------------------------------------

    @cached_property
    def meta(self) -> dict[str, str]:
        return dict(self.rows("SELECT key, value FROM meta"))

    @property
    def active_model(self) -> int | None:
        return MODEL

    def model(self, model_id: int) -> tuple[str, str, int]:
        try:
            return self.meta["fingerprint"], self.meta["model"], int(self.meta["dimension"])
        except KeyError as error:
            raise not_shared_yet(self.address) from error

    # -- questions -----------------------------------------------------------------------------

    def where(self, filters: Filters) -> tuple[str, list[object]]:
        """Make SQL of filters, and its values; see `catalog.where`."""
        return sql_where(filters, POSTGRESQL)

    def rows(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        """Ask, with a mark in the SQL for each value. Raises ArchiveError."""
        with translated(self.address):
            return self.db.execute(with_marks(sql), values).fetchall()

    def row(self, sql: str, *values: object) -> tuple[Any, ...]:
        """Ask what has one row for an answer."""
        return self.rows(sql, *values)[0]

    def execute(self, sql: str, *values: object) -> None:
        """Write, with a mark for each value. Raises ArchiveError."""
        with translated(self.address):
            self.db.execute(with_marks(sql), values)

    def binary(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        """Ask for values as the engine has them, not as texts."""
        with translated(self.address), self.db.cursor(binary=True) as cursor:
            return cursor.execute(with_marks(sql), values).fetchall()

    def in_parts(
        self, sql: str, values: Sequence[object], chunk: int
    ) -> Iterator[list[tuple[Any, ...]]]:
        """Ask as `binary` does, and get so many rows at a time."""
        with translated(self.address), self.db.cursor(f"parts_{id(values)}", binary=True) as cursor:
            cursor.execute(with_marks(sql), values)
            while rows := cursor.fetchmany(chunk):
                yield rows

    def _shown(self, path: bytes) -> bytes:
        return self.mounts.shown(path)


def with_marks(sql: str) -> str:
    """Write the marks for values as psycopg has them."""
    return sql.replace("%", "%%").replace("?", "%s")
