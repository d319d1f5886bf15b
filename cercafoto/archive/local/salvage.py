"""Copy what can be read of a damaged catalogue into a new one. The damaged file is kept.

A catalogue of a version that was never released is copied the same way.

A damaged page costs only the rows on it, see `damaged_file.py`. `index` reads and computes again
what is lost, except what the person gave by hand.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from cercafoto.archive.local import checksums, migrations
from cercafoto.archive.local.catalog import Catalog
from cercafoto.archive.local.damaged_file import (
    DamagedFile,
    definitions,
    files_of,
    lost_rows,
    set_aside,
)
from cercafoto.archive.local.database import PAGE, TrialArchiveError, now, translated
from cercafoto.archive.local.own_files import UNFINISHED
from cercafoto.archive.records import Locate
from cercafoto.archive.tables import TABLES
from cercafoto.errors import ArchiveError
from cercafoto.photos.sources import BY_HAND

_SAVED = [table.name for table in TABLES if table.saved]
# Without any of these rows nothing is worth keeping.
_WORTH_KEEPING = [table.name for table in TABLES if table.given] + ["photos", "contents"]


@dataclass(frozen=True)
class Salvaged:
    """The result of `salvage`.

    aside: where the damaged file is now.
    rows: table -> number of rows that were saved.
    lost: table -> number of rows that were not, None if unknown. Tables that were saved whole are
        left out.
    """

    aside: Path
    rows: dict[str, int]
    lost: dict[str, int | None]


def damage_in(path: Path) -> list[str]:
    """Return messages about damage to the catalogue at `path`; [] if it is sound. Raises
    ArchiveError if there is none, or it cannot be read for another reason, TrialArchiveError."""
    try:
        with Catalog.open(path) as catalog:
            return catalog.integrity.damage()
    except TrialArchiveError:
        raise
    except ArchiveError as error:
        if type(error.__cause__) is sqlite3.DatabaseError or _has_wrong_version(path):
            return [error.message]
        raise


def tables_named(path: Path, damage: Sequence[str]) -> list[str]:
    """Return the tables that messages of `damage_in` name, by themselves, by an index or by their
    first page, in the order of TABLES; [] if the file does not say which tables these are."""
    rows = list[tuple[str, str, int]]()
    with suppress(sqlite3.Error), closing(sqlite3.connect(path)) as db:
        rows = db.execute("SELECT tbl_name, name, rootpage FROM sqlite_master").fetchall()
    told = " ".join(damage).replace(str(path), "")  # a folder may be called as a table is
    words = {*re.findall(r"\w+", told)}
    pages = {int(page) for page in re.findall(r"\bTree (\d+)", told)}
    hit = {table for table, name, page in rows if name in words or (page and page in pages)}
    return [table.name for table in TABLES if table.name in hit]


def _has_wrong_version(path: Path) -> bool:
    """Whether only the number of a catalogue's version is wrong."""
    if not path.exists():
        return False
    with (
        suppress(sqlite3.Error),
        closing(sqlite3.connect(path)) as db,
        closing(sqlite3.connect(":memory:", isolation_level=None)) as new,
    ):
        checksums.register(new)
        migrations.apply(new)
        return migrations.schema_checksum(db) == migrations.schema_checksum(new)
    return False


def salvage(path: Path, locate: Locate, of_trial: bool = False) -> Salvaged:
    """Replace the damaged catalogue at `path` with a new one that has all readable rows which fit
    together.

    locate: finds places.
    of_trial: the catalogue is not damaged, but of a version that was never released.

    Raises ArchiveError if nothing can be read that `index` could not make again, DiskFullError.
    """
    fresh = path.with_name(UNFINISHED)
    for leftover in files_of(fresh):
        leftover.unlink(missing_ok=True)
    with Catalog.create(fresh) as catalog:
        made = definitions(catalog.connection, _SAVED)
        with translated(path):
            scratch = fresh.with_name(f"{UNFINISHED}.copia")
            damaged = DamagedFile(path, made, scratch, PAGE, of_trial)
        with closing(damaged):
            before = {table: damaged.count(table) for table in _SAVED}
            for table in _SAVED:
                _copy(damaged, catalog, table)
            if not any(_number(catalog, table) for table in _WORTH_KEEPING):
                raise _beyond(path)
            with catalog.transaction():
                _copy_from_indexes(damaged, catalog)
            broken = damaged.broken
        with catalog.transaction():
            catalog.damaged_rows.drop_misfits()
            catalog.vectors.drop(catalog.vectors.bad())
            rows = {table: _number(catalog, table) for table in _SAVED}
            lost = dict(lost_rows(before, rows, broken))
            if not lost.keys().isdisjoint(("label_actions", "label_changes")):
                catalog.label_history.forget()  # it would undo actions only in part
            if not lost.keys().isdisjoint(("moments", "vectors")):
                catalog.vectors.drop_videos()  # some may lack frames
            _write_words(catalog, locate)
            catalog.texts.index()
        catalog.compact()
    why = "vecchio" if of_trial else "danneggiato"
    aside = path.with_name(f"catalogo.{why}-{datetime.now():%Y%m%d-%H%M%S}.sqlite3")
    set_aside(path, aside)
    fresh.replace(path)
    return Salvaged(aside, rows, lost)


def _beyond(path: Path) -> ArchiveError:
    return ArchiveError(
        f"L'archivio {path} è troppo danneggiato: non se ne legge nessuna foto.",
        "Rimetti una copia di riserva, oppure sposta da parte la cartella dell'archivio e "
        "ricomincia con «cercafoto index CARTELLA». Le foto non sono state toccate.",
    )


def _number(catalog: Catalog, table: str) -> int:
    return catalog.number(f"SELECT count(*) FROM {table}")


def _copy(damaged: DamagedFile, catalog: Catalog, table: str) -> None:
    """Copy the readable rows of a table."""
    columns = damaged.columns(table)
    if not columns:
        return
    names, marks = ", ".join(columns), ", ".join("?" * len(columns))
    # Rows whose references are lost are deleted later, by `drop_misfits`.
    catalog.connection.execute("PRAGMA foreign_keys = OFF")
    with catalog.transaction():
        catalog.connection.executemany(
            f"INSERT OR IGNORE INTO {table}({names}) VALUES ({marks})",
            (row[1:] for row in damaged.rows(table)),
        )


def _copy_from_indexes(damaged: DamagedFile, catalog: Catalog) -> None:
    """Add what only an index still has: contents, without which labels would be lost, and labels
    given by hand."""
    missing = [
        (content, digest)
        for digest, content in damaged.from_index("contents", ("digest",), rowid=True)
        if not catalog.row("SELECT 1 FROM contents WHERE id = ?", content)
    ]
    catalog.executemany(
        "INSERT OR IGNORE INTO contents(id, digest, width, height, orientation) "
        "VALUES (?, ?, 0, 0, 1)",
        missing,
    )
    photos = [
        photo
        for content, _ in missing
        for (photo,) in catalog.rows("SELECT id FROM photos WHERE content_id = ?", content)
    ]
    catalog.intake.read_again(photos)
    columns = ("content_id", "label", "label_file")
    catalog.executemany(
        "INSERT OR IGNORE INTO tags(content_id, label, label_file, score, confidence, tagged_at) "
        "VALUES (?, ?, ?, 1.0, 1.0, ?)",
        ((*row, now()) for row in damaged.from_index("tags", columns) if row[2] == BY_HAND),
    )


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
