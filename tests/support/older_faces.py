"""Make a file of faces as version 3 of it was: without editions, and without what can be undone."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from cercafoto.archive.local import checksums, face_tables
from cercafoto.archive.local.face_tables import FACE_TABLES

OLDER = 3
THEIRS = ("photos", "people", "faces", "vectors", "guesses", "refused")


def make_older(path: Path, forgotten: bool = False) -> None:
    """Replace a file of faces with one of version 3 that has the same rows.

    forgotten: as if somebody had been forgotten there.
    """
    old = path.with_name("vecchio.db")
    old.unlink(missing_ok=True)
    with closing(sqlite3.connect(old, isolation_level=None)) as db:
        checksums.register(db)
        db.execute("BEGIN")
        for statement in face_tables._TABLES.split(";"):
            db.execute(statement)
        tables = [table for table in FACE_TABLES if table.name in THEIRS]
        checksums.add_triggers(db.execute, tables)
        db.execute(f"PRAGMA user_version = {OLDER}")
        db.execute("COMMIT")
        db.execute("ATTACH ? AS new", (str(path),))
        for table in tables:
            db.execute(f"INSERT INTO main.{table.name} SELECT * FROM new.{table.name}")
        db.execute("DETACH new")
        if forgotten:
            db.execute("VACUUM")
    old.replace(path)
