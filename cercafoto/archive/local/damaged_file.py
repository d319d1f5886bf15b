"""Read rows from a damaged SQLite file: everything outside its damaged pages."""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, suppress
from heapq import heappop, heappush
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

from cercafoto.base.atomic_file import erase

Row: TypeAlias = tuple[Any, ...]
ENDS = ("", "-wal", "-shm", "-journal")  # of the names of a database's files
# How often reading may fail without a row. By then a part of 30,000 rows was halved to 16.
TRIES = 4000
_HIGHEST = 2**63 - 1
_FARTHEST = 2**15  # rows that are looked for behind the last readable one
# What Python returns for each declared type.
_KINDS = {"INTEGER": int, "REAL": float, "TEXT": str, "BLOB": bytes}


def set_aside(path: Path, aside: Path) -> None:
    """Give a database that will be replaced another name too, so that there is a file at `path` at
    any moment, even if this process is killed. Delete its log and journal, which SQLite would apply
    to the new file; they are kept beside `aside`."""
    for old, new in zip(files_of(path), files_of(aside), strict=True):
        if old.exists():
            try:
                os.link(old, new)
            except OSError:  # a disk without hard links
                shutil.copy2(old, new)
    for log in files_of(path)[1:]:
        log.unlink(missing_ok=True)


def files_of(path: Path) -> list[Path]:
    """Return the paths that belong to a database: its file, log, shared memory and journal."""
    return [path.with_name(path.name + end) for end in ENDS]


class Definition(NamedTuple):
    """How a table should be.

    sql: its CREATE TABLE.
    pages: the numbers of its first page, in a new file and in a compacted one.
    columns: (name, declared type, whether it may not be NULL).
    """

    sql: str
    pages: tuple[int, ...]
    columns: tuple[tuple[str, str, bool], ...]


def definitions(sound: sqlite3.Connection, tables: Sequence[str]) -> dict[str, Definition]:
    """Return how the tables of a new, still empty file are."""
    whole = "SELECT name, rootpage, sql FROM sqlite_master WHERE type = 'table'"
    made = {name: (page, sql) for name, page, sql in sound.execute(whole)}
    # VACUUM gives the tables other pages. Its result depends only on the definitions.
    with closing(sqlite3.connect(":memory:")) as compacted:
        content = bytearray(sound.serialize())
        content[18:20] = 1, 1  # a file in memory can have no log
        compacted.deserialize(bytes(content))
        compacted.execute("VACUUM")
        moved = {name: page for name, page, _ in compacted.execute(whole)}
    return {
        name: Definition(
            made[name][1],
            (made[name][0], moved[name]),
            tuple(
                (column, kind, bool(never_null))
                for _, column, kind, never_null, *_ in sound.execute(f"PRAGMA table_info({name})")
            ),
        )
        for name in tables
    }


class DamagedFile:
    """A damaged SQLite file, opened to read what can be read. Close it.

    tables: how the tables should be.
    scratch: where a copy of the file may be made, if the list of its tables is damaged.
    page_size: bytes of a page, if the file does not say it any more.
    is_older: whether tables may be defined otherwise than they should be.
    broken: tables in which something could not be read so far.
    """

    def __init__(
        self,
        path: Path,
        tables: Mapping[str, Definition],
        scratch: Path,
        page_size: int,
        is_older: bool = False,
    ) -> None:
        self._path, self._tables, self._scratch = path, tables, scratch
        self._page_size = _page_size(path) or page_size
        self.broken = set[str]()
        self._db = _opened(path)
        self._to_find = set[str]()  # tables whose definition is damaged
        self._pages: dict[str, int] = {}
        listed: list[Row] = []
        with suppress(sqlite3.DatabaseError):
            # The first query loads the definitions, and may fail; later ones have those that could
            # be loaded.
            self._db.execute("SELECT 1 FROM sqlite_master").fetchone()
        with suppress(sqlite3.DatabaseError):
            listed = [*self._everything(self._db, "sqlite_master", ("name", "rootpage", "sql"))]
        for _, name, page, sql in listed:
            if name in tables and isinstance(page, int):
                self._pages[name] = page
                if sql != tables[name].sql:
                    self._to_find.add(name)
        self.broken.clear()
        self._is_older = is_older
        if is_older:
            self._to_find.clear()
            return
        self._to_find |= {name for name in tables if not self._is_loaded(name)}

    def close(self) -> None:
        self._db.close()
        for file in filter(os.path.lexists, files_of(self._scratch)):
            erase(file)

    def columns(self, table: str) -> list[str]:
        """Return the columns of a table; of an older one those that it has, [] if it has none."""
        names = [column for column, _, _ in self._tables[table].columns]
        if self._is_older:
            there = {row[1] for row in self._db.execute(f"PRAGMA table_info({table})")}
            return [name for name in names if name in there]
        return names

    def rows(self, table: str) -> Iterator[Row]:
        """Yield the readable rows of a table, in no order: the rowid, then its `columns`."""
        names = self.columns(table)
        if table not in self._to_find:
            yield from self._everything(self._db, table, names)
            return
        # The table itself may be sound.
        pages = [self._pages[table]] if table in self._pages else []
        for page in dict.fromkeys((*pages, *self._tables[table].pages)):
            rows = self._rows_from(table, page, names)
            yield from rows
            if rows or page in pages:
                return
        self.broken.add(table)

    def count(self, table: str) -> int | None:
        """Return how many rows the table had, as its rows or an index say, whichever has more; None
        if neither can be counted."""
        if table in self._to_find or not self.columns(table):
            return None
        counts = []  # damage may hide rows of the table, or entries of an index
        with suppress(sqlite3.DatabaseError):
            whole = f"SELECT count(*) FROM {table} NOT INDEXED"
            counts.append(int(self._db.execute(whole).fetchone()[0]))
        for index in self._indexes(table):
            with suppress(sqlite3.DatabaseError):
                _, _, column = self._db.execute(f"PRAGMA index_info({index})").fetchone()
                # Sorted, because otherwise SQLite may count the rows of the table.
                counted = (
                    f"SELECT count(*) FROM (SELECT {column} FROM {table} INDEXED BY {index} "
                    f"ORDER BY {column} LIMIT -1)"
                )
                counts.append(int(self._db.execute(counted).fetchone()[0]))
        return max(counts, default=None)

    def from_index(self, table: str, columns: Sequence[str], rowid: bool = False) -> Iterator[Row]:
        """Yield values that an index has, also of rows that cannot be read any more. columns: all
        columns of the index. rowid: whether the rowid comes after them."""
        names = ", ".join((*columns, *(["rowid"] if rowid else ())))
        index = next((known for known in self._indexes(table) if self._has(known, columns)), None)
        for order in ("ASC", "DESC") if index and table not in self._to_find else ():
            try:
                yield from self._db.execute(
                    f"SELECT {names} FROM {table} INDEXED BY {index} ORDER BY {columns[0]} {order}"
                )
                return
            except sqlite3.DatabaseError:
                self.broken.add(table)

    def _indexes(self, table: str) -> list[str]:
        """Return the indexes of a table that have all of its rows."""
        with suppress(sqlite3.DatabaseError):
            listed = self._db.execute(f"PRAGMA index_list({table})").fetchall()
            return [name for _, name, _, _, is_partial in listed if not is_partial]
        return []

    def _has(self, index: str, columns: Sequence[str]) -> bool:
        with suppress(sqlite3.DatabaseError):
            listed = self._db.execute(f"PRAGMA index_info({index})").fetchall()
            return [name for _, _, name in listed] == [*columns]
        return False

    def _is_loaded(self, table: str) -> bool:
        try:
            self._db.execute(f"SELECT * FROM {table} LIMIT 0")
        except sqlite3.DatabaseError:  # no such table; no list of tables
            return False
        return True

    def _everything(
        self, db: sqlite3.Connection, table: str, names: Sequence[str]
    ) -> Iterator[Row]:
        """Yield every row that can be read: from both ends up to the damage; then what lies between
        is halved, the largest part first, until nothing is left or TRIES attempts found nothing."""
        select = f"SELECT rowid, {', '.join(names)} FROM {table} NOT INDEXED WHERE rowid"
        parts, failed = [(0, 0, _HIGHEST)], 0  # (-size, lowest, highest)
        while parts and failed < TRIES:
            _, low, high = heappop(parts)
            for order in ("ASC", "DESC"):
                query = f"{select} BETWEEN ? AND ? ORDER BY rowid {order}"
                try:
                    for row in db.execute(query, (low, high)):
                        if order == "ASC":
                            low = max(low, min(row[0] + 1, _HIGHEST))
                        else:
                            high = min(high, row[0] - 1)
                        failed = 0
                        yield row
                    break
                except sqlite3.DatabaseError:
                    failed += 1
                    self.broken.add(table)
            else:
                high = min(high, low + _FARTHEST) if high == _HIGHEST else high
                if low < high:
                    middle = (low + high) // 2
                    heappush(parts, (low - middle, low, middle))
                    heappush(parts, (middle - high, middle + 1, high))

    def _rows_from(self, table: str, page: int, names: Sequence[str]) -> list[Row]:
        """Return the rows of a table that begins at a page, read from a copy of the file whose
        first page lists only this table; [] if another table is there."""
        if not self._scratch.exists():
            self._copy()
        size = self._page_size
        content = bytearray(_first_page(self._tables[table].sql, table, page, size))
        content[28:32] = (self._scratch.stat().st_size // size).to_bytes(4, "big")
        with self._scratch.open("r+b") as stream:
            stream.write(content)
        with closing(_opened(self._scratch)) as db:
            rows: list[Row] = []
            with suppress(sqlite3.DatabaseError):
                rows = [*self._everything(db, table, names)]
        kinds = [
            (_KINDS.get(kind.upper(), object), never_null)
            for _, kind, never_null in self._tables[table].columns
        ]
        fitting = sum(all(map(_fits, row[1:], kinds)) for row in rows)
        return rows if 2 * fitting > len(rows) else []

    def _copy(self) -> None:
        for source, copy in zip(files_of(self._path), files_of(self._scratch), strict=True):
            if source.exists() and not source.name.endswith("-shm"):
                shutil.copyfile(source, copy)
        with closing(_opened(self._scratch)) as db, suppress(sqlite3.DatabaseError):
            db.execute("PRAGMA journal_mode=DELETE").fetchone()
        for file in files_of(self._scratch)[1:]:
            file.unlink(missing_ok=True)


def _opened(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(f"{path.as_uri()}?mode=rw", uri=True, isolation_level=None)
    # Bytes that are not UTF-8 must not keep the rest from being read.
    connection.text_factory = lambda raw: raw.decode("utf-8", "replace")
    with suppress(AttributeError):  # Python 3.11; some builds of SQLite would ignore the pragma
        connection.setconfig(sqlite3.SQLITE_DBCONFIG_DEFENSIVE, False)  # type: ignore[attr-defined]
    # Before the first query: with it, SQLite reads a file that lost its last pages, and goes on
    # after a definition that it does not understand.
    connection.execute("PRAGMA writable_schema=ON")
    return connection


def _page_size(path: Path) -> int:
    """Return the bytes of a page, as a file's header says; 0 if it says nothing possible."""
    with path.open("rb") as stream:
        size = int.from_bytes(stream.read(18)[16:18], "big")
    size = 65536 if size == 1 else size
    return size if size >= 512 and size & (size - 1) == 0 else 0


def _first_page(sql: str, table: str, page: int, size: int) -> bytes:
    """Return the first page of a file with one table, which begins at `page`."""
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as db:
        db.execute(f"PRAGMA page_size={size}")
        db.execute(sql)
        db.execute("PRAGMA writable_schema=ON")
        db.execute("UPDATE sqlite_master SET rootpage = ? WHERE name = ?", (page, table))
        db.execute("DELETE FROM sqlite_master WHERE name <> ?", (table,))  # its automatic index
        return bytes(db.serialize()[:size])


def _fits(value: object, column: tuple[type, bool]) -> bool:
    kind, never_null = column
    if value is None:
        return not never_null
    return isinstance(value, kind) or (kind is float and isinstance(value, int))


def lost_rows(
    before: Mapping[str, int | None], saved: Mapping[str, int], broken: Iterable[str]
) -> Iterator[tuple[str, int | None]]:
    """Yield (table, number of its rows that were lost, None if unknown) of each table that was not
    saved whole.

    before: table -> number of its rows; None if they cannot be counted.
    saved: table -> number of rows that were saved.
    broken: see `DamagedFile`.
    """
    for table, number in before.items():
        if number is not None and number > saved[table]:
            yield table, number - saved[table]
        elif number is None and table in broken:
            yield table, None
