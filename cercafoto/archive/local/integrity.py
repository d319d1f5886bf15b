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
from cercafoto.archive.tables import TABLES, Guard, Table


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
            for name in (table.name for table in TABLES if table.checksum is Guard.FULL_TEXT):
                self._db.execute(f"INSERT INTO {name}({name}) VALUES ('integrity-check')")

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
        without them. Damaged rows keep their references: `DamagedRows.mend` resets their fields.
        Call inside a transaction."""
        self._db.execute("PRAGMA defer_foreign_keys = ON")
        for table in TABLES:
            if wrong := _misfit(table):
                deleted = self._db.execute(f"DELETE FROM {table.name} WHERE {wrong}").rowcount
                if table.name == "texts" and deleted:
                    self._db.texts.index()
                if table.name == "moments" and deleted:
                    self._db.vectors.drop_videos()
        damaged = self._db.damaged_rows.find()
        for table in TABLES:
            for (column, _), lost in zip(table.may_refer, _lost_references(table), strict=True):
                self._db.damaged_rows.clear(table, column, lost, damaged.get(table.name, ()))
        self._db.models.choose_active()
        self._db.models.count_purge()


def _misfit(table: Table) -> str:
    """Return an SQL condition for rows of a table that must be deleted, "" if there can be none."""
    refers = (_lost(column, other) for column, other in table.refers)
    return " OR ".join(sql for sql in (*refers, table.misfit) if sql)


def _lost_references(table: Table) -> list[str]:
    """Return an SQL condition for each column of `may_refer`: that it refers to a missing row."""
    return [_lost(column, other) for column, other in table.may_refer]


def _lost(column: str, table: str) -> str:
    return f"{column} IS NOT NULL AND {column} NOT IN (SELECT id FROM {table})"
