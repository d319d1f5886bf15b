"""Check the pages and indexes of the catalogue. `damaged_rows.py` checks its rows."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import zip_longest

from cercafoto.archive.local import migrations
from cercafoto.archive.local.database import Part, translated
from cercafoto.archive.local.texts import index_rows
from cercafoto.archive.tables import TABLES, Guard


class Integrity(Part):
    def damage(self) -> list[str]:
        """Return messages about damage to file, indexes or schema; [] if they are sound."""
        try:
            if sqlite3.sqlite_version_info < (3, 44):  # included in later integrity checks
                self._check_word_indexes()
            rows = self._db.execute("PRAGMA integrity_check(20)").fetchall()
            messages = [str(row[0]) for row in rows if row[0] != "ok"]
            if not messages:
                made = self._db.execute("SELECT value FROM meta WHERE key = 'schema'").fetchone()
                if made != (migrations.schema_checksum(self._db.connection),):
                    messages.append("schema")
        except sqlite3.DatabaseError as error:
            return [str(error)]
        return messages

    def _check_word_indexes(self) -> None:
        """Let FTS5 check its indexes. This needs write access, so nothing is checked while another
        process writes or on a read-only disk. Raises sqlite3.DatabaseError for damage."""
        with self._scratch(), suppress(sqlite3.OperationalError):
            for name in (table.name for table in TABLES if table.checksum is Guard.FULL_TEXT):
                self._db.execute(f"INSERT INTO {name}({name}) VALUES ('integrity-check')")

    def are_texts_indexed(self) -> bool:
        """Whether the full-text indexes have exactly the words of the texts. FTS5 cannot
        check this itself, because these indexes hold no copy of the texts."""
        with translated(self._db.path), self._scratch():
            self._db.execute("BEGIN")  # texts and indexes must be of the same moment
            try:
                return all(self._is_index_right(number) for number in (0, 1))
            finally:
                self._db.execute("ROLLBACK")  # drops the temporary tables

    def _is_index_right(self, number: int) -> bool:
        """Whether a full-text index is the same as a new one made from the texts. number:
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
