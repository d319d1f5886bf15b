"""Labels that contents bear."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence

from cercafoto.archive.local.checksums import sound
from cercafoto.archive.local.database import Database, damaged_rows, now
from cercafoto.photos.facts import BY_HAND

_LABEL = sound("tags", "label")


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
        """List labels in use and how many visible photos bear each, most frequent first."""
        return self._rows(
            f"SELECT {_LABEL}, count(DISTINCT photos.id) AS n FROM tags "
            "JOIN photos ON photos.content_id = tags.content_id AND state = 'ok' "
            "GROUP BY label ORDER BY n DESC, label"
        )

    def label_names(self) -> list[str]:
        """List labels in use, in order. Steps from each to the next in their index: a large archive
        has thousands of photos for each."""
        rows = self._rows(
            "WITH RECURSIVE names(label) AS (SELECT min(label) FROM tags UNION ALL "
            "SELECT (SELECT min(label) FROM tags WHERE label > names.label) FROM names "
            "WHERE label IS NOT NULL) SELECT label FROM names WHERE label IS NOT NULL"
        )
        if any(not isinstance(label, str) for (label,) in rows):  # an index says so
            raise damaged_rows(self.path)
        return [row[0] for row in rows]

    def contents_labelled_by_hand(self, label: str) -> list[int]:
        """List the contents that bear a label which the person gave."""
        rows = self._rows(
            "SELECT content_id FROM tags WHERE label = ? AND label_file = ?", label, BY_HAND
        )
        return [row[0] for row in rows]

    def stale_labels(self) -> list[tuple[str, int]]:
        """List the label files to be applied again, and to about how many visible contents: those
        of photos that bore labels and were edited."""
        return self._rows(
            "SELECT label_file, count(*) FROM stale_labels WHERE content_id IN "
            "(SELECT content_id FROM photos WHERE state = 'ok') GROUP BY label_file ORDER BY 1"
        )

    # -- given by hand -------------------------------------------------------------------------

    def give_by_hand(self, contents: Iterable[int], label: str, model_id: int) -> None:
        """Store a label that the person gives, as sure as can be. Call inside a transaction."""
        stamp = now()
        self._db.executemany(
            "INSERT OR IGNORE INTO tags(content_id, label, score, confidence, label_file, "
            "model_id, tagged_at) VALUES (?, ?, 1.0, 1.0, ?, ?, ?)",
            ((content, label, BY_HAND, model_id, stamp) for content in contents),
        )

    def take_away(self, contents: Iterable[int], label: str) -> None:
        """Take a label away, whoever gave it. Call inside a transaction."""
        self._db.executemany(
            "DELETE FROM tags WHERE content_id = ? AND label = ?",
            ((content, label) for content in contents),
        )

    def borne(self, contents: Iterable[int]) -> dict[int, dict[str, bool]]:
        """Look up the labels of some contents, and whether the person gave each."""
        rows = self._rows(
            f"SELECT content_id, {_LABEL}, max(label_file = ?) FROM tags WHERE content_id IN "
            "(SELECT value FROM json_each(?)) GROUP BY content_id, label",
            BY_HAND,
            json.dumps(list(contents)),
        )
        labels: dict[int, dict[str, bool]] = {}
        for content, label, by_hand in rows:
            labels.setdefault(content, {})[label] = bool(by_hand)
        return labels

    def by_hand(self) -> dict[bytes, list[str]]:
        """Look up the labels that the person gave to each visible photo that has any, by path."""
        labels: dict[bytes, list[str]] = {}
        for path, label in self._rows(
            f"SELECT {sound('photos', 'path')}, {_LABEL} FROM tags JOIN photos USING (content_id) "
            "WHERE label_file = ? AND state = 'ok' ORDER BY label",
            BY_HAND,
        ):
            labels.setdefault(path, []).append(label)
        return labels

    # -- of one label file ---------------------------------------------------------------------

    def label_files(self) -> list[str]:
        """List the label files that photos have labels from."""
        rows = self._rows(
            "SELECT DISTINCT label_file FROM tags WHERE label_file <> ? ORDER BY 1", BY_HAND
        )
        return [row[0] for row in rows]

    def labels_from(self, label_file: str) -> list[tuple[str, int]]:
        """List the labels that a label file gave and how many visible photos have each from it,
        most frequent first."""
        return self._rows(
            f"SELECT {_LABEL}, count(photos.id) FROM tags LEFT JOIN photos "
            "ON photos.content_id = tags.content_id AND state = 'ok' WHERE label_file = ? "
            "GROUP BY label ORDER BY 2 DESC, 1",
            label_file,
        )

    def count_labelled(self, label_file: str) -> int:
        """Count the visible photos that have a label from a label file."""
        (number,) = self._row(
            "SELECT count(*) FROM photos WHERE state = 'ok' AND content_id IN "
            "(SELECT content_id FROM tags WHERE label_file = ?)",
            label_file,
        )
        return int(number)

    def forget_label_file(self, label_file: str) -> None:
        """Delete all that a label file gave, and that it was to be asked again. Call inside a
        transaction."""
        for table in ("tags", "stale_labels"):
            self._db.execute(f"DELETE FROM {table} WHERE label_file = ?", (label_file,))
