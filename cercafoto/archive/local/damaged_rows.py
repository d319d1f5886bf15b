"""Find rows with wrong checksums and rows that do not fit others, and repair them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager

from cercafoto.archive.local.checksums import checksum
from cercafoto.archive.local.database import Database, Part, now, translated
from cercafoto.archive.local.label_history import LabelHistory
from cercafoto.archive.local.migrations import keep_schema_checksum, record_again
from cercafoto.archive.local.model_settings import Models
from cercafoto.archive.local.texts import Texts
from cercafoto.archive.local.vectors import Vectors
from cercafoto.archive.records import PROBLEM, READ_AGAIN
from cercafoto.archive.tables import TABLES, Mend, Table
from cercafoto.base.word_stems import fold
from cercafoto.photos.sources import BY_HAND
from cercafoto.question.question import Question
from cercafoto.question.stored_question import as_typed, from_json

_LISTED = "(SELECT value FROM json_each(?))"


class DamagedRows(Part):
    def __init__(
        self, db: Database, models: Models, texts: Texts, vectors: Vectors, history: LabelHistory
    ) -> None:
        super().__init__(db)
        self._models, self._texts, self._vectors, self._history = models, texts, vectors, history

    def find(self) -> dict[str, list[int]]:
        """Return table -> rowids of rows with a wrong checksum. Tables without such rows are left
        out. Raises ArchiveError if a table cannot be read."""
        damaged = {}
        with translated(self._db.path), self._whatever_text():
            for table in TABLES:
                if not table.columns:
                    continue
                rows = self._db.execute(
                    f"SELECT rowid, checksum, {', '.join(table.columns)} "
                    f"FROM {table.name} NOT INDEXED"
                )
                bad = [rowid for rowid, written, *row in rows if checksum(row) != written]
                if bad:
                    damaged[table.name] = bad
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
        for table in TABLES:
            rowids = damaged.get(table.name)
            if not rowids:
                continue
            if table.mend is Mend.BY_HAND:
                MENDERS[table.name](self, rowids, indexes_agree)
            else:
                self._clear_references(table, rowids)
                self._delete(table.name, rowids)
        if "texts" in damaged or "text_engines" in damaged:
            self._texts.index()
        self.drop_misfits()  # rows that refer to deleted ones

    def misfits(self) -> dict[str, int]:
        """Return table -> number of rows that must not exist, or that refer to a missing row.
        Tables without such rows are left out."""
        counts = {}
        for table in TABLES:
            wrong = [f"({sql})" for sql in (_misfit(table), *_lost_references(table)) if sql]
            if wrong:
                counts[table.name] = self._db.number(
                    f"SELECT count(*) FROM {table.name} WHERE {' OR '.join(wrong)}"
                )
        return {table: number for table, number in counts.items() if number}

    def drop_misfits(self) -> None:
        """Delete the rows that `misfits` counts, or only their references, if a row makes sense
        without them. Damaged rows keep their references: `mend` resets their fields.
        Call inside a transaction."""
        self._db.execute("PRAGMA defer_foreign_keys = ON")
        for table in TABLES:
            if wrong := _misfit(table):
                deleted = self._db.execute(f"DELETE FROM {table.name} WHERE {wrong}").rowcount
                if table.name == "texts" and deleted:
                    self._texts.index()
                if table.name == "moments" and deleted:
                    self._vectors.drop_videos()
        damaged = self.find()
        for table in TABLES:
            for (column, _), lost in zip(table.may_refer, _lost_references(table), strict=True):
                self.clear(table, column, lost, damaged.get(table.name, ()))
        self._models.choose_active()
        self._models.count_purge()

    def clear(self, table: Table, column: str, which: str, kept: Sequence[int] = ()) -> None:
        """Set a column to NULL in rows of a table; photos are described again by the next `index`.
        Call inside a transaction.

        which: an SQL condition for the rows.
        kept: rowids of rows that stay as they are.
        """
        again = ", facts_version = 0" if table.name == "photos" else ""
        self._db.execute(
            f"UPDATE {table.name} SET {column} = NULL{again} WHERE ({which}) "
            f"AND rowid NOT IN {_LISTED}",
            (json.dumps(kept),),
        )

    def _clear_references(self, table: Table, rowids: Sequence[int]) -> None:
        listed = ", ".join(map(str, rowids))
        for other in TABLES:
            for column, referred in other.may_refer:
                if referred == table.name:
                    self.clear(other, column, f"{column} IN ({listed})")

    def _delete(self, table: str, rowids: Sequence[int]) -> None:
        self._db.execute(f"DELETE FROM {table} WHERE rowid IN {_LISTED}", (json.dumps(rowids),))

    def _mend_versions(self, _rowids: Sequence[int], _: bool) -> None:
        record_again(self._db.connection)

    def _mend_settings(self, rowids: Sequence[int], _: bool) -> None:
        self._delete("meta", rowids)
        self._models.choose_active()
        keep_schema_checksum(self._db.connection)  # it was right: `Integrity.damage` compared it

    def _mend_models(self, rowids: Sequence[int], _: bool) -> None:
        self._db.execute(
            "INSERT OR REPLACE INTO models(id, fingerprint, name, version, dimension) "
            "SELECT id, fingerprint, substr(fingerprint, 1, 16), '', coalesce((SELECT "
            "length(vector) / 2 FROM vectors WHERE model_id = models.id LIMIT 1), dimension) "
            f"FROM models WHERE id IN {_LISTED}",
            (json.dumps(rowids),),
        )

    def _mend_contents(self, rowids: Sequence[int], _: bool) -> None:
        listed = json.dumps(rowids)
        self._hide_photos("content_id", listed)
        self._db.execute(
            "INSERT OR REPLACE INTO contents(id, digest, width, height, orientation) "
            f"SELECT id, digest, 0, 0, 1 FROM contents WHERE id IN {_LISTED}",
            (listed,),
        )
        self._read_videos_again("content_id", listed)

    def _mend_photos(self, rowids: Sequence[int], _: bool) -> None:
        self._hide_photos("id", json.dumps(rowids))

    def _hide_photos(self, column: str, listed: str) -> None:
        """Hide photos until they are read again."""
        self._db.execute(
            "INSERT OR REPLACE INTO photos(id, path, size, mtime_ns, content_id, state, problem) "
            "SELECT id, path, size, ?, content_id, ?, 'dati danneggiati nell''archivio' "
            f"FROM photos WHERE {column} IN {_LISTED}",
            (READ_AGAIN, PROBLEM, listed),
        )

    def _mend_moments(self, rowids: Sequence[int], _: bool) -> None:
        self._read_videos_again("rowid", json.dumps(rowids))
        self._delete("moments", rowids)

    def _read_videos_again(self, column: str, listed: str) -> None:
        """Delete the vectors of the first frames of some moments' videos: a video is read again as
        a whole."""
        self._db.execute(
            "DELETE FROM vectors WHERE content_id IN (SELECT video_id FROM moments WHERE "
            f"{column} IN {_LISTED})",
            (listed,),
        )

    def _mend_text_engines(self, rowids: Sequence[int], _: bool) -> None:
        self._db.execute(f"DELETE FROM texts WHERE engine_id IN {_LISTED}", (json.dumps(rowids),))
        self._delete("text_engines", rowids)

    def _mend_texts(self, rowids: Sequence[int], _: bool) -> None:
        self._delete("texts", rowids)  # `mend` then makes the full-text indexes again

    def _mend_people(self, rowids: Sequence[int], _: bool) -> None:
        # The stored metadata name them; whose they were is not certain.
        self._db.execute("UPDATE photos SET facts_version = 0 WHERE facts_version > 0")
        self._delete("people", rowids)

    def _mend_history(self, _rowids: Sequence[int], _: bool) -> None:
        self._history.forget()  # with missing rows it would undo actions only in part

    def _mend_labels(self, rowids: Sequence[int], indexes_agree: bool) -> None:
        listed = json.dumps(rowids)
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
                (self._models.active_model, now(), listed, BY_HAND),
            )

    def _mend_collections(self, rowids: Sequence[int], _: bool) -> None:
        """Keep damaged collections as they read now; delete those whose question is lost."""
        for rowid in rowids:
            with self._whatever_text():
                name, question, made_at, looked_at, least = self._db.row(
                    "SELECT name, question, made_at, looked_at, min_confidence FROM collections "
                    "WHERE id = ?",
                    rowid,
                )
            self._db.execute("DELETE FROM collections WHERE id = ?", (rowid,))
            if _question(question) is not None:
                self._db.execute(
                    "INSERT OR IGNORE INTO collections(id, name, folded, question, made_at, "
                    "looked_at, min_confidence) VALUES (?, ?, ?, ?, ?, ?, ?)",
                    (
                        rowid,
                        str(name),
                        fold(str(name)),
                        question,
                        str(made_at),
                        str(looked_at),
                        least,
                    ),
                )

    @contextmanager
    def _whatever_text(self) -> Iterator[None]:
        """Within the block, replace the invalid bytes of texts that are not UTF-8."""
        self._db.connection.text_factory = lambda raw: raw.decode("utf-8", "replace")
        try:
            yield
        finally:
            self._db.connection.text_factory = str


# What mends the rows of each table with `Mend.BY_HAND`: the rowids, see `mend` for the rest.
MENDERS: dict[str, Callable[[DamagedRows, Sequence[int], bool], None]] = {
    "_sqlite_migrations": DamagedRows._mend_versions,
    "meta": DamagedRows._mend_settings,
    "models": DamagedRows._mend_models,
    "contents": DamagedRows._mend_contents,
    "photos": DamagedRows._mend_photos,
    "moments": DamagedRows._mend_moments,
    "text_engines": DamagedRows._mend_text_engines,
    "texts": DamagedRows._mend_texts,
    "people": DamagedRows._mend_people,
    "tags": DamagedRows._mend_labels,
    "label_actions": DamagedRows._mend_history,
    "label_changes": DamagedRows._mend_history,
    "collections": DamagedRows._mend_collections,
}


def _question(text: object) -> Question | None:
    """Return the question in a row of `collections`, None if it cannot be read."""
    try:
        return from_json(json.loads(str(text)))
    except (KeyError, TypeError, ValueError):
        return None


def _misfit(table: Table) -> str:
    """Return an SQL condition for rows of a table that must be deleted, "" if there can be none."""
    refers = (_lost(column, other) for column, other in table.refers)
    return " OR ".join(sql for sql in (*refers, table.misfit) if sql)


def _lost_references(table: Table) -> list[str]:
    """Return an SQL condition for each column of `may_refer`: that it refers to a missing row."""
    return [_lost(column, other) for column, other in table.may_refer]


def _lost(column: str, table: str) -> str:
    return f"{column} IS NOT NULL AND {column} NOT IN (SELECT id FROM {table})"
