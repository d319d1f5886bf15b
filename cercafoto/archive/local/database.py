"""Open the SQLite file, run queries and transactions, and turn errors of SQLite and of the disk
into messages that say what to do."""

from __future__ import annotations

import errno
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self

from cercafoto.archive.local import checksums, migrations
from cercafoto.archive.local.dialect import SQLITE
from cercafoto.archive.queries.query_engine import Queries
from cercafoto.base.os_reasons import os_error_in_italian
from cercafoto.base.paths import printable
from cercafoto.errors import ArchiveBusyError, ArchiveError, DiskFullError
from cercafoto.settings import usual_archive

# Bytes of a page in a new catalogue. Vectors of 512 numbers fill pages of 8 KiB to 88 %, pages of
# 4 KiB (SQLite's default) to 76 %: 1,551 bytes per photo instead of 1,744.
PAGE = 8192


class TrialArchiveError(ArchiveError):
    """The tables are of a version that was never released."""


class Database:
    """An open catalogue file, for one thread at a time. `close` it, or use it in a with block."""

    dialect = SQLITE

    def __init__(self, connection: sqlite3.Connection, path: Path) -> None:
        self.connection = connection
        # For writing: call within `transaction`, which translates errors.
        self.execute, self.executemany = connection.execute, connection.executemany
        self.path = path
        self._identity = _identity(path)
        self._inode = path.stat().st_ino

    # -- opening -------------------------------------------------------------------------------

    @classmethod
    def create(cls, path: Path) -> Self:
        """Open a catalogue for writing. Make the file if there is none, and migrate its tables.

        Raises ArchiveError (newer version, damaged, read-only), TrialArchiveError, DiskFullError.
        """
        with translated(path):
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            fresh = not (path.exists() and path.stat().st_size)
            if fresh:
                path.touch(0o600)  # SQLite gives its log the same permissions
            connection = sqlite3.connect(path, timeout=30, isolation_level=None)
            try:
                if not fresh:
                    _refuse_others(connection, path)
                else:
                    connection.execute(f"PRAGMA page_size={PAGE}")
                connection.execute("PRAGMA journal_mode=WAL")
                # FULL: a power cut must not undo batches that were reported as written.
                connection.execute("PRAGMA synchronous=FULL")
                connection.execute("PRAGMA foreign_keys=ON")
                # The triggers call functions defined here, which some builds of SQLite forbid.
                connection.execute("PRAGMA trusted_schema=ON")
                checksums.register(connection)
                if migrations.version(connection) < migrations.latest():
                    migrations.apply(connection)
            except BaseException:
                connection.close()
                raise
        return cls(connection, path)

    @classmethod
    def open(cls, path: Path, shared: bool = False) -> Self:
        """Open a catalogue for reading, without changing the file; works on a read-only disk too.

        shared: whether several threads will use the connection, one at a time.

        Raises ArchiveError if there is no catalogue, if it has another version, or cannot be read;
        TrialArchiveError.
        """
        if not path.exists():
            raise _no_archive(path)
        with translated(path):
            # query_only instead of mode=ro: a reader of a WAL database must be able to make the
            # shared-memory file. If the disk forbids it and there is no log, nobody can be writing,
            # and immutable is right. With a log it would miss the changes in the log.
            uri = path.as_uri()
            try:
                connection = sqlite3.connect(
                    uri + "?mode=rw", uri=True, timeout=30, check_same_thread=not shared
                )
                migrations.version(connection)
            except sqlite3.OperationalError as error:
                _refuse_log(path, error)
                connection = sqlite3.connect(
                    uri + "?immutable=1", uri=True, check_same_thread=not shared
                )
            connection.isolation_level = None
            checksums.register(connection)
            try:
                connection.execute("PRAGMA query_only=ON")
                _refuse_others(connection, path)
                if migrations.version(connection) == 0:  # interrupted while it was made
                    raise _no_archive(path)
                if migrations.version(connection) < migrations.latest():
                    raise ArchiveError(
                        f"L'archivio {path} è di una versione precedente di cercafoto.",
                        "Esegui «cercafoto index» per aggiornarlo: foto ed etichette restano.",
                    )
            except BaseException:
                connection.close()
                raise
        return cls(connection, path)

    @property
    def is_replaced(self) -> bool:
        """Whether the file was replaced or deleted after it was opened."""
        return _identity(self.path) != self._identity

    def close(self) -> None:
        self.connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Write all changes of the block, or none if it raises. After the block the changes are on
        the disk. Raises ArchiveError, DiskFullError."""
        with translated(self.path):
            self._refuse_moved()
            self.connection.execute("BEGIN IMMEDIATE")
            try:
                # It begins with the time in microseconds, so that it grows even if it gets lost.
                self.execute(
                    "INSERT INTO meta(key, value) VALUES ('changes', ?) "
                    "ON CONFLICT(key) DO UPDATE SET value = value + 1",
                    (str(time.time_ns() // 1000),),
                )
                yield
                self.connection.execute("COMMIT")
            except BaseException:
                if self.connection.in_transaction:
                    self.connection.execute("ROLLBACK")
                raise

    def _refuse_moved(self) -> None:
        """Raise ArchiveError if the file was moved or deleted, or its disk was unplugged. SQLite
        does not notice this, and keeps writing to the deleted file."""
        try:
            same = self.path.stat().st_ino == self._inode
        except FileNotFoundError:
            same = False
        if not same:
            raise ArchiveError(
                f"L'archivio {self.path} non è più al suo posto: qualcuno l'ha spostato, oppure "
                "il disco è stato scollegato.",
                "Rimettilo dov'era e rilancia lo stesso comando.",
            )

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """Within the block, queries see the catalogue as it was at the first of them, whatever
        another process writes. Changes made within the block are undone."""
        self.connection.execute("BEGIN")
        try:
            yield
        finally:
            self.connection.execute("ROLLBACK")

    # -- queries, see `query_engine.Engine` ----------------------------------------------------

    def row(self, sql: str, *values: object) -> Any:
        with translated(self.path):
            return self.connection.execute(sql, values).fetchone()

    def number(self, sql: str, *values: object) -> int:
        return int(self.row(sql, *values)[0])

    def changes(self) -> list[int]:
        return [
            int(value) for (value,) in self.rows("SELECT value FROM meta WHERE key = 'changes'")
        ]

    def rows(self, sql: str, *values: object) -> list[Any]:
        with translated(self.path):
            return self.connection.execute(sql, values).fetchall()

    def each(self, sql: str, *values: object) -> Iterator[Any]:
        with translated(self.path):
            yield from self.connection.execute(sql, values)

    def shown(self, path: bytes) -> bytes:
        return path

    def stored(self, path: bytes) -> bytes:
        return path

    def source_of(self, path: bytes) -> str:
        return ""

    def damaged(self) -> ArchiveError:
        return damaged_rows(self.path)


class Part(Queries):
    """Base of the parts of a catalogue, each with queries and changes. Queries raise ArchiveError.

    A part knows the file, and no other part except those that it is given.
    """

    def __init__(self, db: Database) -> None:
        super().__init__(db)
        self._db = db


def now() -> str:
    """Return the present time, UTC, as ISO 8601 to the second."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_dev, status.st_ino


def _refuse_log(path: Path, error: sqlite3.OperationalError) -> None:
    """Raise `error` if the file is in use, or ArchiveError if its log cannot be read here."""
    if "locked" in str(error) or "busy" in str(error):
        raise error
    for end in ("-wal", "-journal"):
        log = path.with_name(path.name + end)
        if log.exists() and log.stat().st_size:
            raise ArchiveError(
                f"L'archivio {path} ha modifiche che stanno ancora in {log.name}, e qui non si "
                "possono leggere: il disco è di sola lettura, o mancano i permessi.",
                "Apri l'archivio una volta da dove ci si può scrivere, per esempio con «cercafoto "
                "stato», oppure copia la sua cartella altrove e indicala con --archivio.",
            ) from error


def _refuse_others(connection: sqlite3.Connection, path: Path) -> None:
    """Raise ArchiveError if a newer version made the tables, or one that was never released."""
    version = migrations.version(connection)
    if version > migrations.latest():
        raise ArchiveError(
            f"L'archivio {path} è stato creato da una versione più recente di cercafoto.",
            "Aggiorna cercafoto, oppure usa un altro archivio con --archivio.",
        )
    if 0 < version < migrations.FIRST:
        raise TrialArchiveError(
            f"L'archivio {path} è di una versione di prova di cercafoto, che questa non usa più.",
            "«cercafoto controlla --ripara» ne fa uno nuovo, in cui restano foto, analisi, testi, "
            "etichette, raccolte e volti; il vecchio catalogo resta accanto. Poi esegui «cercafoto "
            "index».",
        )


@contextmanager
def translated(path: Path) -> Iterator[None]:
    """Raise errors of SQLite and of the disk within the block as ArchiveError or its subclasses.
    Other kinds of OSError pass unchanged. path: a file of the archive, for the messages."""
    try:
        yield
    except sqlite3.OperationalError as error:
        text = str(error)
        if "disk is full" in text:
            raise disk_full(path) from error
        if "locked" in text or "busy" in text:
            raise ArchiveBusyError(
                f"L'archivio {path} è occupato da un altro programma.",
                "Riprova tra poco, oppure usa --aspetta.",
            ) from error
        if "readonly" in text or "unable to open" in text:
            why = "è di sola lettura" if "readonly" in text else "il file non si apre"
            raise _unwritable(path, why) from error
        # The first comes from `checksums.checked`, the second from a text that is not UTF-8.
        if "user-defined function" in text or "Could not decode" in text:
            raise damaged_rows(path) from error
        if "disk I/O" in text:
            raise ArchiveError(
                f"Il disco che contiene l'archivio {path.parent} non risponde.",
                "Controlla che sia collegato e rilancia lo stesso comando; se succede ancora, "
                "«cercafoto controlla --ripara» dice se l'archivio ne ha sofferto.",
            ) from error
        raise ArchiveError(f"L'archivio {path} non si può usare ({text}).", _REBUILD) from error
    # UnicodeDecodeError: the message of SQLite, which quotes damaged data, is not UTF-8.
    except (sqlite3.DatabaseError, UnicodeDecodeError) as error:
        raise ArchiveError(f"L'archivio {path} è danneggiato.", _REBUILD) from error
    except OSError as error:
        if error.errno in {errno.ENOSPC, errno.EDQUOT}:
            raise disk_full(path) from error
        if error.errno in {errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOTDIR, errno.EEXIST}:
            raise _unwritable(path, os_error_in_italian(error, "scrivere")) from error
        raise


def damaged_rows(path: Path) -> ArchiveError:
    return ArchiveError(
        f"Nell'archivio {path} ci sono dati danneggiati, che non vengono mostrati.",
        "Le foto non sono state toccate. Esegui «cercafoto controlla --ripara», poi «cercafoto "
        "index» per rifarli.",
    )


_REBUILD = (
    "Le foto non sono state toccate. «cercafoto controlla --ripara» salva quello che si legge "
    "ancora; se non ci riesce, rimetti una copia di riserva, oppure sposta da parte la cartella "
    "dell'archivio e ricomincia con «cercafoto index CARTELLA»."
)


def _no_archive(path: Path) -> ArchiveError:
    if path.parent.is_file():
        return ArchiveError(
            f"L'archivio è una cartella, e {printable(path.parent)} è un file.",
            "Indica la cartella con --archivio, o lascia quella di norma.",
        )
    hint = "Prima aggiungi le tue foto: cercafoto index CARTELLA"
    if path.parent != usual_archive() and not path.parent.exists():
        hint += "\nSe l'archivio è su un disco esterno, collegalo."
    return ArchiveError(f"L'archivio in {path.parent} non esiste ancora.", hint)


def disk_full(path: Path) -> DiskFullError:
    return DiskFullError(
        f"Il disco che contiene {path.parent} è pieno.",
        "Libera spazio e rilancia lo stesso comando: riprende da dove era arrivato.",
    )


def _unwritable(path: Path, why: str) -> ArchiveError:
    return ArchiveError(
        f"Non si può scrivere nell'archivio {path.parent} ({why}).",
        "Controlla i permessi della cartella, oppure scegli un altro archivio con --archivio.",
    )
