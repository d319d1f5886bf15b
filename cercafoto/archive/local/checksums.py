"""A CRC-32 of the columns of each row (`Table.columns`), so that flipped bytes are noticed. SQLite
has no checksums.

Triggers write the checksums. Queries whose results a person sees take columns through `checked`,
which compares the checksum of the row; `DamagedRows` compares the checksums of all rows.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from typing import Any
from zlib import crc32

from cercafoto.archive.tables import NAMED, TABLES, Table


def register(connection: sqlite3.Connection) -> None:
    """Define on a connection the SQL functions that the triggers and `checked` call.

    Both functions are written in C. In a function written in Python, Ctrl-C would be reported by
    SQLite as an error of the function.
    """
    connection.create_function("crc32", 1, crc32, deterministic=True)
    # One for each number of columns: migrations compare rows that have fewer columns.
    for number in range(1, 1 + max(len(table.columns) for table in TABLES)):
        connection.create_function("row_text", number, _row_text(number), deterministic=True)


def checksum(values: Sequence[object]) -> int:
    """Return the checksum of a row with these values, in the order of `Table.columns`."""
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


def is_sound(table: str | Table, row: str) -> str:
    """Return SQL that is true if the checksum of a row is right. row: the table's name or alias in
    the query."""
    columns = (NAMED[table] if isinstance(table, str) else table).columns
    return f"{row}.checksum IS {_checksum_sql(f'{row}.{name}' for name in columns)}"


Execute = Callable[[str], Iterable[Sequence[Any]]]


def add_triggers(execute: Execute, tables: Iterable[Table]) -> None:
    """Add to tables triggers that write the checksum of a row. Columns that do not exist yet are
    left out; a later migration adds them.

    A damaged row keeps its wrong checksum when it is updated. A row copied with its checksum from a
    damaged catalogue keeps this checksum too.
    """
    for table in tables:
        if columns := _columns(execute, table):
            _add_triggers(execute, table.name, columns)


def add_columns(execute: Execute, table: Table, *declared: str) -> None:
    """Add columns to a table that has checksums, and include them in the checksums. Damaged rows
    keep their wrong checksum. declared: the columns in SQL ("focal INTEGER")."""
    name, before = table.name, _checksum_sql(_columns(execute, table))
    for when in ("added", "changed"):
        execute(f"DROP TRIGGER {name}_{when}")
    for column in declared:
        execute(f"ALTER TABLE {name} ADD COLUMN {column}")
    columns = _columns(execute, table)
    execute(f"UPDATE {name} SET checksum = {_checksum_sql(columns)} WHERE checksum IS {before}")
    _add_triggers(execute, name, columns)


def _columns(execute: Execute, table: Table) -> tuple[str, ...]:
    """Return the columns of a table's checksum that the table already has."""
    there = {row[1] for row in execute(f"PRAGMA table_info({table.name})")}
    return tuple(name for name in table.columns if name in there)


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
