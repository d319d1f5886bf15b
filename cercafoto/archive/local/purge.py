"""Delete photos from the catalogue for good, with everything that no other photo needs."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from cercafoto.archive.local.database import Database, Part
from cercafoto.archive.local.model_settings import Models
from cercafoto.archive.local.texts import Texts
from cercafoto.archive.tables import NAMED, TABLES
from cercafoto.base.json_keys import Key, json_keys
from cercafoto.base.paths import prefix_range

# Contents without a photo or video, left behind when a file is edited or a photo deleted.
_ORPHANS = (
    "SELECT id FROM contents WHERE id NOT IN "
    "(SELECT content_id FROM photos WHERE content_id IS NOT NULL) "
    "AND id NOT IN (SELECT moments.content_id FROM moments JOIN photos "
    "ON photos.content_id = video_id)"
)


@json_keys("photos contents vectors", Key("labels", "tags"))
@dataclass(frozen=True)
class Purged:
    """Numbers of deleted rows, and the SHA-256 of the deleted contents."""

    photos: int = 0
    contents: int = 0
    vectors: int = 0
    tags: int = 0
    digests: frozenset[bytes] = frozenset()


class Purge(Part):
    def __init__(self, db: Database, models: Models, texts: Texts) -> None:
        super().__init__(db)
        self._models, self._texts = models, texts

    def hidden(self) -> list[tuple[int, bytes, str]]:
        """Return (id, path, state) of missing and excluded photos, sorted by path."""
        return self._db.rows(
            "SELECT id, path, state FROM photos WHERE state IN ('missing', 'excluded') "
            "ORDER BY path"
        )

    def photos_under(self, folder: bytes) -> list[tuple[int, bytes, str]]:
        """Return (id, path, state) of all photos at or under a folder, sorted by path."""
        return self._db.rows(
            "SELECT id, path, state FROM photos WHERE path = ? OR (path >= ? AND path < ?) "
            "ORDER BY path",
            folder,
            *prefix_range(folder),
        )

    def orphans(self) -> int:
        """Return the number of contents without any photo, not even a missing one."""
        return self._db.number(f"SELECT count(*) FROM ({_ORPHANS})")

    def delete(self, photo_ids: Iterable[int], of_these_only: bool = False) -> Purged:
        """Delete photos and what is then left without a photo: contents with vectors, labels and
        texts; places, cameras and lenses. Return numbers of deleted rows. Call inside a
        transaction.

        of_these_only: keep contents that had no photo before.
        """
        ids = list(photo_ids)
        kept = set(self._db.rows(_ORPHANS)) if of_these_only else set()
        self._db.executemany("DELETE FROM photos WHERE id = ?", ((i,) for i in ids))
        gone = [content for (content,) in set(self._db.rows(_ORPHANS)) - kept]
        listed = (json.dumps(gone),)
        digests = self._db.rows(
            "SELECT digest FROM contents WHERE id IN (SELECT value FROM json_each(?))", *listed
        )
        self._texts.drop(gone)
        deleted = Counter[str]()
        for table in reversed(TABLES):  # rows before the rows that they refer to
            columns = [column for column, other in table.refers if other == "contents"]
            for column in ["id"] if table.name == "contents" else columns:
                deleted[table.name] += self._db.execute(
                    f"DELETE FROM {table.name} WHERE {column} IN (SELECT value FROM json_each(?))",
                    listed,
                ).rowcount
        for column, name in NAMED["photos"].may_refer:
            self._db.execute(
                f"DELETE FROM {name} WHERE id NOT IN "
                f"(SELECT {column} FROM photos WHERE {column} IS NOT NULL)"
            )
        if deleted["vectors"]:
            # Caches can only append, so after a deletion they must be made again.
            self._models.count_purge()
        return Purged(
            len(ids),
            deleted["contents"],
            deleted["vectors"],
            deleted["tags"],
            frozenset(digest for (digest,) in digests),
        )
