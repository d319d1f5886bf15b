"""Find new photos that may be gone photos, moved and edited between two runs of `index`."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import NamedTuple

from cercafoto.archive.local.checksums import is_sound
from cercafoto.archive.local.database import Database, Part
from cercafoto.archive.local.model_settings import Models
from cercafoto.archive.records import MISSING

# Key in `meta`: the photos with higher ids are new. Only there during a run, and after a run that
# was interrupted, so that the next one knows them too.
_NEW_AFTER = "new_after"
_SECONDS = len("2019-08-14T10:30:05")


class MayBeEdited(NamedTuple):
    """A gone photo and a new one of other content, taken by the same camera in the same second.

    gone, new: ids of the photos.
    """

    gone: int
    gone_path: bytes
    gone_content: int
    gone_taken_at: str
    new: int
    new_path: bytes
    new_content: int
    new_taken_at: str


class EditedMoves(Part):
    def __init__(self, db: Database, models: Models) -> None:
        super().__init__(db)
        self._models = models

    def begin(self) -> None:
        """Note which photos the run has not written. Call inside a transaction."""
        self._db.execute(
            "INSERT OR IGNORE INTO meta(key, value) SELECT ?, coalesce(max(id), 0) FROM photos",
            (_NEW_AFTER,),
        )

    @property
    def is_begun(self) -> bool:
        """Whether this run, or one that was interrupted before it, may have written new photos."""
        return self._models.get(_NEW_AFTER) is not None

    def end(self) -> None:
        """Note that the run is done. Call inside a transaction."""
        self._db.execute("DELETE FROM meta WHERE key = ?", (_NEW_AFTER,))

    def candidates(self, gone: Iterable[int]) -> list[MayBeEdited]:
        """Return the pairs of gone and new photos that may be one photo; [] outside a run.

        A photo whose content an earlier run knew is a copy of a known photo, and not new.

        gone: ids of photos that this run does not find; those that earlier runs missed are gone
            too.
        """
        after = self._models.get(_NEW_AFTER)
        if after is None:
            return []
        rows = self._db.rows(
            "SELECT old.id, old.path, old.content_id, old.taken_at, "
            "new.id, new.path, new.content_id, new.taken_at "
            "FROM photos AS old CROSS JOIN photos AS new "
            "ON new.taken_at >= substr(old.taken_at, 1, ?1) "
            "AND new.taken_at < substr(old.taken_at, 1, ?1) || '~' "
            "AND new.camera_id = old.camera_id "
            "WHERE (old.state = ?2 OR old.id IN (SELECT value FROM json_each(?3))) "
            "AND length(old.taken_at) >= ?1 AND old.date_source IN ('exif', 'digitized') "
            "AND new.id > ?4 AND new.state = 'ok' AND new.content_id <> old.content_id "
            "AND new.date_source IN ('exif', 'digitized') AND NOT EXISTS (SELECT 1 FROM photos "
            "AS known WHERE known.content_id = new.content_id AND known.id <= ?4) "
            f"AND {is_sound('photos', 'old')} AND {is_sound('photos', 'new')} "
            "ORDER BY old.path, new.path",
            _SECONDS,
            MISSING,
            json.dumps([*gone]),
            int(after),
        )
        return [MayBeEdited._make(row) for row in rows]
