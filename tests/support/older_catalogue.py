"""Turn a catalogue into one of an earlier version."""

from __future__ import annotations

import sqlite3

from cercafoto.archive.local.checksums import TABLES

HISTORY = ("label_actions", "label_changes")
# Tables with checksums, added after the eighth migration.
LATER = {"lenses", "things", "people", "collections", "moments", *HISTORY}


def undo_collection_seals(db: sqlite3.Connection) -> None:
    """Undo the fifteenth migration, which added the seals of the files of collections."""
    db.execute("ALTER TABLE collection_files DROP COLUMN seal")
    db.execute("DELETE FROM _sqlite_migrations WHERE name LIKE '15_%'")
    db.execute("PRAGMA user_version = 14")


def undo_moments(db: sqlite3.Connection) -> None:
    """Undo the fourteenth migration, which added moments of videos, and later ones."""
    undo_collection_seals(db)
    db.execute("DROP TABLE moments")
    db.execute("DELETE FROM _sqlite_migrations WHERE name LIKE '14_%'")
    db.execute("PRAGMA user_version = 13")


def undo_collections(db: sqlite3.Connection) -> None:
    """Undo the thirteenth migration, which added collections, and later ones."""
    undo_moments(db)
    for table in ("collections", "collection_photos", "collection_files"):
        db.execute(f"DROP TABLE {table}")
    db.execute("DELETE FROM _sqlite_migrations WHERE name LIKE '13_%'")
    db.execute("PRAGMA user_version = 12")


def undo_people(db: sqlite3.Connection) -> None:
    """Undo the twelfth migration, which added names of people, and later ones."""
    undo_collections(db)
    db.execute("DROP TRIGGER photos_deleted_people")
    db.execute("DROP TABLE people")
    db.execute("DELETE FROM _sqlite_migrations WHERE name LIKE '12_%'")
    db.execute("PRAGMA user_version = 11")


def undo_things(db: sqlite3.Connection) -> None:
    """Undo the eleventh migration, which added things in photos, and later ones."""
    undo_people(db)
    db.execute("DROP TABLE things")
    db.execute("DELETE FROM _sqlite_migrations WHERE name LIKE '11_%'")
    db.execute("PRAGMA user_version = 10")


def undo_label_history(db: sqlite3.Connection) -> None:
    """Undo the tenth migration, which added the history of labels, and later ones."""
    undo_things(db)
    for table in HISTORY:
        db.execute(f"DROP TABLE {table}")
    db.execute("DELETE FROM _sqlite_migrations WHERE name LIKE '10_%'")
    db.execute("PRAGMA user_version = 9")


def undo_lenses(db: sqlite3.Connection) -> None:
    """Undo the ninth migration, which added tables of lenses, and later ones. Photos are left
    without the triggers of their checksums."""
    undo_label_history(db)
    for name in ("added", "changed"):
        db.execute(f"DROP TRIGGER photos_{name}")
    for column in ("lens_id", "focal"):
        db.execute(f"DROP INDEX photos_{column}")
        db.execute(f"ALTER TABLE photos DROP COLUMN {column}")
    db.execute("DROP TABLE lenses")
    db.execute("DELETE FROM _sqlite_migrations WHERE name LIKE '9_%'")
    db.execute("PRAGMA user_version = 8")


def undo_row_checksums(db: sqlite3.Connection) -> None:
    """Undo the eighth migration, which added checksums of rows, and later ones."""
    undo_lenses(db)
    for table in TABLES.keys() - LATER:
        db.execute(f"DROP TRIGGER IF EXISTS {table}_added")
        db.execute(f"DROP TRIGGER IF EXISTS {table}_changed")
        db.execute(f"ALTER TABLE {table} DROP COLUMN checksum")
    db.execute("DELETE FROM meta WHERE key = 'schema'")
    db.execute("DELETE FROM _sqlite_migrations WHERE name LIKE '8_%'")
    db.execute("PRAGMA user_version = 7")


def undo_texts(db: sqlite3.Connection) -> None:
    """Undo the sixth migration, which added recognised words, and later ones."""
    undo_row_checksums(db)
    for table in ("unread_texts", "read_letters", "read_words", "texts", "text_engines"):
        db.execute(f"DROP TABLE {table}")
    db.execute("DELETE FROM _sqlite_migrations WHERE name LIKE '6_%' OR name LIKE '7_%'")
    db.execute("PRAGMA user_version = 5")


def undo_undated_and_monochrome(db: sqlite3.Connection) -> None:
    """Undo the fifth migration, and later ones. Before it, a photo without a date had its file's
    time."""
    undo_texts(db)
    db.execute("DROP INDEX contents_monochrome")
    db.execute("ALTER TABLE contents DROP COLUMN monochrome")
    db.execute("DROP INDEX photos_undated")
    db.execute("ALTER TABLE photos ADD COLUMN month_day INTEGER")
    db.execute(
        "CREATE INDEX photos_month_day ON photos(month_day, place_id, content_id) "
        "WHERE state = 'ok'"
    )
    db.execute(
        "UPDATE photos SET date_source = 'file', hour = 10, "
        "taken_at = strftime('%Y-%m-%dT%H:%M:%S', mtime_ns / 1000000000, 'unixepoch') "
        "WHERE taken_at IS NULL OR date_source = 'folder'"
    )
    db.execute("UPDATE photos SET facts_version = 1 WHERE facts_version IS NOT NULL")
    db.execute("DELETE FROM _sqlite_migrations WHERE name LIKE '5_%'")
    db.execute("PRAGMA user_version = 4")
