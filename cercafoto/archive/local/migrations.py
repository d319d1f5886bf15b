"""Make the tables of a catalogue, and change those that an earlier version made.

`PRAGMA user_version` is the version of the tables.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from zlib import crc32

from cercafoto.archive.local.checksums import add_triggers
from cercafoto.archive.local.schema import STATEMENTS
from cercafoto.archive.tables import TABLES

# The version that `schema.py` makes. Versions 1 to 15 were never released.
FIRST = 16
Change = Callable[[sqlite3.Connection], None]
# What makes the tables of each version those of the next one, beginning with FIRST. Call
# `checksums.add_triggers` for a new table, and `checksums.add_columns` for new columns.
STEPS: tuple[Change, ...] = ()


def latest() -> int:
    """Return the version of this program's tables."""
    return FIRST + len(STEPS)


def version(connection: sqlite3.Connection) -> int:
    """Return the version of a catalogue's tables, 0 for an empty file."""
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def apply(connection: sqlite3.Connection) -> None:
    """Make the tables if there are none, and take the steps that a catalogue lacks, all in one
    transaction. Call `checksums.register` before."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        present = version(connection)  # another process may just have made the tables
        if not present:
            for statement in STATEMENTS:
                connection.execute(statement)
            add_triggers(connection.execute, TABLES)
        for step in STEPS[max(present - FIRST, 0) :]:
            step(connection)
        connection.execute(f"PRAGMA user_version = {latest()}")
        keep_schema_checksum(connection)
        connection.execute("DELETE FROM meta WHERE key = 'facets'")  # a step may change photos
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def keep_schema_checksum(connection: sqlite3.Connection) -> None:
    """Store the checksum of the tables as they are now. Call inside a transaction."""
    connection.execute(
        "INSERT OR REPLACE INTO meta(key, value) VALUES ('schema', ?)",
        (schema_checksum(connection),),
    )


def schema_checksum(connection: sqlite3.Connection) -> str:
    """Return a CRC-32 of the definitions of tables, indexes and triggers. The right checksum is in
    `meta` as 'schema'."""
    rows = connection.execute(
        "SELECT name, sql FROM sqlite_master WHERE name NOT LIKE '%sqlite_%' ORDER BY name"
    )
    return str(crc32(repr(rows.fetchall()).encode()))
