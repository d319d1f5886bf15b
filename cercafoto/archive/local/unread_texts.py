"""Store which contents' text could not be recognised, and why. These contents are not tried again
unless the person asks for it."""

from __future__ import annotations

from collections.abc import Iterable

from cercafoto.archive.local.checksums import checked
from cercafoto.archive.local.database import Part


class UnreadTexts(Part):
    def write(self, content_id: int, problem: str) -> None:
        """Store why the text of a content could not be recognised. Call inside a transaction."""
        self._db.execute(
            "INSERT INTO unread_texts(content_id, problem) VALUES (?, ?) "
            "ON CONFLICT(content_id) DO UPDATE SET problem = excluded.problem",
            (content_id, problem),
        )

    def forget(self, contents: Iterable[int]) -> None:
        """Delete the record that some contents could not be read. Call inside a transaction."""
        self._db.executemany(
            "DELETE FROM unread_texts WHERE content_id = ?", ((content,) for content in contents)
        )

    def contents(self) -> set[int]:
        """Return the ids of the contents whose text could not be recognised."""
        return {content for (content,) in self._db.rows("SELECT content_id FROM unread_texts")}

    def listed(self) -> list[tuple[bytes, str]]:
        """Return (path, problem) of visible photos and videos whose text was not recognised, sorted
        by path."""
        return self._db.rows(
            f"SELECT DISTINCT {checked('photos', 'path')}, {checked('unread_texts', 'problem')} "
            "FROM unread_texts LEFT JOIN moments USING (content_id) JOIN photos "
            "ON photos.content_id = coalesce(video_id, unread_texts.content_id) "
            "WHERE state = 'ok' ORDER BY path"
        )
