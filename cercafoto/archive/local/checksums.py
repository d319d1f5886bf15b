"""A CRC-32 of every row: SQLite has none, and a flipped byte must not be shown as a fact.

Triggers write it, so that nothing that writes a row can forget it. Who shows a row asks for
`sound` columns; `Integrity` looks at every row.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from typing import Any
from zlib import crc32

# The columns that the checksum of a row is made of: all but itself, in the order of the table.
# Tables that are not here have every column in an index too, which SQLite compares with the row;
# vectors have a checksum of their own.
TABLES: dict[str, tuple[str, ...]] = {
    "meta": ("key", "value"),
    "models": ("id", "fingerprint", "name", "version", "dimension", "added_at"),
    "roots": ("id", "path", "added_at", "follow_links"),
    "contents": (
        *("id", "digest", "width", "height", "orientation", "facts", "facts_version"),
        "monochrome",
    ),
    "places": ("id", "comune", "provincia", "regione", "paese"),
    "cameras": ("id", "name", "folded"),
    "lenses": ("id", "name", "folded"),
    "photos": (
        *("id", "path", "size", "mtime_ns", "content_id", "state", "problem", "seen_at"),
        *("sidecar_size", "sidecar_mtime_ns", "sidecar_facts", "taken_at", "date_source", "hour"),
        *("latitude", "longitude", "place_id", "camera_id", "format", "shape", "rating"),
        *("facts_version", "lens_id", "focal"),
    ),
    "tags": (
        *("content_id", "label", "score", "confidence", "label_file", "model_id", "tagged_at"),
    ),
    "label_actions": ("id", "what", "first"),
    "label_changes": (
        *("id", "action", "content_id", "label", "label_file", "score", "confidence", "model_id"),
        "tagged_at",
    ),
    "runs": ("id", "kind", "model_id", "started_at", "ended_at", "outcome", "photos"),
    "text_engines": ("id", "name"),
    "texts": ("content_id", "engine_id", "turned", "lines", "boxes"),
    "unread_texts": ("content_id", "problem"),
}


def register(connection: sqlite3.Connection) -> None:
    """Give a connection the functions that the triggers and `sound` call.

    Both are written in C: Ctrl-C, which Python raises between two lines of Python, would otherwise
    come out of SQLite as an error of the function.
    """
    connection.create_function("crc32", 1, crc32, deterministic=True)
    # Migrations compare rows of fewer columns too.
    for number in range(1, 1 + max(map(len, TABLES.values()))):
        connection.create_function("row_text", number, _row_text(number), deterministic=True)


def checksum(values: Sequence[object]) -> int:
    """Return the checksum of a row with these values."""
    return crc32(_row_text(len(values))(*values).encode())


def sound(table: str, column: str, joined_by: str = "") -> str:
    """Return SQL for a column which fails where the row is not what was written.

    joined_by: of a table in an outer join, the column that names its row: NULL where this is NULL,
        a failure where there is no such row.
    """
    # Of NULL there is no CRC, which is an error; the column keeps it from being computed earlier.
    otherwise = f"WHEN {joined_by} IS NOT NULL THEN" if joined_by else "ELSE"
    return (
        f"CASE WHEN {is_sound(table, table)} THEN {table}.{column} "
        f"{otherwise} crc32(NULL || {table}.checksum) END"
    )


def is_sound(table: str, row: str) -> str:
    """Return SQL for whether a row of a table, by the name that it has there, is what was
    written."""
    return f"{row}.checksum IS {_checksum_sql(f'{row}.{name}' for name in TABLES[table])}"


Execute = Callable[[str], Iterable[Sequence[Any]]]


def add_checksums(execute: Execute, tables: Iterable[str] = TABLES) -> None:
    """Add checksums to tables, of the rows as they are now, and the triggers that keep them. A
    table or column that a later migration adds is left to that.

    A row that is damaged stays so when something else of it is written. One that comes with a
    checksum, as out of a damaged catalogue, keeps it.
    """
    for table in tables:
        if columns := _columns(execute, table):
            execute(f"ALTER TABLE {table} ADD COLUMN checksum INTEGER")
            execute(f"UPDATE {table} SET checksum = {_checksum_sql(columns)}")
            _add_triggers(execute, table, columns)


def add_columns(execute: Execute, table: str, *declared: str) -> None:
    """Add columns to a table that has checksums. Those of rows that are right count the new columns
    from now on; a row that is damaged stays so."""
    before = _checksum_sql(_columns(execute, table))
    for when in ("added", "changed"):
        execute(f"DROP TRIGGER {table}_{when}")
    for column in declared:
        execute(f"ALTER TABLE {table} ADD COLUMN {column}")
    columns = _columns(execute, table)
    execute(f"UPDATE {table} SET checksum = {_checksum_sql(columns)} WHERE checksum IS {before}")
    _add_triggers(execute, table, columns)


def _columns(execute: Execute, table: str) -> tuple[str, ...]:
    """Return the columns of a checksum that a table has by now."""
    there = {row[1] for row in execute(f"PRAGMA table_info({table})")}
    return tuple(name for name in TABLES[table] if name in there)


def _add_triggers(execute: Execute, table: str, columns: Sequence[str]) -> None:
    right = _checksum_sql(columns)
    old = _checksum_sql(f"old.{name}" for name in columns)
    renew = f"BEGIN UPDATE {table} SET checksum = {right} WHERE rowid = new.rowid; END"
    execute(
        f"CREATE TRIGGER {table}_added AFTER INSERT ON {table} WHEN new.checksum IS NULL {renew}"
    )
    execute(
        f"CREATE TRIGGER {table}_changed AFTER UPDATE OF {', '.join(columns)} ON {table} "
        f"WHEN old.checksum IS {old} {renew}"
    )


def _checksum_sql(columns: Iterable[str]) -> str:
    return f"crc32(CAST(row_text({', '.join(columns)}) AS BLOB))"


@cache
def _row_text(number: int) -> Callable[..., str]:
    # ascii: which letters repr writes as they are depends on the version of Unicode.
    return ("{!a} " * number).format
