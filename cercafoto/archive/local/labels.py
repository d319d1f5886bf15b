"""Write labels, and queries about label files, which only a local archive has."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence

from cercafoto.archive.local.checksums import checked
from cercafoto.archive.local.database import Database, Part, now
from cercafoto.archive.queries.labels import LabelQueries
from cercafoto.photos.sources import BY_HAND

_LABEL = checked("tags", "label")


class LocalLabels(Part, LabelQueries):
    """record: notes an action on labels, see `LabelHistory.record`."""

    def __init__(self, db: Database, record: Callable[[str], int]) -> None:
        super().__init__(db)
        self._record = record

    def record(self, what: str) -> int:
        return self._record(what)

    def write(
        self,
        contents: Sequence[int],
        tags: Iterable[tuple[int, str, float, float]],
        label_file: str,
        model_id: int,
    ) -> None:
        # Labels that do not change are not written: in a second run these are most.
        listed = json.dumps(list(contents))
        which = "label_file = ? AND content_id IN (SELECT value FROM json_each(?))"
        self._db.execute(f"DELETE FROM stale_labels WHERE {which}", (label_file, listed))
        stored = self._db.rows(
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

    def stale(self) -> list[tuple[str, int]]:
        """Return (label file, number of visible photos to label again) for each label file that
        must be applied again, because photos with its labels were edited."""
        return self._db.rows(
            "SELECT label_file, count(*) FROM stale_labels JOIN photos USING (content_id) "
            "WHERE state = 'ok' GROUP BY label_file ORDER BY 1"
        )

    # -- given by hand -------------------------------------------------------------------------

    def give_by_hand(self, contents: Iterable[int], label: str, model_id: int) -> None:
        stamp = now()
        self._db.executemany(
            "INSERT OR IGNORE INTO tags(content_id, label, score, confidence, label_file, "
            "model_id, tagged_at) VALUES (?, ?, 1.0, 1.0, ?, ?, ?)",
            ((content, label, BY_HAND, model_id, stamp) for content in contents),
        )

    def take_away(self, contents: Iterable[int], label: str) -> None:
        self._db.executemany(
            "DELETE FROM tags WHERE content_id = ? AND label = ?",
            ((content, label) for content in contents),
        )

    def by_hand(self) -> dict[bytes, list[str]]:
        """Return path -> labels given by hand, for the visible photos with such labels."""
        labels: dict[bytes, list[str]] = {}
        for path, label in self._db.rows(
            f"SELECT {checked('photos', 'path')}, {_LABEL} FROM tags "
            "JOIN photos USING (content_id) WHERE label_file = ? AND state = 'ok' ORDER BY label",
            BY_HAND,
        ):
            labels.setdefault(path, []).append(label)
        return labels

    # -- of one label file ---------------------------------------------------------------------

    def files(self) -> list[str]:
        """Return the names of the label files that the archive has labels from, sorted."""
        rows = self._db.rows(
            "SELECT DISTINCT label_file FROM tags WHERE label_file <> ? ORDER BY 1", BY_HAND
        )
        return [row[0] for row in rows]

    def given_by(self, label_file: str) -> list[tuple[str, int]]:
        """Return (label, number of visible photos that have it) for each label from a label file,
        most photos first."""
        return self._db.rows(
            f"SELECT {_LABEL}, count(photos.id) FROM tags LEFT JOIN photos "
            "ON photos.content_id = tags.content_id AND state = 'ok' WHERE label_file = ? "
            "GROUP BY label ORDER BY 2 DESC, 1",
            label_file,
        )

    def labelled_by(self, label_file: str) -> list[bytes]:
        """Return the paths of the visible photos that have a label from a label file."""
        rows = self._db.rows(
            "SELECT path FROM photos WHERE state = 'ok' AND content_id IN "
            "(SELECT content_id FROM tags WHERE label_file = ?)",
            label_file,
        )
        return [path for (path,) in rows]

    def forget_file(self, label_file: str) -> None:
        """Delete the labels from a label file, and the marks that it must be applied again. Call
        inside a transaction."""
        for table in ("tags", "stale_labels"):
            self._db.execute(f"DELETE FROM {table} WHERE label_file = ?", (label_file,))
