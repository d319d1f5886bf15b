"""Copy what can be read of a damaged file of faces into a new one. The damaged file is kept.

Names given by hand cannot be computed again, so a name is kept as it reads now, and a face that
has a name even without its vector. `persone attiva` looks again at the photos of other lost faces.
"""

from __future__ import annotations

import os
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from cercafoto.archive.local.damaged_file import DamagedFile, definitions, lost_rows, set_aside
from cercafoto.archive.local.face_file import UNFINISHED, OlderFacesError, erase_database
from cercafoto.archive.local.face_store import FaceStore
from cercafoto.archive.local.face_tables import FACE_TABLES, NEW, sound
from cercafoto.base.paths import printable
from cercafoto.errors import ArchiveBusyError, ArchiveError


@dataclass(frozen=True)
class SalvagedFaces:
    """The result of `salvage_faces`.

    aside: where the damaged file is now.
    rows: table -> number of rows that were saved.
    lost: table -> number of rows that were not, None if unknown. Tables that were saved whole are
        left out.
    doubtful: names in damaged rows, as they read now.
    """

    aside: Path
    rows: dict[str, int]
    lost: dict[str, int | None]
    doubtful: tuple[str, ...]


def problem_with(path: Path) -> ArchiveError | None:
    """Return why the file of faces cannot be used, None if it is sound or there is none."""
    if not os.path.lexists(path):
        return None
    try:
        with FaceStore.open(path, check_again=True) as store:
            store.table()  # compares every row with its checksum
    except ArchiveBusyError:
        raise
    except ArchiveError as error:
        return error
    return None


def can_be_salvaged(problem: ArchiveError) -> bool:
    """Whether a problem is damage, not another version or a missing permission."""
    return not isinstance(problem, OlderFacesError) and "controlla --ripara" in problem.hint


def salvage_faces(path: Path) -> SalvagedFaces | None:
    """Replace the damaged file of faces with a new one that has all sound rows. Return None, and
    change nothing, if no row can be read. Raises ArchiveError, DiskFullError."""
    if not path.is_file():
        return None
    fresh = path.with_name(f"{path.name}{UNFINISHED}")
    scratch = fresh.with_name(f"{fresh.name}.copia")
    for leftover in (fresh, scratch):
        erase_database(leftover)
    try:
        with FaceStore.create(fresh) as store:
            tables = [table.name for table in FACE_TABLES]
            made = definitions(store.connection, tables)
            (page_size,) = store.connection.execute("PRAGMA page_size").fetchone()
            with closing(DamagedFile(path, made, scratch, page_size)) as damaged:
                before = {name: damaged.count(name) for name in tables}
                doubtful = _Copier(store, damaged).copy()
                broken = damaged.broken
            rows = {name: store.count(name) for name in tables}
        if not any(rows.values()):
            return None
        lost = dict(lost_rows(before, rows, broken))
        aside = path.with_name(f"{path.name}.danneggiato-{datetime.now():%Y%m%d-%H%M%S}")
        set_aside(path, aside)
        fresh.replace(path)
    finally:
        for leftover in (fresh, scratch):
            erase_database(leftover)
    return SalvagedFaces(aside, rows, lost, doubtful)


class _Copier:
    """Copies the rows of a damaged file into a new one."""

    def __init__(self, store: FaceStore, damaged: DamagedFile) -> None:
        self._store, self._damaged = store, damaged
        self._db = store.connection

    def copy(self) -> tuple[str, ...]:
        """Copy what is sound. Return the names in damaged rows, which are kept as they read."""
        self._db.execute("PRAGMA foreign_keys=OFF")
        with self._store.transaction():
            for table in FACE_TABLES:
                columns = [row[1] for row in self._db.execute(f"PRAGMA table_info({table.name})")]
                marks = ", ".join("?" * len(columns))
                self._db.executemany(
                    f"INSERT OR IGNORE INTO {table.name}({', '.join(columns)}) VALUES ({marks})",
                    (row[1:] for row in self._damaged.rows(table.name)),
                )
            self._keep_whole_history()
            doubtful = self._keep_names()
            again = self._lost_faces()
            for name in ("photos", "faces", "vectors", "guesses", "refused", "editions"):
                self._db.execute(f"DELETE FROM {name} WHERE NOT {sound(name)}")
            self._drop_orphans(again)
        return doubtful

    def _keep_names(self) -> tuple[str, ...]:
        """Write the checksums of damaged names that are still names, and return these names."""
        rows = self._db.execute(f"SELECT id, name FROM people WHERE NOT {sound('people')}")
        damaged = rows.fetchall()
        for person, name in damaged:
            self._db.execute("DELETE FROM people WHERE id = ?", (person,))
            if isinstance(name, str) and any(map(str.isalpha, name)):
                self._db.execute(
                    "INSERT OR IGNORE INTO people(id, name) VALUES (?, ?)",
                    (person, printable(name)),
                )
        return tuple(printable(name) for _, name in damaged if isinstance(name, str))

    def _keep_whole_history(self) -> None:
        """Delete all actions that could be undone, unless all that people gave is sound: half an
        action cannot be undone."""
        tables = [table.name for table in FACE_TABLES if table.given]
        unsound = [
            self._db.execute(f"SELECT 1 FROM {name} WHERE NOT {sound(name)}").fetchone()
            for name in tables
        ]
        if any(unsound) or self._damaged.broken.intersection(tables):
            self._db.execute("DELETE FROM changes")
            self._db.execute("DELETE FROM actions")

    def _lost_faces(self) -> set[bytes]:
        """Return the contents of faces that are damaged, or of which only an index is left."""
        there = {face for (face,) in self._db.execute("SELECT id FROM faces")}
        indexed = self._damaged.from_index("faces", ("digest",), rowid=True)
        lost = {digest for digest, face in indexed if face not in there}
        damaged = self._db.execute(f"SELECT digest FROM faces WHERE NOT {sound('faces')}")
        return lost.union(digest for (digest,) in damaged)

    def _drop_orphans(self, again: set[bytes]) -> None:
        """Delete rows whose face or person is gone, and the photos that must be looked at again.
        again: contents with lost faces."""
        without = "id NOT IN (SELECT face FROM vectors)"
        unnamed = f"said = {NEW} AND {without}"
        again |= {d for (d,) in self._db.execute(f"SELECT digest FROM faces WHERE {unnamed}")}
        self._db.execute(f"DELETE FROM faces WHERE {unnamed}")
        gone = "person NOT IN (SELECT id FROM people)"
        self._db.execute(f"UPDATE faces SET said = {NEW}, person = NULL WHERE {gone}")
        self._db.execute(f"UPDATE guesses SET known = {NEW}, person = NULL, sure = 0 WHERE {gone}")
        self._db.execute(f"DELETE FROM refused WHERE {gone}")
        # Somebody has said something about these photos: they keep the faces that are left.
        self._db.executemany(
            "DELETE FROM photos WHERE digest = ?1 AND NOT EXISTS "
            f"(SELECT 1 FROM faces WHERE digest = ?1 AND said <> {NEW})",
            ((digest,) for digest in again),
        )
        self._db.execute(
            "DELETE FROM faces WHERE said = ? AND digest NOT IN (SELECT digest FROM photos)",
            (NEW,),
        )
        self._db.execute(
            "INSERT OR IGNORE INTO photos(digest) SELECT digest FROM faces "
            "WHERE digest NOT IN (SELECT digest FROM photos)"
        )
        for name in ("vectors", "guesses", "refused", "changes"):
            self._db.execute(f"DELETE FROM {name} WHERE face NOT IN (SELECT id FROM faces)")
        self._db.execute("DELETE FROM editions WHERE photo NOT IN (SELECT id FROM photos)")
        self._db.execute("DELETE FROM changes WHERE action NOT IN (SELECT id FROM actions)")
