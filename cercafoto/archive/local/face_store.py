"""Keep faces, their vectors and their people's names in a file of their own, `volti.db`.

The file exists only after the person asked for it. It knows photos by the SHA-256 of their content,
not by ids of the catalogue, so names outlive a new catalogue. No export and no shared archive reads
it. Deleted bytes are overwritten.
"""

from __future__ import annotations

import os
import sqlite3
from collections import Counter
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from cercafoto.archive.local.database import translated
from cercafoto.base.arrays import Floats, Ints
from cercafoto.base.word_stems import fold
from cercafoto.errors import ArchiveError
from cercafoto.photos.person import Box

VERSION = 2

# What is known of a face: NEW: nothing; CONFIRMED: its person, as somebody said; ATTACHED: its
# person, by likeness; MAYBE: its person, not likely enough; NO_FACE and UNASKED: somebody said that
# it is no face, or that nobody should be asked about it.
NEW, CONFIRMED, ATTACHED, MAYBE, NO_FACE, UNASKED = range(6)

# Two processes may find the file empty: the second one finds the tables of the first.
_TABLES = f"""
CREATE TABLE IF NOT EXISTS photos(digest BLOB PRIMARY KEY, video BLOB, start REAL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS people(id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE COLLATE NOCASE);
CREATE TABLE IF NOT EXISTS faces(
    id INTEGER PRIMARY KEY,
    digest BLOB NOT NULL REFERENCES photos ON DELETE CASCADE,
    x REAL NOT NULL, y REAL NOT NULL, width REAL NOT NULL, height REAL NOT NULL,
    vector BLOB NOT NULL,
    likeness INTEGER NOT NULL DEFAULT -1,
    known INTEGER NOT NULL DEFAULT {NEW},
    person INTEGER REFERENCES people ON DELETE SET NULL,
    sure REAL NOT NULL DEFAULT 0
);
CREATE INDEX IF NOT EXISTS faces_digest ON faces(digest);
CREATE TABLE IF NOT EXISTS refused(
    face INTEGER NOT NULL REFERENCES faces ON DELETE CASCADE,
    person INTEGER NOT NULL REFERENCES people ON DELETE CASCADE,
    PRIMARY KEY(face, person)
) WITHOUT ROWID
"""
# What makes the tables of each earlier version those of this one.
_CHANGES = {
    0: _TABLES,
    1: "ALTER TABLE photos DROP COLUMN problem; ALTER TABLE photos ADD COLUMN video BLOB; "
    "ALTER TABLE photos ADD COLUMN start REAL; ALTER TABLE faces DROP COLUMN size",
}


class StoredFace(NamedTuple):
    """A face of the file.

    digest: SHA-256 of the photo or video.
    box: in the upright photo or frame.
    start: time in seconds of the frame of a video; None for a photo, and for the first frame.
    """

    face_id: int
    digest: bytes
    box: Box
    start: float | None


@dataclass(frozen=True, eq=False)
class FaceTable:
    """All faces, in the order of their ids.

    ids: int64 [n].
    photos: number of the photo or frame, int64 [n].
    files: number of the photo or video, int64 [n].
    units: a number for each face, the same for faces of one group in frames of one video: the
        person is asked about them once; int64 [n].
    vectors: float32 [n, D].
    groups: number of the group of like faces, -1 if the face was not grouped yet; int64 [n].
    known: NEW, CONFIRMED and so on, int64 [n].
    people: id of the person, 0 for none, int64 [n].
    sure: mean cosine with the person's likest confirmed faces; 1 if confirmed; float64 [n].
    refused: pairs (face id, person id) that somebody denied.
    """

    ids: Ints
    photos: Ints
    files: Ints
    units: Ints
    vectors: Floats
    groups: Ints
    known: Ints
    people: Ints
    sure: NDArray[np.float64]
    refused: frozenset[tuple[int, int]]


class NamedFace(NamedTuple):
    """A face with a name. is_sure: False if the person still has to say whether it is theirs."""

    digest: bytes
    name: str
    box: Box
    is_sure: bool


class FaceStore:
    """The open file. Close it, or use it in a with block. Methods raise ArchiveError."""

    def __init__(self, connection: sqlite3.Connection, path: Path) -> None:
        self._connection, self.path = connection, path

    @classmethod
    def create(cls, path: Path) -> Self:
        """Open the file, and make it if there is none; only its owner may read it."""
        with _translated(path):
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            path.touch(0o600)  # SQLite gives its journal the same permissions
        return cls.open(path)

    @classmethod
    def open(cls, path: Path) -> Self:
        """Open the file. Raises ArchiveError if there is none, or a newer version wrote it."""
        if not path.exists():
            raise ArchiveError(
                "In questo archivio i volti non sono attivi.",
                "Per trovarli: cercafoto persone attiva",
            )
        with _translated(path):
            connection = sqlite3.connect(path, timeout=30, isolation_level=None)
            connection.execute("PRAGMA secure_delete=ON")
            connection.execute("PRAGMA foreign_keys=ON")
            connection.execute("PRAGMA synchronous=FULL")
            connection.execute("PRAGMA temp_store=MEMORY")
            (version,) = connection.execute("PRAGMA user_version").fetchone()
            if version < VERSION:
                _upgrade(connection)
            elif version > VERSION:
                connection.close()
                raise ArchiveError(
                    f"I volti in {path} sono stati scritti da una versione più recente di "
                    "cercafoto.",
                    "Aggiorna cercafoto.",
                )
        return cls(connection, path)

    def close(self) -> None:
        self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Write all changes of the block, or none if it raises."""
        with _translated(self.path):
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._connection.execute("COMMIT")
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise

    def _rows(self, sql: str, *values: object) -> list[tuple]:  # type: ignore[type-arg]
        with _translated(self.path):
            return self._connection.execute(sql, values).fetchall()

    # -- photos --------------------------------------------------------------------------------

    def digests(self) -> set[bytes]:
        """Return the digest of every photo and frame that was looked at, even if it could not be
        read."""
        return {digest for (digest,) in self._rows("SELECT digest FROM photos")}

    def write(
        self,
        digest: bytes,
        faces: Sequence[tuple[Box, Floats]],
        video: bytes | None = None,
        start: float | None = None,
    ) -> None:
        """Store the faces of a photo or frame as (box, vector). Call inside a transaction.

        video, start: SHA-256 of the video, and time of the frame in seconds; None for a photo, and
            for the first frame.
        """
        self._connection.execute("INSERT INTO photos VALUES (?, ?, ?)", (digest, video, start))
        self._connection.executemany(
            "INSERT INTO faces(digest, x, y, width, height, vector) VALUES (?, ?, ?, ?, ?, ?)",
            ((digest, *box, vector.astype(np.float16).tobytes()) for box, vector in faces),
        )

    def drop_photos(self, digests: Iterable[bytes]) -> None:
        """Delete contents and their faces. Call inside a transaction."""
        self._connection.executemany(
            "DELETE FROM photos WHERE digest = ?", ((digest,) for digest in digests)
        )

    # -- faces ---------------------------------------------------------------------------------

    def table(self) -> FaceTable:
        """Return all faces."""
        rows = self._rows(
            "SELECT id, digest, coalesce(video, digest), vector, likeness, known, "
            "coalesce(person, 0), sure FROM faces JOIN photos USING (digest) ORDER BY id"
        )
        ids, digests, files, vectors, groups, known, people, sure = (
            zip(*rows, strict=True) if rows else ((),) * 8
        )
        frames = Counter(file for _, file in {*zip(digests, files, strict=True)})
        units = [
            (file, group) if frames[file] > 1 and group >= 0 else face
            for face, file, group in zip(ids, files, groups, strict=True)
        ]
        return FaceTable(
            np.array(ids, np.int64),
            _numbered(digests),
            _numbered(files),
            _numbered(units),
            np.frombuffer(b"".join(vectors), np.float16)
            .reshape(len(rows), -1 if rows else 1)
            .astype(np.float32),
            np.array(groups, np.int64),
            np.array(known, np.int64),
            np.array(people, np.int64),
            np.array(sure, np.float64),
            frozenset(self._rows("SELECT face, person FROM refused")),
        )

    def faces(self, face_ids: Iterable[int]) -> Iterator[StoredFace]:
        """Yield some faces, each once, in the given order, without those that are gone."""
        for face_id in dict.fromkeys(face_ids):
            for digest, *box, start in self._rows(
                "SELECT coalesce(video, digest), x, y, width, height, start FROM faces "
                "JOIN photos USING (digest) WHERE id = ?",
                face_id,
            ):
                yield StoredFace(face_id, digest, tuple(box), start)

    def boxes(self, digest: bytes) -> list[Box]:
        """Return where the faces in a content are."""
        return self._rows("SELECT x, y, width, height FROM faces WHERE digest = ?", digest)

    def set_groups(self, groups: Mapping[int, int]) -> None:
        """Store face id -> number of its group. Call inside a transaction."""
        self._connection.executemany(
            "UPDATE faces SET likeness = ? WHERE id = ?", ((g, face) for face, g in groups.items())
        )

    def set_known(
        self, face_ids: Iterable[int], known: int, person: int | None = None, sure: float = 0.0
    ) -> None:
        """Store what is known of faces. Call inside a transaction."""
        self._connection.executemany(
            "UPDATE faces SET known = ?, person = ?, sure = ? WHERE id = ?",
            ((known, person, sure, face) for face in face_ids),
        )

    def refuse(self, face_ids: Sequence[int], person: int) -> None:
        """Store that faces are not this person's. Call inside a transaction."""
        self.set_known(face_ids, NEW)
        self._connection.executemany(
            "INSERT OR IGNORE INTO refused VALUES (?, ?)", ((face, person) for face in face_ids)
        )

    # -- people --------------------------------------------------------------------------------

    def people(self) -> dict[int, str]:
        """Return id -> name of every person, sorted by name."""
        return dict(self._rows("SELECT id, name FROM people ORDER BY name"))

    def person(self, name: str) -> int | None:
        """Return the id of the person with this name, whatever its capitals and accents; None if
        there is none."""
        folded = fold(name)
        return next((i for i, own in self.people().items() if fold(own) == folded), None)

    def make_person(self, name: str) -> int:
        """Return the id of the person with this name, made if new. Call inside a transaction."""
        known = self.person(name)
        if known is not None:
            return known
        return int(
            self._connection.execute("INSERT INTO people(name) VALUES (?)", (name,)).lastrowid or 0
        )

    def merge(self, person: int, into: int) -> None:
        """Give all faces of a person to another one, and delete the first. Call inside a
        transaction."""
        self._connection.execute("UPDATE faces SET person = ? WHERE person = ?", (into, person))
        self._connection.execute(
            "UPDATE OR IGNORE refused SET person = ? WHERE person = ?", (into, person)
        )
        self._connection.execute("DELETE FROM people WHERE id = ?", (person,))

    def named_faces(self) -> list[NamedFace]:
        """Return every face with a name, sorted by name, the surest first."""
        return [
            NamedFace(digest, name, tuple(box), known != MAYBE)
            for digest, name, *box, known in self._rows(
                "SELECT digest, name, x, y, width, height, known FROM faces "
                "JOIN people ON people.id = person ORDER BY name, sure DESC"
            )
        ]

    # -- forgetting ----------------------------------------------------------------------------

    def forget_person(self, person: int) -> int:
        """Delete a person with the vectors of all faces that are theirs or may be. Return how many
        faces. Their photos are not looked at again."""
        with self.transaction():
            gone = self._connection.execute(
                "DELETE FROM faces WHERE person = ?", (person,)
            ).rowcount
            self._connection.execute("DELETE FROM people WHERE id = ?", (person,))
        with _translated(self.path):
            self._connection.execute("VACUUM")
        return gone


def _upgrade(connection: sqlite3.Connection) -> None:
    """Make the tables of an empty file, or of an earlier version, those of this version."""
    connection.execute("BEGIN IMMEDIATE")
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if version < VERSION:  # else another process has done it meanwhile
        for statement in _CHANGES[version].split(";"):
            connection.execute(statement)
        connection.execute(f"PRAGMA user_version = {VERSION}")
    connection.execute("COMMIT")


def _numbered(keys: Iterable[Hashable]) -> Ints:
    """Return the number of each key; equal keys have the same number."""
    number: dict[Hashable, int] = {}
    return np.array([number.setdefault(key, len(number)) for key in keys], np.int64)


def forget_all(path: Path) -> None:
    """Overwrite and delete the file of faces, even a damaged one. Raises ArchiveError."""
    with _translated(path):
        for file in (path, path.with_name(f"{path.name}-journal")):
            if file.exists():
                with file.open("r+b") as stream:
                    stream.write(bytes(file.stat().st_size))
                    stream.flush()
                    os.fsync(stream.fileno())
                file.unlink()


@contextmanager
def _translated(path: Path) -> Iterator[None]:
    """Raise errors as `translated` does, with other words for a damaged file: it is not repaired
    with the archive."""
    try:
        with translated(path):
            yield
    except ArchiveError as error:
        if type(error.__cause__) is not sqlite3.DatabaseError:
            raise
        raise ArchiveError(
            f"Il file dei volti {path} è danneggiato.",
            "Rimetti una tua copia, se ne hai una; oppure cancellalo con «cercafoto persone "
            "dimentica --tutto --conferma», e ricomincia con «cercafoto persone attiva».",
        ) from error.__cause__
