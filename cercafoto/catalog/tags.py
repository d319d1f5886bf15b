"""Labels that contents bear."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence

from cercafoto.catalog.database import Database, now
from cercafoto.catalog.records import BY_HAND


class Tags(Database):
    """The part of the catalogue that keeps labels."""

    def write_tags(
        self,
        contents: Sequence[int],
        tags: Iterable[tuple[int, str, float, float]],
        label_file: str,
        model_id: int,
    ) -> None:
        """Replace the labels that `contents` have from `label_file` by
        (content, label, score, confidence). Equal ones stay as they are: most labels of a second
        run are those of the first."""
        listed = json.dumps(list(contents))
        which = "label_file = ? AND content_id IN (SELECT value FROM json_each(?))"
        self._db.execute(f"DELETE FROM stale_labels WHERE {which}", (label_file, listed))
        stored = self._rows(
            f"SELECT content_id, label, score, confidence, model_id FROM tags WHERE {which}",
            label_file,
            listed,
        )
        new = dict.fromkeys((*tag, model_id) for tag in tags)
        existing = set(stored)
        self._db.executemany(
            "DELETE FROM tags WHERE content_id = ? AND label = ? AND label_file = ?",
            ((*tag[:2], label_file) for tag in stored if tag not in new),
        )
        stamp = now()
        self._db.executemany(
            "INSERT INTO tags(content_id, label, score, confidence, model_id, label_file, "
            "tagged_at) VALUES (?, ?, ?, ?, ?, ?, ?)",
            ((*tag, label_file, stamp) for tag in new if tag not in existing),
        )

    def labels(self) -> list[tuple[str, int]]:
        """List labels in use and how many contents bear each, most frequent first."""
        return self._rows(
            "SELECT label, count(DISTINCT content_id) AS n FROM tags GROUP BY label "
            "ORDER BY n DESC, label"
        )

    def label_names(self) -> list[str]:
        """List labels in use, in order. Steps from each to the next in their index: a large archive
        has thousands of photos for each."""
        rows = self._rows(
            "WITH RECURSIVE names(label) AS (SELECT min(label) FROM tags UNION ALL "
            "SELECT (SELECT min(label) FROM tags WHERE label > names.label) FROM names "
            "WHERE label IS NOT NULL) SELECT label FROM names WHERE label IS NOT NULL"
        )
        return [row[0] for row in rows]

    def labels_by_hand(self) -> list[str]:
        """List the labels that the person gave, in order."""
        rows = self._rows(
            "SELECT DISTINCT label FROM tags WHERE label_file = ? ORDER BY 1", BY_HAND
        )
        return [row[0] for row in rows]

    def stale_labels(self) -> list[tuple[str, int]]:
        """List the label files to be applied again, and to about how many visible contents: those
        of photos that bore labels and were edited."""
        return self._rows(
            "SELECT label_file, count(*) FROM stale_labels WHERE content_id IN "
            "(SELECT content_id FROM photos WHERE state = 'ok') GROUP BY label_file ORDER BY 1"
        )
