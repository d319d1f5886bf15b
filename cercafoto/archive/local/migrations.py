"""Make the tables of a catalogue, and change those that an earlier version made.

sqlite-utils records the names of the steps taken. `PRAGMA user_version` is the version of the
tables, which can be read without importing sqlite-utils.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from zlib import crc32

from cercafoto.archive.local.checksums import add_columns, add_triggers
from cercafoto.archive.local.schema import STATEMENTS
from cercafoto.archive.tables import NAMED, TABLES

# The version that `schema.py` makes. Versions 1 to 15 were never released.
FIRST = 16
_SET = "cercafoto"
Change = Callable[[sqlite3.Connection], None]


def exposures(connection: sqlite3.Connection) -> None:
    """Add how photos were exposed. flash: 1 if it fired, 0 if not."""
    columns = ("iso INTEGER", "aperture REAL", "exposure_time REAL", "flash INTEGER")
    add_columns(connection.execute, NAMED["photos"], *columns)
    for name in ("iso", "aperture", "exposure_time", "flash"):
        connection.execute(
            f"CREATE INDEX photos_{name} ON photos({name}, content_id) "
            f"WHERE state = 'ok' AND {name} IS NOT NULL"
        )


def color_labels(connection: sqlite3.Connection) -> None:
    """Add the colours of the labels that other programs give."""
    add_columns(connection.execute, NAMED["photos"], "color_label TEXT")
    connection.execute(
        "CREATE INDEX photos_color_label ON photos(color_label, content_id) "
        "WHERE state = 'ok' AND color_label IS NOT NULL"
    )


def quality(connection: sqlite3.Connection) -> None:
    """Add how photos came out; see `base/photo_quality.py`. NULL: neither, or it cannot be told."""
    connection.execute(
        "CREATE TABLE quality(content_id INTEGER PRIMARY KEY REFERENCES contents(id), "
        "edition INTEGER NOT NULL, clarity TEXT, exposure TEXT, sharpness REAL, checksum INTEGER)"
    )
    for column in ("clarity", "exposure"):
        connection.execute(
            f"CREATE INDEX quality_{column} ON quality({column}) WHERE {column} IS NOT NULL"
        )
    add_triggers(connection.execute, [NAMED["quality"]])


# What makes the tables of each version those of the next one, beginning with FIRST. Call
# `checksums.add_triggers` for a new table, and `checksums.add_columns` for new columns.
STEPS: tuple[Change, ...] = (exposures, color_labels, quality)


def first_tables(connection: sqlite3.Connection) -> None:
    """Make all tables of version FIRST."""
    connection.execute("ALTER TABLE _sqlite_migrations ADD COLUMN checksum INTEGER")
    for statement in STATEMENTS:
        connection.execute(statement)
    add_triggers(connection.execute, TABLES)


def latest() -> int:
    """Return the version of this program's tables."""
    return FIRST + len(STEPS)


def version(connection: sqlite3.Connection) -> int:
    """Return the version of a catalogue's tables, 0 for an empty file."""
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def apply(connection: sqlite3.Connection) -> None:
    """Make the tables if there are none, and take the steps that a catalogue lacks, all in one
    transaction. Call `checksums.register` before."""
    from sqlite_utils import Database, Migrations

    steps = Migrations(_SET)
    for name, change in _named():
        steps(name=name)(lambda _, change=change: change(connection))
    connection.execute("BEGIN IMMEDIATE")  # another process may make the tables at the same time
    try:
        steps.apply(Database(connection))
        connection.execute(f"PRAGMA user_version = {latest()}")
        keep_schema_checksum(connection)
        connection.execute("DELETE FROM meta WHERE key = 'facets'")  # a step may change photos
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def _named() -> list[tuple[str, Change]]:
    """Return the name of each step, and the step."""
    steps = (first_tables, *STEPS)
    return [(f"{number}_{step.__name__}", step) for number, step in enumerate(steps, FIRST)]


def record_again(connection: sqlite3.Connection) -> None:
    """Record anew which steps were taken. Call inside a transaction."""
    taken = _named()[: version(connection) - FIRST + 1]
    connection.execute("DELETE FROM _sqlite_migrations")
    connection.executemany(
        "INSERT INTO _sqlite_migrations(migration_set, name) VALUES (?, ?)",
        ((_SET, name) for name, _ in taken),
    )


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
