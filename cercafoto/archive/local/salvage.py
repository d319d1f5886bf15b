"""Copy what can be read of a damaged catalogue into a new one. The damaged file is kept.

Rows are read from both ends of a table up to the damage, then one by one in between, so that a
damaged page costs only the rows on it. `index` reads and computes again what is lost, except
labels.
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

# Keywords, words, people and full-text indexes are not read: they are made again from these tables.
TABLES = (
    *("meta", "models", "roots", "exclusions", "contents", "places", "cameras", "lenses", "photos"),
    *("vectors", "things", "tags", "stale_labels", "runs", "text_engines", "texts", "moments"),
    *("collections", "collection_photos", "collection_files"),
)
# How many rows one damaged page can hide, if it is an inner page of a table: 400 pages of 60 rows
# in the densest table, doubled to be safe.
HIDDEN = 50_000
LAST = 2**63 - 1


@dataclass(frozen=True)
class Salvaged:
    """The result of `salvage`.

    aside: where the damaged file is now.
    rows: table -> number of rows that were copied.
    """

    aside: Path
    rows: dict[str, int]


def salvage(path: Path, locate: Locate) -> Salvaged:
    """Replace the damaged catalogue at `path` with a new one that has all readable rows which fit
    together. locate: finds places.

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
            saved = {table: _copy(damaged, catalog, table) for table in TABLES}
            if not saved["photos"]:
                raise _beyond(path)
            with catalog.transaction():
                catalog.integrity.drop_misfits()
                catalog.vectors.drop(catalog.vectors.bad())
                # If the row of the model in use was lost, `index` chooses a model again.
                catalog.execute(
                    "DELETE FROM meta WHERE key = 'model' "
                    "AND CAST(value AS INTEGER) NOT IN (SELECT id FROM models)"
                )
                _write_words(catalog, locate)
                catalog.texts.index()
            catalog.compact()
    finally:
        damaged.close()
    aside = path.with_name(f"catalogo.danneggiato-{datetime.now():%Y%m%d-%H%M%S}.sqlite3")
    # The old log is moved first: otherwise SQLite would apply it to the new file.
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
    """Copy the readable rows of a table, and return their number."""
    columns = [row[1] for row in catalog.rows(f"PRAGMA table_info({table})")]
    names, marks = ", ".join(columns), ", ".join("?" * len(columns))
    before = catalog.number(f"SELECT count(*) FROM {table}")
    # Rows whose references are lost are deleted later, by `drop_misfits`.
    catalog.connection.execute("PRAGMA foreign_keys = OFF")
    with catalog.transaction():
        catalog.connection.executemany(
            f"INSERT OR IGNORE INTO {table}({names}) VALUES ({marks})",
            (row[1:] for row in _readable_rows(damaged, f"SELECT rowid, {names} FROM {table}")),
        )
    return catalog.number(f"SELECT count(*) FROM {table}") - before


def _readable_rows(damaged: sqlite3.Connection, select: str) -> Iterator[tuple]:  # type: ignore[type-arg]
    """Yield every row that can be read. select: a query whose first column is the rowid."""
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
