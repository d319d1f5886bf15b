"""Write what photos show, and find the photos that were not looked at."""

from __future__ import annotations

from typing import NamedTuple

from cercafoto.archive.local.checksums import checked
from cercafoto.archive.local.database import Part
from cercafoto.archive.queries.things import ThingQueries, packed
from cercafoto.photos.seen_things import SeenThings


class Unseen(NamedTuple):
    """A content that was not looked at: its id, its SHA-256, pixels of the upright picture, and a
    visible file that has it."""

    content_id: int
    digest: bytes
    width: int
    height: int
    path: bytes


class LocalThings(Part, ThingQueries):
    def write(self, content_id: int, things: SeenThings) -> None:
        """Store what a content shows, in place of an earlier result. Call inside a transaction."""
        self._db.execute(
            "INSERT OR REPLACE INTO things(content_id, edition, people, presence, boxes) "
            "VALUES (?, ?, ?, ?, ?)",
            (content_id, things.edition, things.people, *packed(things)),
        )

    def unseen(self) -> list[Unseen]:
        """Return the files of visible contents that were not looked at, sorted by path; a content
        once for each of its files. [] if this program cannot look."""
        seen, contents = self._db.row(
            "SELECT (SELECT count(*) FROM things WHERE edition = ?), count(*) FROM contents",
            self._edition,
        )
        if self._model is None or seen == contents:
            return []
        rows = self._db.rows(
            f"SELECT content_id, {checked('contents', 'digest')}, width, height, "
            f"{checked('photos', 'path')} FROM photos JOIN contents ON contents.id = content_id "
            "WHERE state = 'ok' AND content_id NOT IN "
            "(SELECT content_id FROM things WHERE edition = ?) ORDER BY path",
            self._edition,
        )
        return [Unseen._make(row) for row in rows]
