"""Forgetting for good: photos that are gone, and what belonged to them alone."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass

from cercafoto.archive.local.database import Database, Part
from cercafoto.archive.local.model_settings import Models
from cercafoto.archive.local.texts import Texts
from cercafoto.base.paths import prefix_range

# A content that no photo has: left behind by a file that was edited, or forgotten just now.
_ORPHANS = (
    "SELECT id FROM contents WHERE id NOT IN "
    "(SELECT content_id FROM photos WHERE content_id IS NOT NULL)"
)


@dataclass(frozen=True)
class Purged:
    """Numbers of deleted rows."""

    photos: int = 0
    contents: int = 0
    vectors: int = 0
    tags: int = 0


class Purge(Part):
    """What is deleted."""

    def __init__(self, db: Database, models: Models, texts: Texts) -> None:
        super().__init__(db)
        self._models, self._texts = models, texts

    def hidden(self) -> list[tuple[int, bytes, str]]:
        """List the photos that are missing or left out, by path: (id, path, state)."""
        return self._db.rows(
            "SELECT id, path, state FROM photos WHERE state IN ('missing', 'excluded') "
            "ORDER BY path"
        )

    def photos_under(self, folder: bytes) -> list[tuple[int, bytes, str]]:
        """List everything known at or under a folder, by path: (id, path, state)."""
        return self._db.rows(
            "SELECT id, path, state FROM photos WHERE path = ? OR (path >= ? AND path < ?) "
            "ORDER BY path",
            folder,
            *prefix_range(folder),
        )

    def orphans(self) -> int:
        """Count contents that no photo has, not even a missing one."""
        return int(self._db.row(f"SELECT count(*) FROM ({_ORPHANS})")[0])

    def delete(self, photo_ids: Iterable[int], of_these_only: bool = False) -> Purged:
        """Delete photos, and every content that no photo has, with its vectors, labels and words;
        then places, cameras and lenses that none has. Call inside a transaction.

        of_these_only: leave the contents that no photo had before.
        """
        ids = list(photo_ids)
        kept = set(self._db.rows(_ORPHANS)) if of_these_only else set()
        self._db.executemany("DELETE FROM photos WHERE id = ?", ((i,) for i in ids))
        gone = [content for (content,) in set(self._db.rows(_ORPHANS)) - kept]
        listed = (json.dumps(gone),)
        self._texts.drop(gone)
        deleted = {
            table: self._db.execute(
                f"DELETE FROM {table} WHERE content_id IN (SELECT value FROM json_each(?))", listed
            ).rowcount
            for table in ("vectors", "tags", "stale_labels", "label_changes", "unread_texts")
        }
        contents = self._db.execute(
            "DELETE FROM contents WHERE id IN (SELECT value FROM json_each(?))", listed
        ).rowcount
        for table, column in (
            ("places", "place_id"),
            ("cameras", "camera_id"),
            ("lenses", "lens_id"),
        ):
            self._db.execute(
                f"DELETE FROM {table} WHERE id NOT IN "
                f"(SELECT {column} FROM photos WHERE {column} IS NOT NULL)"
            )
        if deleted["vectors"]:
            # The caches are made again: they only ever append to what they hold.
            self._models.count_purge()
        return Purged(len(ids), contents, deleted["vectors"], deleted["tags"])
