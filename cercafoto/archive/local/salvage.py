"""Copy what can be read of a damaged catalogue into a new one. The damaged file is kept.

A catalogue of a version that was never released is copied the same way.

Rows are read from both ends of a table up to the damage, then one by one in between, so that a
damaged page costs only the rows on it. `index` reads and computes again what is lost, except what
the person gave by hand.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from cercafoto.archive.local.catalog import Catalog
from cercafoto.archive.local.database import translated
from cercafoto.archive.local.own_files import UNFINISHED
from cercafoto.archive.records import Locate
from cercafoto.archive.tables import TABLES
from cercafoto.errors import ArchiveError

# How many rows one damaged page can hide, if it is an inner page of a table: 400 pages of 60 rows
# in the densest table, doubled to be safe.
HIDDEN = 50_000
LAST = 2**63 - 1
_SAVED = [table for table in TABLES if table.saved]


@dataclass(frozen=True)
class Salvaged:
    """The result of `salvage`.

    aside: where the damaged file is now.
    rows: table -> number of rows that the new catalogue has.
    lost: table -> number of rows that the new catalogue lacks, None if it is not known. Tables of
        which nothing is lost are left out, and those that are made again from others.
    """

    aside: Path
    rows: dict[str, int]
    lost: dict[str, int | None]


def salvage(path: Path, locate: Locate, of_trial: bool = False) -> Salvaged:
    """Replace the damaged catalogue at `path` with a new one that has all readable rows which fit
    together.

    locate: finds places.
    of_trial: the catalogue is not damaged, but of a version that was never released.

    Raises ArchiveError if no photo can be read, DiskFullError.
    """
    fresh = path.with_name(UNFINISHED)
    for leftover in _files(fresh):
        leftover.unlink(missing_ok=True)
    with translated(path):
        damaged = sqlite3.connect(f"{path.as_uri()}?mode=rw", uri=True, isolation_level=None)
    # Bytes that are not UTF-8 must not keep the rest from being read.
    damaged.text_factory = lambda raw: raw.decode("utf-8", "replace")
    try:
        try:
            damaged.execute("SELECT count(*) FROM sqlite_master")
        except sqlite3.DatabaseError as error:  # the list of tables is lost
            raise _beyond(path) from error
        with Catalog.create(fresh) as catalog:
            present = {table.name: _copy(damaged, catalog, table.name) for table in _SAVED}
            if not catalog.number("SELECT count(*) FROM photos"):
                raise _beyond(path)
            with catalog.transaction():
                catalog.integrity.drop_misfits()
                catalog.vectors.drop(catalog.vectors.bad())
                rows = {name: catalog.number(f"SELECT count(*) FROM {name}") for name in present}
                lost = {
                    name: None if number is None else number - rows[name]
                    for name, number in present.items()
                    if number is None or number > rows[name]
                }
                if not lost.keys().isdisjoint(("label_actions", "label_changes")):
                    catalog.label_history.forget()  # it would undo actions only in part
                if not lost.keys().isdisjoint(("moments", "vectors")):
                    catalog.vectors.drop_videos()  # some may lack frames
                _write_words(catalog, locate)
                catalog.texts.index()
            catalog.compact()
    finally:
        damaged.close()
    why = "vecchio" if of_trial else "danneggiato"
    aside = path.with_name(f"catalogo.{why}-{datetime.now():%Y%m%d-%H%M%S}.sqlite3")
    # The old log is moved first: otherwise SQLite would apply it to the new file.
    for old, new in zip(_files(path)[1:], _files(aside)[1:], strict=True):
        if old.exists():
            old.replace(new)
    path.replace(aside)
    fresh.replace(path)
    return Salvaged(aside, rows, lost)


def _beyond(path: Path) -> ArchiveError:
    return ArchiveError(
        f"L'archivio {path} è troppo danneggiato: non se ne legge nessuna foto.",
        "Rimetti una copia di riserva, oppure sposta da parte la cartella dell'archivio e "
        "ricomincia con «cercafoto index CARTELLA». Le foto non sono state toccate.",
    )


def _files(path: Path) -> list[Path]:
    return [path, *(path.with_name(path.name + end) for end in ("-wal", "-shm"))]


def _copy(damaged: sqlite3.Connection, catalog: Catalog, table: str) -> int | None:
    """Copy the readable rows of a table. Return how many rows the damaged table has, None if that
    cannot be read."""
    there = {row[1] for row in damaged.execute(f"PRAGMA table_info({table})")}
    columns = [row[1] for row in catalog.rows(f"PRAGMA table_info({table})") if row[1] in there]
    if not columns:
        return 0
    names, marks = ", ".join(columns), ", ".join("?" * len(columns))
    # Rows whose references are lost are deleted later, by `drop_misfits`.
    catalog.connection.execute("PRAGMA foreign_keys = OFF")
    source = _Source(damaged, f"SELECT rowid, {names} FROM {table}")
    with catalog.transaction():
        catalog.connection.executemany(
            f"INSERT OR IGNORE INTO {table}({names}) VALUES ({marks})",
            (row[1:] for row in source.rows()),
        )
    return _number_in_index(damaged, table) if source.is_damaged else source.read


class _Source:
    """The readable rows of a damaged table.

    select: a query whose first column is the rowid.
    is_damaged: whether something could not be read.
    read: how many rows were read.
    """

    def __init__(self, damaged: sqlite3.Connection, select: str) -> None:
        self._damaged, self._select = damaged, select
        self.is_damaged, self.read = False, 0

    def rows(self) -> Iterator[tuple[Any, ...]]:
        for row in self._readable():
            self.read += 1
            yield row

    def _readable(self) -> Iterator[tuple[Any, ...]]:
        low, high = -1, LAST
        try:
            for row in self._damaged.execute(f"{self._select} ORDER BY rowid"):
                low = row[0]
                yield row
            return
        except sqlite3.DatabaseError:
            self.is_damaged = True
        try:
            for row in self._damaged.execute(
                f"{self._select} WHERE rowid > ? ORDER BY rowid DESC", (low,)
            ):
                high = row[0]
                yield row
        except sqlite3.DatabaseError:
            pass
        missed = 0
        for rowid in range(low + 1, high):
            try:
                row = self._damaged.execute(f"{self._select} WHERE rowid = ?", (rowid,)).fetchone()
            except sqlite3.DatabaseError:
                row = None
            missed = 0 if row else missed + 1
            if row is not None:
                yield row
            elif missed > HIDDEN:
                return


def _number_in_index(damaged: sqlite3.Connection, table: str) -> int | None:
    """Return the number of a table's rows as one of its indexes has it, None if no index of all
    rows can be read."""
    with suppress(sqlite3.DatabaseError):
        for index, column in damaged.execute(
            "SELECT list.name, info.name FROM pragma_index_list(?) AS list "
            "JOIN pragma_index_info(list.name) AS info WHERE NOT partial AND seqno = 0",
            (table,),
        ).fetchall():
            with suppress(sqlite3.DatabaseError):
                # Sorted, because otherwise SQLite may count the rows of the table.
                (number,) = damaged.execute(
                    f"SELECT count(*) FROM (SELECT {column} FROM {table} INDEXED BY {index} "
                    f"ORDER BY {column} LIMIT -1)"
                ).fetchone()
                return int(number)
    return None


def _write_words(catalog: Catalog, locate: Locate) -> None:
    """Write the metadata, keywords and words of every photo, from its salvaged rows."""
    rows = catalog.rows(
        "SELECT id FROM photos WHERE content_id IS NOT NULL AND facts_version IS NOT NULL"
    )
    for (photo_id,) in rows:
        try:
            catalog.intake.recompute_metadata(photo_id, locate, catalog.folders.roots())
        except (ValueError, TypeError):  # the stored metadata is damaged
            catalog.intake.read_again([photo_id])
        except ArchiveError:  # a wrong checksum, which `DamagedRows.mend` repairs
            pass
