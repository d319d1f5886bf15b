"""Saving what can be read of a damaged catalogue into a new one. The damaged file is kept.

Rows are read from both ends of a table towards the damage, then one by one in between, so that a
damaged page costs the rows that it held. What is lost `index` reads and computes again; only
labels do not come back by themselves.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from cercafoto.archive.local.catalog import Catalog
from cercafoto.archive.local.database import translated
from cercafoto.archive.local.own_files import UNFINISHED
from cercafoto.archive.records import Locate
from cercafoto.errors import ArchiveError

# Keywords, words and the indexes of texts are not read: they are put together again from what is.
TABLES = (
    *("meta", "models", "roots", "exclusions", "contents", "places", "cameras", "lenses", "photos"),
    *("vectors", "tags", "stale_labels", "runs", "text_engines", "texts"),
)
# Rows that one damaged page can hide, where it is one that leads to others: 400 pages of 60 rows
# each in the densest table, and twice that.
HIDDEN = 50_000
LAST = 2**63 - 1


@dataclass(frozen=True)
class Salvaged:
    """The result of a rescue.

    aside: where the damaged file is now.
    rows: table -> rows that were saved.
    """

    aside: Path
    rows: dict[str, int]


def salvage(path: Path, locate: Locate) -> Salvaged:
    """Put a sound catalogue in the place of the damaged one at `path`.

    Raises ArchiveError when nothing can be read, DiskFullError.
    """
    fresh = path.with_name(UNFINISHED)
    for leftover in _files(fresh):
        leftover.unlink(missing_ok=True)
    with translated(path):
        damaged = sqlite3.connect(f"{path.as_uri()}?mode=rw", uri=True, isolation_level=None)
    # Bytes that are no valid text any more must not stop the reading of the rest.
    damaged.text_factory = lambda raw: raw.decode("utf-8", "replace")
    try:
        try:
            damaged.execute("SELECT count(*) FROM sqlite_master")
        except sqlite3.DatabaseError as error:  # where the tables are is not known any more
            raise _beyond(path) from error
        with Catalog.create(fresh) as catalog:
            saved = {table: _copy(damaged, catalog, table) for table in TABLES}
            if not saved["photos"]:
                raise _beyond(path)
            with catalog.transaction():
                catalog.integrity.drop_misfits()
                catalog.vectors.drop(catalog.vectors.bad())
                _write_words(catalog, locate)
                catalog.texts.index()
            catalog.compact()
    finally:
        damaged.close()
    aside = path.with_name(f"catalogo.danneggiato-{datetime.now():%Y%m%d-%H%M%S}.sqlite3")
    # The log goes first: SQLite would play it back into the new file.
    for old, new in zip(_files(path)[1:], _files(aside)[1:], strict=True):
        if old.exists():
            old.replace(new)
    path.replace(aside)
    fresh.replace(path)
    return Salvaged(aside, saved)


def _beyond(path: Path) -> ArchiveError:
    return ArchiveError(
        f"L'archivio {path} è troppo danneggiato: non se ne legge nessuna foto.",
        "Rimetti una copia di riserva, oppure sposta da parte la cartella dell'archivio e "
        "ricomincia con «cercafoto index CARTELLA». Le foto non sono state toccate.",
    )


def _files(path: Path) -> list[Path]:
    return [path, *(path.with_name(path.name + end) for end in ("-wal", "-shm"))]


def _copy(damaged: sqlite3.Connection, catalog: Catalog, table: str) -> int:
    columns = [row[1] for row in catalog.rows(f"PRAGMA table_info({table})")]
    names, marks = ", ".join(columns), ", ".join("?" * len(columns))
    before = catalog.row(f"SELECT count(*) FROM {table}")[0]
    catalog.connection.execute(
        "PRAGMA foreign_keys = OFF"
    )  # what hangs in the air is dropped later
    with catalog.transaction():
        catalog.connection.executemany(
            f"INSERT OR IGNORE INTO {table}({names}) VALUES ({marks})",
            (row[1:] for row in _readable_rows(damaged, f"SELECT rowid, {names} FROM {table}")),
        )
    return int(catalog.row(f"SELECT count(*) FROM {table}")[0]) - int(before)


def _readable_rows(damaged: sqlite3.Connection, select: str) -> Iterator[tuple]:  # type: ignore[type-arg]
    """Yield every row that can be read; the first column is its rowid."""
    low, high = -1, LAST
    try:
        for row in damaged.execute(f"{select} ORDER BY rowid"):
            low = row[0]
            yield row
        return
    except sqlite3.DatabaseError:
        pass
    try:
        for row in damaged.execute(f"{select} WHERE rowid > ? ORDER BY rowid DESC", (low,)):
            high = row[0]
            yield row
    except sqlite3.DatabaseError:
        pass
    missed = 0
    for rowid in range(low + 1, high):
        try:
            row = damaged.execute(f"{select} WHERE rowid = ?", (rowid,)).fetchone()
        except sqlite3.DatabaseError:
            row = None
        missed = 0 if row else missed + 1
        if row is not None:
            yield row
        elif missed > HIDDEN:
            return


def _write_words(catalog: Catalog, locate: Locate) -> None:
    """Write dates, places, keywords and words of every photo, from what is known of it."""
    rows = catalog.rows(
        "SELECT id FROM photos WHERE content_id IS NOT NULL AND facts_version IS NOT NULL"
    )
    for (photo_id,) in rows:
        try:
            catalog.intake.put_together(photo_id, locate, catalog.folders.roots())
        except (ValueError, TypeError):  # no longer what was written
            catalog.intake.read_again([photo_id])
        except ArchiveError:  # not either, as its checksum tells: see `DamagedRows.mend`
            pass
