"""Turn a catalogue into one of a version that was never released."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from cercafoto.archive.tables import TABLES

LAST, EARLY = 15, 7  # as the last one, and as one without checksums of rows, things and collections
_LATER = ("lenses", "things", "people", "collections", "collection_photos", "collection_files")


def make_trial(path: Path, version: int) -> None:
    """Turn a catalogue into one of version LAST or EARLY."""
    with closing(sqlite3.connect(path)) as db:
        if version == EARLY:
            for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'"):
                db.execute(f"DROP TRIGGER {name}")
            for column in ("lens_id", "focal"):
                db.execute(f"DROP INDEX photos_{column}")
            db.execute("ALTER TABLE photos DROP COLUMN lens_id")
            db.execute("ALTER TABLE photos DROP COLUMN focal")
            for table in (*_LATER, "moments", "label_actions", "label_changes"):
                db.execute(f"DROP TABLE {table}")
            there = {name for (name,) in db.execute("SELECT name FROM sqlite_master")}
            for table in TABLES:
                if table.columns and table.name in there:
                    db.execute(f"ALTER TABLE {table.name} DROP COLUMN checksum")
            db.execute("DELETE FROM meta WHERE key = 'schema'")
        db.execute(f"PRAGMA user_version = {version}")
        db.commit()
