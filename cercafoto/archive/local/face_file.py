"""Open, check and erase the file of faces, `volti.db`.

The file exists only after the person asked for it. Deleted bytes are overwritten. No row with a
wrong checksum is returned (`face_tables.py`).
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, Self

from cercafoto.archive.local import checksums, face_tables
from cercafoto.archive.local.checked_file import is_checked, note_checked
from cercafoto.archive.local.damaged_file import files_of
from cercafoto.archive.local.database import translated
from cercafoto.archive.local.face_tables import VERSION
from cercafoto.base.atomic_file import erase
from cercafoto.base.file_stamp import stamp_of
from cercafoto.errors import ArchiveError

UNFINISHED = ".nuovo"  # end of the name of a file that is being made


class OlderFacesError(ArchiveError):
    """The file of faces is of an earlier version, which cannot be read any more."""


class FaceFile:
    """The open file. Close it, or use it in a with block. Methods raise ArchiveError."""

    def __init__(self, connection: sqlite3.Connection, path: Path) -> None:
        self.connection, self.path = connection, path
        self._is_verified = False

    @classmethod
    def create(cls, path: Path) -> Self:
        """Open the file, and make it if there is none; only its owner may read it."""
        if not os.path.lexists(path):
            fresh = path.with_name(f"{path.name}{UNFINISHED}")
            with faces_translated(path):
                path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                erase_database(fresh)
                fresh.touch(0o600)  # SQLite gives its journal the same permissions
                with closing(sqlite3.connect(fresh, isolation_level=None)) as connection:
                    connection.execute("PRAGMA synchronous=FULL")
                    face_tables.make(connection)
                fresh.replace(path)
        return cls.open(path)

    @classmethod
    def open(cls, path: Path, *, check_again: bool = False) -> Self:
        """Open the file, after a check of its pages if it has changed, or once a day.

        check_again: check them in any case.

        Raises ArchiveError if there is none, or it is damaged; OlderFacesError;
        ArchiveError if a newer version wrote it."""
        if not os.path.lexists(path):
            raise ArchiveError(
                "In questo archivio i volti non sono attivi.",
                "Per trovarli: cercafoto persone attiva",
            )
        if not path.is_file():
            raise damaged(path)
        with faces_translated(path):
            connection = sqlite3.connect(path, timeout=30, isolation_level=None)
            try:
                connection.execute("PRAGMA secure_delete=ON")
                connection.execute("PRAGMA foreign_keys=ON")
                connection.execute("PRAGMA synchronous=FULL")
                connection.execute("PRAGMA temp_store=MEMORY")
                # The triggers call functions defined here, which some builds of SQLite forbid.
                connection.execute("PRAGMA trusted_schema=ON")
                checksums.register(connection)
                (version,) = connection.execute("PRAGMA user_version").fetchone()
                _refuse_other(version, path)
                if version < VERSION:
                    face_tables.upgrade(connection)
                if check_again or not is_checked(path):
                    face_tables.check_file(connection)
                    note_checked(path)
            except BaseException:
                connection.close()
                raise
        return cls(connection, path)

    def close(self) -> None:
        self.connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Write all changes of the block, or none if it raises."""
        with faces_translated(self.path):
            self.connection.execute("BEGIN IMMEDIATE")
            try:
                yield
                self.connection.execute("COMMIT")
            except BaseException:
                self.connection.execute("ROLLBACK")
                raise

    def _rows(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        with faces_translated(self.path):
            return self.connection.execute(sql, values).fetchall()

    def sound_rows(
        self, columns: str, source: str, checked: Mapping[str, str], *values: object
    ) -> list[tuple[Any, ...]]:
        """Return the columns of rows. Raises ArchiveError if a checksum is wrong.

        source: the SQL from FROM on.
        checked: alias in `source` -> table.
        """
        is_sound = " AND ".join(face_tables.sound(name, row) for row, name in checked.items())
        rows = self._rows(f"SELECT {is_sound}, {columns} FROM {source}", *values)
        if not all(row[0] for row in rows):
            raise damaged(self.path)
        return [row[1:] for row in rows]

    def state(self) -> tuple[int, ...]:
        """Return numbers that change with each transaction that writes. Raises ArchiveError."""
        with faces_translated(self.path), self.path.open("rb") as file:
            header = file.read(28)  # the last four bytes count transactions
            return *stamp_of(os.fstat(file.fileno())), int.from_bytes(header[24:])

    def count(self, table: str) -> int:
        """Return how many rows a table has."""
        return int(self._rows(f"SELECT count(*) FROM {table}")[0][0])

    def verify(self) -> None:
        """Raise ArchiveError if any row is damaged."""
        with faces_translated(self.path):
            face_tables.check_rows(self.connection)
        self._is_verified = True


def _refuse_other(version: int, path: Path) -> None:
    """Raise the error for a file of another version."""
    if 0 < version < VERSION - 1:
        raise OlderFacesError(
            f"I volti in {path} sono di una versione precedente di cercafoto.",
            "Per ricominciare: cercafoto persone attiva. I nomi e le risposte dati ai volti si "
            "perdono; le foto si guardano di nuovo.",
        )
    if version > VERSION:
        raise ArchiveError(
            f"I volti in {path} sono stati scritti da una versione più recente di cercafoto.",
            "Aggiorna cercafoto.",
        )
    if version < VERSION - 1:
        raise sqlite3.DatabaseError(f"version {version}")


def forget_all(path: Path) -> None:
    """Overwrite and delete the file of faces, even a damaged one, and its copies set aside. Links
    are deleted, not followed. Raises ArchiveError."""
    with faces_translated(path):
        if path.is_dir() and not path.is_symlink():
            raise ArchiveError(
                f"{path} è una cartella, che non ha fatto cercafoto.", "Spostala o cancellala tu."
            )
        for file in filter(os.path.lexists, (path, *copies(path))):
            erase(file)


def unlink_links(path: Path) -> None:
    """Delete links in the place of the file of faces and of the files beside it. Raises
    ArchiveError."""
    with faces_translated(path):
        for file in filter(os.path.islink, (path, *copies(path))):
            os.unlink(file)


def copies(path: Path) -> list[Path]:
    """Return the files beside the file of faces that may hold the same: its log and journal, and
    damaged files that were set aside."""
    return sorted(path.parent.glob(f"{path.name}[-.]*"))


def erase_database(path: Path) -> None:
    """Overwrite and delete a file of faces that is not in use, if it is there."""
    for file in files_of(path):
        if os.path.lexists(file):
            erase(file)


def damaged(path: Path) -> ArchiveError:
    """Return the error for a damaged file of faces."""
    return ArchiveError(
        f"Il file dei volti {path} è danneggiato.",
        "«cercafoto controlla --ripara» salva quello che si legge ancora. Se non ci riesce, "
        "rimetti una tua copia, se ne hai una; oppure cancellalo con «cercafoto persone dimentica "
        "--tutto --conferma», e ricomincia con «cercafoto persone attiva».",
    )


@contextmanager
def faces_translated(path: Path) -> Iterator[None]:
    """Raise errors as `translated` does, with other words for a damaged file."""
    try:
        with translated(path):
            yield
    except ArchiveError as error:
        cause = error.__cause__
        is_damage = type(cause) in (sqlite3.DatabaseError, UnicodeDecodeError) or any(
            sign in str(cause) for sign in ("user-defined function", "Could not decode")
        )
        if not is_damage:
            raise
        raise damaged(path) from cause
