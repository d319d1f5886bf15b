"""Labels that contents bear."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from cercafoto.catalog.database import Database, now


class Tags(Database):
    """The part of the catalogue that keeps labels."""

    # -- tags ----------------------------------------------------------------------------------

    def write_tags(
        self,
        contents: Sequence[int],
        tags: Iterable[tuple[int, str, float, float]],
        label_file: str,
        model_id: int,
    ) -> None:
        """Replace what `label_file` said of `contents` by (content, label, score, confidence)."""
        self._db.executemany(
            "DELETE FROM tags WHERE content_id = ? AND label_file = ?",
            ((content, label_file) for content in contents),
        )
        stamp = now()
        self._db.executemany(
            "INSERT INTO tags(content_id, label, score, confidence, label_file, model_id, "
            "tagged_at) VALUES (?, ?, ?, ?, ?, ?, ?)",
            ((*tag, label_file, model_id, stamp) for tag in tags),
        )

    def labels(self) -> list[tuple[str, int]]:
        """Labels in use and how many contents bear each, most frequent first."""
        return self._all(
            "SELECT label, count(DISTINCT content_id) AS n FROM tags GROUP BY label "
            "ORDER BY n DESC, label"
        )
