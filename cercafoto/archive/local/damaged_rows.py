"""Find rows with wrong checksums, and repair them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from cercafoto.archive.local.checksums import TABLES, checksum
from cercafoto.archive.local.database import Part, now, translated
from cercafoto.archive.local.purge import NAMES_OF_PHOTOS
from cercafoto.archive.records import PROBLEM, READ_AGAIN
from cercafoto.base.word_stems import fold
from cercafoto.photos.facts import BY_HAND
from cercafoto.question.question import Question
from cercafoto.question.stored_question import as_typed, from_json

_LISTED = "(SELECT value FROM json_each(?))"


class DamagedRows(Part):
    def find(self) -> dict[str, list[int]]:
        """Return table -> rowids of rows with a wrong checksum. Tables without such rows are left
        out. Raises ArchiveError if a table cannot be read."""
        damaged = {}
        with translated(self._db.path), self._whatever_text():
            for table, columns in TABLES.items():
                rows = self._db.execute(
                    f"SELECT rowid, checksum, {', '.join(columns)} FROM {table} NOT INDEXED"
                )
                bad = [rowid for rowid, written, *row in rows if checksum(row) != written]
                if bad:
                    damaged[table] = bad
        return damaged

    def labels_in(self, rowids: Sequence[int]) -> list[tuple[str, bytes | None]]:
        """Return (label, path of a photo with the label, None if there is none) for rows of `tags`,
        as they read now, each pair once."""
        with self._whatever_text():
            return self._db.rows(
                "SELECT DISTINCT label, (SELECT path FROM photos WHERE content_id = "
                f"tags.content_id) FROM tags WHERE rowid IN {_LISTED}",
                json.dumps(rowids),
            )

    def folders_in(self, rowids: Sequence[int]) -> list[bytes]:
        """Return the paths in the rows of `roots` with these rowids, as they read now."""
        rows = self._db.rows(f"SELECT path FROM roots WHERE rowid IN {_LISTED}", json.dumps(rowids))
        return [row[0] for row in rows]

    def collections_in(self, rowids: Sequence[int]) -> list[tuple[str, str]]:
        """Return (name, question as typed) for rows of `collections`, as they read now; "" for a
        question that is lost."""
        with self._whatever_text():
            rows = self._db.rows(
                f"SELECT name, question FROM collections WHERE id IN {_LISTED}", json.dumps(rowids)
            )
        read = ((str(name), _question(text)) for name, text in rows)
        return [(name, as_typed(asked) if asked else "") for name, asked in read]

    def mend(self, damaged: Mapping[str, Sequence[int]], indexes_agree: bool) -> None:
        """Delete damaged rows or reset their fields, so that the next `index` fills them in again.
        Call inside a transaction.

        Rows that other rows refer to are replaced with their intact fields, not updated: a damaged
        text would make the triggers of `checksums` fail.

        damaged: see `find`.
        indexes_agree: whether SQLite found that rows and indexes agree. Then labels given by hand
            are kept: their indexed fields are intact, the others constant. Otherwise damaged ones
            are lost.
        """
        listed = {table: json.dumps(damaged.get(table, ())) for table in TABLES}
        # Hide damaged photos, and all photos of damaged contents, until they are read again.
        self._db.execute(
            "INSERT OR REPLACE INTO photos(id, path, size, mtime_ns, content_id, state, problem) "
            "SELECT id, path, size, ?, content_id, ?, 'dati danneggiati nell''archivio' "
            f"FROM photos WHERE id IN {_LISTED} OR content_id IN {_LISTED}",
            (READ_AGAIN, PROBLEM, listed["photos"], listed["contents"]),
        )
        self._db.execute(
            "INSERT OR REPLACE INTO contents(id, digest, width, height, orientation) "
            f"SELECT id, digest, 0, 0, 1 FROM contents WHERE id IN {_LISTED}",
            (listed["contents"],),
        )
        self._db.execute(
            "INSERT OR REPLACE INTO models(id, fingerprint, name, version, dimension) "
            "SELECT id, fingerprint, substr(fingerprint, 1, 16), '', coalesce((SELECT "
            "length(vector) / 2 FROM vectors WHERE model_id = models.id LIMIT 1), dimension) "
            f"FROM models WHERE id IN {_LISTED}",
            (listed["models"],),
        )
        for table, column in NAMES_OF_PHOTOS.items():
            self._db.execute(
                f"UPDATE photos SET {column} = NULL, facts_version = 0 WHERE {column} IN {_LISTED}",
                (listed[table],),
            )
        self._db.execute(
            f"DELETE FROM texts WHERE content_id IN {_LISTED} OR engine_id IN {_LISTED}",
            (listed["texts"], listed["text_engines"]),
        )
        # A video is read again as a whole: its first frame loses its vector.
        self._db.execute(
            "DELETE FROM vectors WHERE content_id IN (SELECT video_id FROM moments WHERE "
            f"rowid IN {_LISTED} OR content_id IN {_LISTED})",
            (listed["moments"], listed["contents"]),
        )
        if "people" in damaged:  # the stored metadata name them; whose they were is not certain
            self._db.execute("UPDATE photos SET facts_version = 0 WHERE facts_version > 0")
        whole = (
            *("meta", "runs", "roots", "text_engines", "unread_texts", "things", "people"),
            "moments",
        )
        for table in (*NAMES_OF_PHOTOS, *whole):
            self._db.execute(f"DELETE FROM {table} WHERE rowid IN {_LISTED}", (listed[table],))
        # If the setting of the model in use was lost: it is the model with most vectors.
        self._db.execute(
            "INSERT OR IGNORE INTO meta(key, value) SELECT 'model', model_id FROM vectors "
            "GROUP BY model_id ORDER BY count(*) DESC LIMIT 1"
        )
        # A history with missing rows would undo actions only in part.
        if "label_actions" in damaged or "label_changes" in damaged:
            self._db.execute("DELETE FROM label_actions")
            self._db.execute("DELETE FROM label_changes")
        self._mend_labels(listed["tags"], indexes_agree)
        for rowid in damaged.get("collections", ()):
            self._mend_collection(rowid)
        if "texts" in damaged or "text_engines" in damaged:
            self._db.texts.index()

    def _mend_labels(self, listed: str, indexes_agree: bool) -> None:
        self._db.execute(
            "INSERT OR IGNORE INTO stale_labels(content_id, label_file) SELECT content_id, "
            f"label_file FROM tags WHERE rowid IN {_LISTED} AND label_file <> ? "
            "AND content_id IN (SELECT id FROM contents)",
            (listed, BY_HAND),
        )
        lost = f"rowid IN {_LISTED}"
        if indexes_agree:
            lost += f" AND label_file <> '{BY_HAND}'"
        self._db.execute(f"DELETE FROM tags WHERE {lost}", (listed,))
        if indexes_agree:
            self._db.execute(
                "INSERT OR REPLACE INTO tags(content_id, label, score, confidence, label_file, "
                "model_id, tagged_at) SELECT content_id, label, 1.0, 1.0, label_file, ?, ? FROM "
                f"tags WHERE rowid IN {_LISTED} AND label_file = ?",
                (self._db.models.active_model, now(), listed, BY_HAND),
            )

    def _mend_collection(self, rowid: int) -> None:
        """Keep a damaged collection as it reads now; delete it if its question is lost."""
        with self._whatever_text():
            name, question, made_at, looked_at, least = self._db.row(
                "SELECT name, question, made_at, looked_at, min_confidence FROM collections "
                "WHERE id = ?",
                rowid,
            )
        self._db.execute("DELETE FROM collections WHERE id = ?", (rowid,))
        if _question(question) is not None:
            self._db.execute(
                "INSERT OR IGNORE INTO collections(id, name, folded, question, made_at, looked_at, "
                "min_confidence) VALUES (?, ?, ?, ?, ?, ?, ?)",
                (rowid, str(name), fold(str(name)), question, str(made_at), str(looked_at), least),
            )

    @contextmanager
    def _whatever_text(self) -> Iterator[None]:
        """Within the block, replace the invalid bytes of texts that are not UTF-8."""
        self._db.connection.text_factory = lambda raw: raw.decode("utf-8", "replace")
        try:
            yield
        finally:
            self._db.connection.text_factory = str


def _question(text: object) -> Question | None:
    """Return the question in a row of `collections`, None if it cannot be read."""
    try:
        return from_json(json.loads(str(text)))
    except (KeyError, TypeError, ValueError):
        return None
