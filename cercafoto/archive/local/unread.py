"""Store which contents a sense could not read, and why. They are not tried again unless the person
asks for it: a changed file is another content."""

from __future__ import annotations

from collections.abc import Iterable

from cercafoto.archive.local.checksums import checked
from cercafoto.archive.local.database import Part


class Unread(Part):
    """sense: name of the sense."""

    def write(self, sense: str, content_id: int, reason: str) -> None:
        """Store why a content could not be read. Call inside a transaction."""
        self._db.execute(
            "INSERT INTO unread(content_id, sense, reason) VALUES (?, ?, ?) "
            "ON CONFLICT(content_id, sense) DO UPDATE SET reason = excluded.reason",
            (content_id, sense, reason),
        )

    def forget(self, sense: str, contents: Iterable[int]) -> None:
        """Delete the records that some contents could not be read. Call inside a transaction."""
        self._db.executemany(
            "DELETE FROM unread WHERE content_id = ? AND sense = ?",
            ((content, sense) for content in contents),
        )

    def contents(self, sense: str) -> set[int]:
        """Return the ids of the contents that could not be read."""
        rows = self._db.rows("SELECT content_id FROM unread WHERE sense = ?", sense)
        return {content for (content,) in rows}

    def count_visible(self, sense: str) -> int:
        """Return how many visible contents could not be read, without frames of videos."""
        return self._db.number(
            "SELECT count(DISTINCT content_id) FROM unread JOIN photos USING (content_id) "
            "WHERE state = 'ok' AND sense = ?",
            sense,
        )

    def listed(self, sense: str | None = None) -> list[tuple[bytes, str]]:
        """Return (path, reason) of visible photos and videos that could not be read, sorted by
        path. sense: None for all senses."""
        return self._db.rows(
            f"SELECT DISTINCT {checked('photos', 'path')}, {checked('unread', 'reason')} "
            "FROM unread LEFT JOIN moments USING (content_id) JOIN photos "
            "ON photos.content_id = coalesce(video_id, unread.content_id) "
            "WHERE state = 'ok' AND sense = coalesce(?, sense) ORDER BY path",
            sense,
        )
