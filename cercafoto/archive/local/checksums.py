"""A CRC-32 for each row of TABLES, so that flipped bytes are noticed; SQLite has no checksums.

Triggers write the checksums. Queries whose results a person sees take columns through `checked`,
which compares the checksum of the row; `DamagedRows` compares the checksums of all rows.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from typing import Any
from zlib import crc32

# The columns that go into the checksum of a row: all others, in the order of the table. Tables that
# are not here need none: all their columns are also in an index, and SQLite's integrity check
# compares both. Vectors have a checksum of another kind.
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
    "things": ("content_id", "edition", "people", "presence", "boxes"),
    "people": ("id", "photo_id", "name", "folded", "left", "top", "width", "height"),
    "collections": (
        *("id", "name", "folded", "question", "made_at", "looked_at", "min_confidence"),
    ),
    "moments": ("content_id", "video_id", "start_ms", "end_ms", "looks"),
}


def register(connection: sqlite3.Connection) -> None:
    """Define on a connection the SQL functions that the triggers and `checked` call.

    Both functions are written in C. In a function written in Python, Ctrl-C would be reported by
    SQLite as an error of the function.
    """
    connection.create_function("crc32", 1, crc32, deterministic=True)
    # One for each number of columns: migrations compare rows that have fewer columns.
    for number in range(1, 1 + max(map(len, TABLES.values()))):
        connection.create_function("row_text", number, _row_text(number), deterministic=True)


def checksum(values: Sequence[object]) -> int:
    """Return the checksum of a row with these values, in the order of TABLES."""
    return crc32(_row_text(len(values))(*values).encode())


def checked(table: str, column: str, joined_by: str = "") -> str:
    """Return SQL for a column. The query fails if the checksum of the column's row is wrong.

    joined_by: for a table in an outer join, the column that refers to the row. If `joined_by` is
        NULL the result is NULL; if it refers to a missing row the query fails.
    """
    # crc32(NULL) is an error. The checksum in it keeps SQLite from evaluating it in advance.
    otherwise = f"WHEN {joined_by} IS NOT NULL THEN" if joined_by else "ELSE"
    return (
        f"CASE WHEN {is_sound(table, table)} THEN {table}.{column} "
        f"{otherwise} crc32(NULL || {table}.checksum) END"
    )


def is_sound(table: str, row: str) -> str:
    """Return SQL that is true if the checksum of a row is right. row: the table's name or alias in
    the query."""
    return f"{row}.checksum IS {_checksum_sql(f'{row}.{name}' for name in TABLES[table])}"


Execute = Callable[[str], Iterable[Sequence[Any]]]


def add_checksums(execute: Execute, tables: Iterable[str] = TABLES) -> None:
    """Add to tables a column with the checksums of the present rows, and triggers that update it.
    Tables and columns that do not exist yet are skipped; a later migration adds them.

    A damaged row keeps its wrong checksum when it is updated. A row copied with its checksum from a
    damaged catalogue keeps this checksum too.
    """
    for table in tables:
        if columns := _columns(execute, table):
            execute(f"ALTER TABLE {table} ADD COLUMN checksum INTEGER")
            execute(f"UPDATE {table} SET checksum = {_checksum_sql(columns)}")
            _add_triggers(execute, table, columns)


def add_columns(execute: Execute, table: str, *declared: str) -> None:
    """Add columns to a table that has checksums, and include them in the checksums. Damaged rows
    keep their wrong checksum. declared: the columns in SQL ("focal INTEGER")."""
    before = _checksum_sql(_columns(execute, table))
    for when in ("added", "changed"):
        execute(f"DROP TRIGGER {table}_{when}")
    for column in declared:
        execute(f"ALTER TABLE {table} ADD COLUMN {column}")
    columns = _columns(execute, table)
    execute(f"UPDATE {table} SET checksum = {_checksum_sql(columns)} WHERE checksum IS {before}")
    _add_triggers(execute, table, columns)


def _columns(execute: Execute, table: str) -> tuple[str, ...]:
    """Return the columns that TABLES names for a table and that the table already has."""
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
    """Return a function that joins the ASCII representations of `number` values."""
    # !a, not !r: which letters repr escapes depends on Python's version of Unicode.
    return ("{!a} " * number).format
