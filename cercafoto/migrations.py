"""How the catalogue's tables came to be: named migrations, each in a transaction of its own.

sqlite-utils records the names that were applied; `PRAGMA user_version` repeats their number, so
that a reader learns the version of a catalogue without importing sqlite-utils.
"""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlite_utils import Database

LATEST = 1


def version(connection: sqlite3.Connection) -> int:
    """Number of migrations applied to this catalogue; 0 for an empty file."""
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def apply(connection: sqlite3.Connection) -> None:
    """Bring an open catalogue up to `LATEST`."""
    from sqlite_utils import Database, Migrations

    steps = Migrations("cercafoto")

    @steps(name="1_first_tables")
    def _first(db: Database) -> None:
        first_tables(db)
        db.execute("PRAGMA user_version = 1")

    steps.apply(Database(connection))


def first_tables(db: Database) -> None:
    """Contents and what belongs to them; photos, the paths where contents are; roots and runs.

    Paths are bytes, as the file system has them: some names are not valid text.
    """
    db["meta"].create({"key": str, "value": str}, pk="key")
    db["models"].create(
        {
            "id": int,
            "fingerprint": str,
            "name": str,
            "version": str,
            "dimension": int,
            "added_at": str,
        },
        pk="id",
        not_null={"fingerprint", "name", "dimension"},
    )
    db["models"].create_index(["fingerprint"], unique=True)
    db["roots"].create({"id": int, "path": bytes, "added_at": str}, pk="id", not_null={"path"})
    db["roots"].create_index(["path"], unique=True)
    db["contents"].create(
        {
            "id": int,
            "digest": bytes,
            "width": int,
            "height": int,
            "orientation": int,
            "taken_at": str,
        },
        pk="id",
        not_null={"digest"},
    )
    db["contents"].create_index(["digest"], unique=True)
    db["photos"].create(
        {
            "id": int,
            "path": bytes,
            "size": int,
            "mtime_ns": int,
            "content_id": int,
            "state": str,
            "problem": str,
            "seen_at": str,
        },
        pk="id",
        not_null={"path", "size", "mtime_ns", "state"},
        foreign_keys=[("content_id", "contents", "id")],
    )
    db["photos"].create_index(["path"], unique=True)
    db["photos"].create_index(["content_id"])
    db["vectors"].create(
        {"id": int, "content_id": int, "model_id": int, "vector": bytes},
        pk="id",
        not_null={"content_id", "model_id", "vector"},
        foreign_keys=[("content_id", "contents", "id"), ("model_id", "models", "id")],
    )
    db["vectors"].create_index(["content_id", "model_id"], unique=True)
    db["tags"].create(
        {
            "content_id": int,
            "label": str,
            "score": float,
            "confidence": float,
            "label_file": str,
            "model_id": int,
            "tagged_at": str,
        },
        pk=("content_id", "label", "label_file"),
        foreign_keys=[("content_id", "contents", "id"), ("model_id", "models", "id")],
    )
    db["tags"].create_index(["label"])
    db["runs"].create(
        {
            "id": int,
            "kind": str,
            "model_id": int,
            "started_at": str,
            "ended_at": str,
            "outcome": str,
            "photos": int,
        },
        pk="id",
    )
