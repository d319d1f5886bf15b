"""Check the pages and indexes of the catalogue, and that its rows fit together. Rows with wrong
checksums are found by `damaged_rows.py`."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import zip_longest

from cercafoto.archive.local import migrations
from cercafoto.archive.local.database import Part, translated
from cercafoto.archive.local.texts import index_rows

_NO_CONTENT = "content_id NOT IN (SELECT id FROM contents)"
# Conditions for rows that must not exist, by table. `--ripara` deletes them, and `index` then reads
# the photos again.
_MISFITS = {
    "photos": f"state NOT IN ('ok', 'missing', 'problem', 'excluded') OR typeof(path) <> 'blob' "
    f"OR (content_id IS NOT NULL AND {_NO_CONTENT}) "
    "OR (content_id IS NULL AND state = 'ok')",
    "contents": "typeof(digest) <> 'blob' OR length(digest) <> 32",
    "vectors": f"{_NO_CONTENT} OR model_id NOT IN (SELECT id FROM models)",
    "tags": _NO_CONTENT,
    "stale_labels": _NO_CONTENT,
    "label_changes": _NO_CONTENT,
    "texts": _NO_CONTENT,
    "things": _NO_CONTENT,
    "collection_photos": "collection_id NOT IN (SELECT id FROM collections)",
    "moments": f"{_NO_CONTENT} OR video_id NOT IN (SELECT id FROM contents)",
    "keywords": "photo_id NOT IN (SELECT id FROM photos)",
    "words": "rowid NOT IN (SELECT id FROM photos)",
    "people": "photo_id NOT IN (SELECT id FROM photos)",
}


class Integrity(Part):
    def damage(self) -> list[str]:
        """Return messages about damage to file, indexes or schema; [] if they are sound."""
        try:
            if sqlite3.sqlite_version_info < (3, 44):  # included in later integrity checks
                self._check_word_indexes()
            rows = self._db.execute("PRAGMA integrity_check(20)").fetchall()
            found = [str(row[0]) for row in rows if row[0] != "ok"]
            if not found:
                made = self._db.execute("SELECT value FROM meta WHERE key = 'schema'").fetchone()
                if made != (migrations.schema_checksum(self._db.connection),):
                    found.append("schema")
        except sqlite3.DatabaseError as error:
            return [str(error)]
        return found

    def _check_word_indexes(self) -> None:
        """Let FTS5 check its indexes. This needs write access, so nothing is checked while another
        process writes or on a read-only disk. Raises sqlite3.DatabaseError for damage."""
        with self._scratch(), suppress(sqlite3.OperationalError):
            for table in ("words", "read_words", "read_letters"):
                self._db.execute(f"INSERT INTO {table}({table}) VALUES ('integrity-check')")

    def are_texts_indexed(self) -> bool:
        """Return True if the full-text indexes have exactly the words of the texts. FTS5 cannot
        check this itself, because these indexes hold no copy of the texts."""
        with translated(self._db.path), self._scratch():
            self._db.execute("BEGIN")  # texts and indexes must be of the same moment
            try:
                return all(self._is_index_right(number) for number in (0, 1))
            finally:
                self._db.execute("ROLLBACK")  # drops the temporary tables

    def _is_index_right(self, number: int) -> bool:
        """Return True if a full-text index is the same as a new one made from the texts. number:
        the position of the index in `index_rows`."""
        table, column, _ = index_rows("")[number]
        (sql,) = self._db.row("SELECT sql FROM sqlite_master WHERE name = ?", table)
        self._db.execute(sql.replace(table, f"temp.anew_{number}", 1))
        bearing = self._db.execute("SELECT content_id, lines FROM texts WHERE lines IS NOT NULL")
        self._db.executemany(
            f"INSERT INTO temp.anew_{number}(rowid, {column}) VALUES (?, ?)",
            ((content_id, index_rows(lines)[number][2]) for content_id, lines in bearing),
        )
        entries = []
        for schema, name in (("main", table), ("temp", f"anew_{number}")):
            vocabulary = f"temp.of_{name}"
            self._db.execute(
                f"CREATE VIRTUAL TABLE {vocabulary} USING fts5vocab({schema}, {name}, instance)"
            )
            entries.append(self._db.execute(f"SELECT term, doc, offset FROM {vocabulary}"))
        return all(here == anew for here, anew in zip_longest(*entries))

    @contextmanager
    def _scratch(self) -> Iterator[None]:
        """Allow writing to temporary tables within the block."""
        (reads_only,) = self._db.row("PRAGMA query_only")
        self._db.execute("PRAGMA query_only=OFF")
        try:
            yield
        finally:
            self._db.execute(f"PRAGMA query_only={reads_only}")

    def misfits(self) -> dict[str, int]:
        """Return table -> number of rows that must not exist, see `_MISFITS`. Tables without such
        rows are left out."""
        counts = {
            table: self._db.number(f"SELECT count(*) FROM {table} WHERE {sql}")
            for table, sql in _MISFITS.items()
        }
        return {table: number for table, number in counts.items() if number}

    def drop_misfits(self) -> None:
        """Delete the rows that `misfits` counts. Contents come first, because rows of deleted
        contents must be deleted too. Call inside a transaction."""
        self._db.execute("PRAGMA defer_foreign_keys = ON")
        for table in ("contents", *(name for name in _MISFITS if name != "contents")):
            deleted = self._db.execute(f"DELETE FROM {table} WHERE {_MISFITS[table]}").rowcount
            if table == "texts" and deleted:
                self._db.texts.index()
        self._db.models.count_purge()
