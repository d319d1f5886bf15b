"""The catalogue: one SQLite file that is the truth about photos, vectors and tags.

A photo is a path; what it shows is a *content*, known by the SHA-256 of the file. Vectors and tags
belong to the content, so a moved file keeps them and a copy shares them. Every batch is written in
one transaction; whatever is not in here can be rebuilt from here.

sqlite-utils makes and migrates the tables. Reading goes through plain sqlite3, because importing
sqlite-utils costs more than a whole query.
"""

from __future__ import annotations

import errno
import os
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from cercafoto import migrations
from cercafoto.errors import ArchiveBusyError, ArchiveError, DiskFullError

Floats = NDArray[np.float32]
OK, MISSING, PROBLEM = "ok", "missing", "problem"


@dataclass(frozen=True)
class Known:
    """What the catalogue remembers of a path, to tell a changed file from an unchanged one."""

    photo_id: int
    size: int
    mtime_ns: int
    state: str
    content_id: int | None
    problem: str | None


@dataclass(frozen=True)
class Indexed:
    """One file read by an indexing run, ready to be written.

    vector: float32 [D], or None where the content already had one. problem: why the file could
    not be read; then digest is None.
    """

    path: bytes
    size: int
    mtime_ns: int
    digest: bytes | None = None
    width: int = 0
    height: int = 0
    orientation: int = 1
    taken_at: str | None = None
    vector: Floats | None = None
    problem: str | None = None


@dataclass(frozen=True)
class Row:
    """A visible photo, as search and tag need it."""

    photo_id: int
    content_id: int
    path: bytes
    width: int
    height: int
    taken_at: str | None
    tags: tuple[str, ...] = ()


@dataclass(frozen=True)
class Counts:
    photos: int
    contents: int
    missing: int
    problems: int
    vectors: int
    tags: int


class Catalog:
    """An open catalogue. Not shared between threads; `close` it, or use it in a with block."""

    def __init__(self, connection: sqlite3.Connection, path: Path) -> None:
        self._db = connection
        self.path = path

    # -- opening -------------------------------------------------------------------------------

    @classmethod
    def create(cls, path: Path) -> Catalog:
        """Open for writing, making the file and bringing its tables up to date.

        Raises ArchiveError (newer version, damaged, read-only) or DiskFullError.
        """
        with translated(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            fresh = not path.exists()
            connection = sqlite3.connect(path, timeout=30, isolation_level=None)
            try:
                if not fresh:
                    _refuse_newer(connection, path)
                connection.execute("PRAGMA journal_mode=WAL")
                # FULL: a power cut must not take back batches that were reported as done.
                connection.execute("PRAGMA synchronous=FULL")
                connection.execute("PRAGMA foreign_keys=ON")
                if migrations.version(connection) < migrations.LATEST:
                    migrations.apply(connection)
            except BaseException:
                connection.close()
                raise
        return cls(connection, path)

    @classmethod
    def open(cls, path: Path, shared: bool = False) -> Catalog:
        """Open for reading, changing nothing on disk; works on a read-only disk too.

        shared: several threads will use it, one at a time.
        Raises ArchiveError when there is no catalogue, or it cannot be read.
        """
        if not path.exists():
            raise ArchiveError(
                f"L'archivio in {path.parent} non esiste ancora.",
                "Indicizza prima le tue foto: cercafoto index CARTELLA",
            )
        with translated(path):
            # query_only rather than mode=ro: a reader of a WAL file must be able to make the
            # shared-memory file. On a disk that forbids it, and with no log to read, the file
            # cannot be changing: immutable.
            uri = path.as_uri()
            try:
                connection = sqlite3.connect(
                    uri + "?mode=rw", uri=True, timeout=30, check_same_thread=not shared
                )
                migrations.version(connection)
            except sqlite3.OperationalError:
                connection = sqlite3.connect(uri + "?immutable=1", uri=True)
            connection.isolation_level = None
            try:
                connection.execute("PRAGMA query_only=ON")
                _refuse_newer(connection, path)
                if migrations.version(connection) < migrations.LATEST:
                    raise ArchiveError(
                        f"L'archivio {path} è di una versione precedente di cercafoto.",
                        "Esegui «cercafoto index» per aggiornarlo: foto ed etichette restano.",
                    )
            except BaseException:
                connection.close()
                raise
        return cls(connection, path)

    def close(self) -> None:
        self._db.close()

    def __enter__(self) -> Catalog:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All of the block or nothing of it, on disk when the block ends."""
        with translated(self.path):
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._db.execute("COMMIT")
            except BaseException:
                if self._db.in_transaction:
                    self._db.execute("ROLLBACK")
                raise

    # -- settings of the archive ---------------------------------------------------------------

    def get(self, key: str) -> str | None:
        row = self._one("SELECT value FROM meta WHERE key = ?", key)
        return row[0] if row else None

    def put(self, key: str, value: str) -> None:
        self._db.execute(
            "INSERT INTO meta(key, value) VALUES (?, ?) "
            "ON CONFLICT(key) DO UPDATE SET value = excluded.value",
            (key, value),
        )

    @property
    def purges(self) -> int:
        """How many times vectors were deleted: the caches append until this changes."""
        return int(self.get("purges") or 0)

    def add_model(self, fingerprint: str, name: str, version: str, dimension: int) -> int:
        """The id of a model, added when it is new. Call inside a transaction."""
        self._db.execute(
            "INSERT OR IGNORE INTO models(fingerprint, name, version, dimension, added_at) "
            "VALUES (?, ?, ?, ?, ?)",
            (fingerprint, name, version, dimension, now()),
        )
        return int(self._one("SELECT id FROM models WHERE fingerprint = ?", fingerprint)[0])

    def model(self, model_id: int) -> tuple[str, str, int]:
        """(fingerprint, name, dimension) of a model in this archive."""
        fingerprint, name, dimension = self._one(
            "SELECT fingerprint, name, dimension FROM models WHERE id = ?", model_id
        )
        return fingerprint, name, dimension

    @property
    def active_model(self) -> int | None:
        """The model that searches use: the last one whose vectors were complete."""
        value = self.get("model")
        return int(value) if value else None

    # -- roots and runs ------------------------------------------------------------------------

    def roots(self) -> list[bytes]:
        return [row[0] for row in self._all("SELECT path FROM roots ORDER BY path")]

    def add_root(self, path: bytes) -> None:
        """Remember a folder; known roots that lie inside it become part of it."""
        for known in self.roots():
            if is_inside(known, path) and known != path:
                self._db.execute("DELETE FROM roots WHERE path = ?", (known,))
        self._db.execute("INSERT OR IGNORE INTO roots(path, added_at) VALUES (?, ?)", (path, now()))

    def start_run(self, kind: str, model_id: int) -> int:
        cursor = self._db.execute(
            "INSERT INTO runs(kind, model_id, started_at) VALUES (?, ?, ?)",
            (kind, model_id, now()),
        )
        return int(cursor.lastrowid or 0)

    def end_run(self, run_id: int, outcome: str, photos: int) -> None:
        self._db.execute(
            "UPDATE runs SET ended_at = ?, outcome = ?, photos = ? WHERE id = ?",
            (now(), outcome, photos, run_id),
        )

    # -- photos --------------------------------------------------------------------------------

    def known_under(self, folder: bytes) -> dict[bytes, Known]:
        """Every path that the catalogue knows at or under `folder`."""
        low, high = prefix_range(folder)
        rows = self._all(
            "SELECT path, id, size, mtime_ns, state, content_id, problem FROM photos "
            "WHERE path = ? OR (path >= ? AND path < ?)",
            folder,
            low,
            high,
        )
        return {row[0]: Known(*row[1:]) for row in rows}

    def knows(self, path: bytes) -> bool:
        """True when a photo is known at or under `path`."""
        low, high = prefix_range(path)
        row = self._one(
            "SELECT 1 FROM photos WHERE path = ? OR (path >= ? AND path < ?) LIMIT 1",
            path,
            low,
            high,
        )
        return row is not None

    def count_visible_under(self, folder: bytes) -> int:
        low, high = prefix_range(folder)
        return int(
            self._one(
                "SELECT count(*) FROM photos WHERE state = 'ok' AND path >= ? AND path < ?",
                low,
                high,
            )[0]
        )

    def has_vector(self, digest: bytes, model_id: int) -> bool:
        return (
            self._one(
                "SELECT 1 FROM contents JOIN vectors ON vectors.content_id = contents.id "
                "WHERE digest = ? AND model_id = ?",
                digest,
                model_id,
            )
            is not None
        )

    def contents_with_vector(self, model_id: int) -> set[int]:
        return {
            row[0]
            for row in self._all("SELECT content_id FROM vectors WHERE model_id = ?", model_id)
        }

    def lacking_vector(self, model_id: int) -> int:
        """How many visible contents the model has not embedded yet."""
        return int(
            self._one(
                "SELECT count(DISTINCT content_id) FROM photos WHERE state = 'ok' AND content_id "
                "NOT IN (SELECT content_id FROM vectors WHERE model_id = ?)",
                model_id,
            )[0]
        )

    def write(self, batch: Sequence[Indexed], model_id: int) -> list[int | None]:
        """Write one batch of files: photos, contents and vectors. Call inside a transaction.
        Returns the content of each, None for a problem."""
        written = []
        for item in batch:
            content_id = self._write_content(item, model_id) if item.digest else None
            state = PROBLEM if item.problem else OK
            self._db.execute(
                "INSERT INTO photos(path, size, mtime_ns, content_id, state, problem, seen_at) "
                "VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT(path) DO UPDATE SET "
                "size = excluded.size, mtime_ns = excluded.mtime_ns, state = excluded.state, "
                "content_id = excluded.content_id, problem = excluded.problem, "
                "seen_at = excluded.seen_at",
                (item.path, item.size, item.mtime_ns, content_id, state, item.problem, now()),
            )
            written.append(content_id)
        return written

    def _write_content(self, item: Indexed, model_id: int) -> int:
        self._db.execute(
            "INSERT OR IGNORE INTO contents(digest, width, height, orientation, taken_at) "
            "VALUES (?, ?, ?, ?, ?)",
            (item.digest, item.width, item.height, item.orientation, item.taken_at),
        )
        content_id = int(self._one("SELECT id FROM contents WHERE digest = ?", item.digest)[0])
        if item.vector is not None:
            self._db.execute(
                "INSERT OR IGNORE INTO vectors(content_id, model_id, vector) VALUES (?, ?, ?)",
                (content_id, model_id, item.vector.astype("<f2").tobytes()),
            )
        return content_id

    def set_state(self, photo_ids: Iterable[int], state: str) -> None:
        self._db.executemany(
            "UPDATE photos SET state = ? WHERE id = ?", ((state, i) for i in photo_ids)
        )

    def forget(self, photo_ids: Iterable[int]) -> None:
        """Delete paths (not contents): the old name of a file that was moved."""
        self._db.executemany("DELETE FROM photos WHERE id = ?", ((i,) for i in photo_ids))

    def problems(self, limit: int = -1) -> list[tuple[bytes, str]]:
        return self._all(
            "SELECT path, problem FROM photos WHERE state = 'problem' ORDER BY path LIMIT ?", limit
        )

    def counts(self) -> Counts:
        photos, contents = self._one(
            "SELECT count(*), count(DISTINCT content_id) FROM photos WHERE state = 'ok'"
        )
        by_state = dict(self._all("SELECT state, count(*) FROM photos GROUP BY state"))
        model = self.active_model
        return Counts(
            photos=photos,
            contents=contents,
            missing=by_state.get(MISSING, 0),
            problems=by_state.get(PROBLEM, 0),
            vectors=self._one("SELECT count(*) FROM vectors WHERE model_id = ?", model)[0],
            tags=self._one("SELECT count(*) FROM tags")[0],
        )

    # -- search --------------------------------------------------------------------------------

    def vectors_after(
        self, model_id: int, last_id: int, chunk: int = 4096
    ) -> Iterator[tuple[NDArray[np.int64], Floats]]:
        """Chunks of ([n, 2] int64 of vector id and content id, [n, D] float32), in id order."""
        dimension = self.model(model_id)[2]
        cursor = self._db.execute(
            "SELECT id, content_id, vector FROM vectors WHERE model_id = ? AND id > ? ORDER BY id",
            (model_id, last_id),
        )
        while rows := cursor.fetchmany(chunk):
            ids = np.array([row[:2] for row in rows], dtype=np.int64)
            flat = np.frombuffer(b"".join(row[2] for row in rows), dtype="<f2")
            yield ids, flat.reshape(len(rows), dimension).astype(np.float32)

    def last_vector_id(self, model_id: int) -> int:
        row = self._one("SELECT max(id) FROM vectors WHERE model_id = ?", model_id)
        return int(row[0] or 0)

    def visible_contents(
        self, folders: Sequence[bytes] = (), labels: Sequence[str] = ()
    ) -> NDArray[np.int64]:
        """Contents with at least one photo that is there and passes the filters, int64 [n].

        folders: at or under any of them. labels: bearing every one of them.
        """
        clauses = ["state = 'ok'"]
        values: list[object] = []
        if folders:
            inside = []
            for folder in folders:
                inside.append("path = ? OR (path >= ? AND path < ?)")
                values += [folder, *prefix_range(folder)]
            clauses.append("(" + " OR ".join(inside) + ")")
        for label in labels:
            clauses.append("content_id IN (SELECT content_id FROM tags WHERE label = ?)")
            values.append(label)
        rows = self._all(
            f"SELECT DISTINCT content_id FROM photos WHERE {' AND '.join(clauses)}",
            *values,
        )
        return np.array([row[0] for row in rows], dtype=np.int64)

    def most_tagged(self, labels: Sequence[str]) -> list[tuple[int, float, float]]:
        """(content, cosine, confidence) of the contents that bear any of `labels`, the least
        sure label counting, surest content first."""
        marks = ", ".join("?" * len(labels))
        return self._all(
            f"SELECT content_id, min(score), min(confidence) AS sure FROM tags "
            f"WHERE label IN ({marks}) GROUP BY content_id ORDER BY sure DESC, content_id",
            *labels,
        )

    def photos_of(self, content_id: int, folders: Sequence[bytes] = ()) -> list[Row]:
        """The visible photos with this content, those under `folders` only, oldest id first."""
        tags = tuple(
            row[0]
            for row in self._all(
                "SELECT label, max(confidence) AS best FROM tags WHERE content_id = ? "
                "GROUP BY label ORDER BY best DESC, label",
                content_id,
            )
        )
        rows = self._all(
            "SELECT photos.id, content_id, path, width, height, taken_at FROM photos "
            "JOIN contents ON contents.id = content_id "
            "WHERE content_id = ? AND state = 'ok' ORDER BY photos.id",
            content_id,
        )
        return [
            Row(row[0], row[1], row[2], row[3], row[4], row[5], tags)
            for row in rows
            if not folders or any(is_inside(row[2], folder) for folder in folders)
        ]

    # -- tags ----------------------------------------------------------------------------------

    def write_tags(
        self,
        contents: Sequence[int],
        tags: Iterable[tuple[int, str, float, float]],
        label_file: str,
        model_id: int,
    ) -> None:
        """Replace what `label_file` said of `contents` by (content, label, score, confidence)."""
        self._db.executemany(
            "DELETE FROM tags WHERE content_id = ? AND label_file = ?",
            ((content, label_file) for content in contents),
        )
        stamp = now()
        self._db.executemany(
            "INSERT INTO tags(content_id, label, score, confidence, label_file, model_id, "
            "tagged_at) VALUES (?, ?, ?, ?, ?, ?, ?)",
            ((*tag, label_file, model_id, stamp) for tag in tags),
        )

    def labels(self) -> list[tuple[str, int]]:
        """Labels in use and how many contents bear each, most frequent first."""
        return self._all(
            "SELECT label, count(DISTINCT content_id) AS n FROM tags GROUP BY label "
            "ORDER BY n DESC, label"
        )

    # -- plumbing ------------------------------------------------------------------------------

    def _one(self, sql: str, *values: object) -> tuple:  # type: ignore[type-arg]
        with translated(self.path):
            return self._db.execute(sql, values).fetchone()  # type: ignore[no-any-return]

    def _all(self, sql: str, *values: object) -> list:  # type: ignore[type-arg]
        with translated(self.path):
            return self._db.execute(sql, values).fetchall()


def now() -> str:
    """The present moment, UTC, ISO 8601 to the second."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def prefix_range(folder: bytes) -> tuple[bytes, bytes]:
    """The half-open range of paths strictly under `folder`, for an index on path."""
    separator = os.fsencode(os.sep)
    base = folder.rstrip(separator) + separator
    return base, base[:-1] + bytes([base[-1] + 1])


def is_inside(path: bytes, folder: bytes) -> bool:
    """True when `path` is `folder` or lies under it."""
    return path == folder or path.startswith(prefix_range(folder)[0])


def _refuse_newer(connection: sqlite3.Connection, path: Path) -> None:
    if migrations.version(connection) > migrations.LATEST:
        raise ArchiveError(
            f"L'archivio {path} è stato creato da una versione più recente di cercafoto.",
            "Aggiorna cercafoto, oppure usa un altro archivio con --archivio.",
        )


@contextmanager
def translated(path: Path) -> Iterator[None]:
    """Turn what SQLite and the system say into errors that a person can act on."""
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
            raise _unwritable(path, text) from error
        raise ArchiveError(f"L'archivio {path} non si può usare ({text}).", _REBUILD) from error
    except sqlite3.DatabaseError as error:
        raise ArchiveError(f"L'archivio {path} è danneggiato ({error}).", _REBUILD) from error
    except OSError as error:
        if error.errno in {errno.ENOSPC, errno.EDQUOT}:
            raise disk_full(path) from error
        if error.errno in {errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOTDIR, errno.EEXIST}:
            raise _unwritable(path, error.strerror or str(error)) from error
        raise


_REBUILD = (
    "Le foto non sono state toccate. Sposta da parte la cartella dell'archivio e indicizza di "
    "nuovo; se hai una copia di riserva, rimetti quella."
)


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
