"""Contents whose words could not be read, and why: they are not tried again by themselves."""

from __future__ import annotations

from collections.abc import Iterable

from cercafoto.archive.local.checksums import sound
from cercafoto.archive.local.database import Database


class UnreadTexts(Database):
    """The part of the catalogue that remembers what no words could be read of."""

    def write_unread(self, content_id: int, problem: str) -> None:
        """Store why a content could not be read. Call inside a transaction."""
        self._db.execute(
            "INSERT INTO unread_texts(content_id, problem) VALUES (?, ?) "
            "ON CONFLICT(content_id) DO UPDATE SET problem = excluded.problem",
            (content_id, problem),
        )

    def forget_unread(self, contents: Iterable[int]) -> None:
        """Delete the problems of some contents. Call inside a transaction."""
        self._db.executemany(
            "DELETE FROM unread_texts WHERE content_id = ?", ((content,) for content in contents)
        )

    def contents_unread(self) -> set[int]:
        """Collect the contents that could not be read."""
        return {content for (content,) in self._rows("SELECT content_id FROM unread_texts")}

    def unread_texts(self) -> list[tuple[bytes, str]]:
        """List (path, why) of the visible photos whose words could not be read, by path."""
        return self._rows(
            f"SELECT {sound('photos', 'path')}, {sound('unread_texts', 'problem')} "
            "FROM unread_texts JOIN photos USING (content_id) WHERE state = 'ok' ORDER BY path"
        )
