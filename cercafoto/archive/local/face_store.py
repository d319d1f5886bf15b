"""Keep faces, their vectors and their people's names in a file of their own, `volti.db`.

The file exists only after the person asked for it. It knows photos by the SHA-256 of their content,
not by ids of the catalogue, so names outlive a new catalogue. No export and no shared archive reads
it. Deleted bytes are overwritten. No row with a wrong checksum is returned (`face_tables.py`).
"""

from __future__ import annotations

import os
import sqlite3
from collections import Counter
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple, Self
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from cercafoto.archive.local import checksums, face_tables
from cercafoto.archive.local.checked_file import is_checked, note_checked
from cercafoto.archive.local.damaged_file import files_of
from cercafoto.archive.local.database import translated
from cercafoto.archive.local.face_tables import (
    CONFIRMED,
    EDITION,
    FROM_FILE,
    MAYBE,
    NEVER_AGAIN,
    NEW,
    VERSION,
)
from cercafoto.base.arrays import Floats, Ints
from cercafoto.base.atomic_file import erase
from cercafoto.base.word_stems import fold
from cercafoto.errors import ArchiveError
from cercafoto.photos.person import Box, same_faces

UNFINISHED = ".nuovo"  # end of the name of a file that is being made
_BOX = "f.x, f.y, f.width, f.height"
_IS_NAMED = f"said IN ({CONFIRMED}, {FROM_FILE})"
_WHOSE = f"CASE WHEN {_IS_NAMED} THEN faces.person WHEN said = {NEW} THEN guesses.person END"
_KNOWN = (
    f"CASE said WHEN {NEW} THEN coalesce(known, {NEW}) WHEN {FROM_FILE} THEN {CONFIRMED} "
    "ELSE said END"
)


class OlderFacesError(ArchiveError):
    """The file of faces is of an earlier version, which cannot be read any more."""


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


class SaidFace(NamedTuple):
    """What somebody, or the file, says of a face. refused: ids of people whose it is not."""

    face_id: int
    box: Box
    said: int
    person: int | None
    refused: frozenset[int]


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
    known: NEW, CONFIRMED and so on, int64 [n]; CONFIRMED also stands for FROM_FILE.
    people: id of the person, 0 for none, int64 [n].
    sure: mean cosine with the person's likest confirmed faces; 1 if confirmed; float64 [n].
    refused: pairs (face id, person id) that somebody denied.
    from_file: ids of faces whose person is named by a region in the file.
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
    from_file: frozenset[int] = frozenset()


class NamedFace(NamedTuple):
    """A face with a name.

    is_sure: False if the person still has to say whether it is theirs.
    is_said: whether somebody said the name here, so that it counts more than a name in the file.
    """

    digest: bytes
    name: str
    box: Box
    is_sure: bool
    is_said: bool = False


class FaceStore:
    """The open file. Close it, or use it in a with block. Methods raise ArchiveError."""

    def __init__(self, connection: sqlite3.Connection, path: Path) -> None:
        self.connection, self.path = connection, path

    @classmethod
    def create(cls, path: Path) -> Self:
        """Open the file, and make it if there is none; only its owner may read it."""
        if not os.path.lexists(path):
            fresh = path.with_name(f"{path.name}{UNFINISHED}")
            with _translated(path):
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
            raise _damaged(path)
        with _translated(path):
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
        with _translated(self.path):
            self.connection.execute("BEGIN IMMEDIATE")
            try:
                yield
                self.connection.execute("COMMIT")
            except BaseException:
                self.connection.execute("ROLLBACK")
                raise

    def _rows(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        with _translated(self.path):
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
            raise _damaged(self.path)
        return [row[1:] for row in rows]

    def count(self, table: str) -> int:
        """Return how many rows a table has."""
        return int(self._rows(f"SELECT count(*) FROM {table}")[0][0])

    def verify(self) -> None:
        """Raise ArchiveError if any row is damaged."""
        with _translated(self.path):
            face_tables.check_rows(self.connection)

    # -- photos --------------------------------------------------------------------------------

    def digests(self) -> set[bytes]:
        """Return the digest of every photo and frame that need not be looked at: this edition has,
        or they are never looked at again."""
        looked = self.sound_rows("digest", "photos", {"photos": "photos"})
        # A photo whose edition was lost by damage may have shown somebody who was forgotten.
        older = self.sound_rows(
            "digest",
            f"photos AS p JOIN editions AS e ON photo = p.id WHERE edition < {EDITION}",
            {"p": "photos", "e": "editions"},
        )
        return {digest for (digest,) in looked} - {digest for (digest,) in older}

    def write(
        self,
        digest: bytes,
        faces: Sequence[tuple[Box, Floats]],
        video: bytes | None = None,
        start: float | None = None,
    ) -> None:
        """Store the faces of a photo or frame as (box, vector). Call inside a transaction.

        Of a photo that an earlier edition looked at, a face at the same place stays the same face.

        video, start: SHA-256 of the video, and time of the frame in seconds; None for a photo, and
            for the first frame.
        """
        execute = self.connection.execute
        execute(
            "INSERT INTO photos(digest, video, start) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
            (digest, video, start),
        )
        execute(
            "INSERT OR REPLACE INTO editions(photo, edition) "
            "SELECT id, ? FROM photos WHERE digest = ?",
            (EDITION, digest),
        )
        before = execute("SELECT id, x, y, width, height FROM faces WHERE digest = ?", (digest,))
        ids, boxes = [], []
        for face, *box in before:
            ids.append(face)
            boxes.append((box[0], box[1], box[2], box[3]))
        same = {new: ids[old] for new, old in same_faces([box for box, _ in faces], boxes)}
        for face in set(ids).difference(same.values()):
            execute(
                f"DELETE FROM faces WHERE id = ?1 AND said = {NEW} "
                "AND NOT EXISTS (SELECT 1 FROM refused WHERE face = ?1)",
                (face,),
            )
        for at, (box, vector) in enumerate(faces):
            if at in same:
                execute(
                    "UPDATE faces SET x = ?, y = ?, width = ?, height = ? WHERE id = ?",
                    (*box, same[at]),
                )
                execute("DELETE FROM vectors WHERE face = ?", (same[at],))
            else:
                same[at] = execute(
                    "INSERT INTO faces(digest, x, y, width, height) VALUES (?, ?, ?, ?, ?)",
                    (digest, *box),
                ).lastrowid
            numbers = vector.astype(np.float16).tobytes()
            execute("INSERT INTO vectors VALUES (?, ?, ?)", (same[at], numbers, crc32(numbers)))

    def drop_photos(self, digests: Iterable[bytes]) -> None:
        """Delete contents and their faces. Call inside a transaction."""
        self.connection.executemany(
            "DELETE FROM photos WHERE digest = ?", ((digest,) for digest in digests)
        )

    # -- faces ---------------------------------------------------------------------------------

    def table(self) -> FaceTable:
        """Return all faces that have a vector. One without, lost by damage, only keeps its name."""
        self.verify()
        rows = self._rows(
            "SELECT faces.id, faces.digest, coalesce(video, faces.digest), vector, "
            f"coalesce(likeness, -1), {_KNOWN}, "
            f"coalesce({_WHOSE}, 0), iif({_IS_NAMED}, 1, coalesce(sure, 0)) FROM faces "
            "JOIN photos ON photos.digest = faces.digest JOIN vectors ON vectors.face = faces.id "
            "LEFT JOIN guesses ON guesses.face = faces.id ORDER BY faces.id"
        )
        ids, digests, files, vectors, groups, known, people, sure = (
            zip(*rows, strict=True) if rows else ((),) * 8
        )
        frames = Counter(file for _, file in {*zip(digests, files, strict=True)})
        units = [
            (file, group) if frames[file] > 1 and group >= 0 else face
            for face, file, group in zip(ids, files, groups, strict=True)
        ]
        numbers = np.frombuffer(b"".join(vectors), np.float16).reshape(len(rows), -1 if rows else 1)
        if not np.isfinite(numbers).all():
            raise _damaged(self.path)
        return FaceTable(
            np.array(ids, np.int64),
            _numbered(digests),
            _numbered(files),
            _numbered(units),
            numbers.astype(np.float32),
            np.array(groups, np.int64),
            np.array(known, np.int64),
            np.array(people, np.int64),
            np.array(sure, np.float64),
            frozenset(self._rows("SELECT face, person FROM refused")),
            frozenset(self.named_by_files()),
        )

    def faces(self, face_ids: Iterable[int]) -> Iterator[StoredFace]:
        """Yield some faces, each once, in the given order, without those that are gone."""
        for face_id in dict.fromkeys(face_ids):
            for digest, *box, start in self.sound_rows(
                f"coalesce(video, f.digest), {_BOX}, start",
                "faces AS f JOIN photos AS p ON p.digest = f.digest WHERE f.id = ?",
                {"f": "faces", "p": "photos"},
                face_id,
            ):
                yield StoredFace(face_id, digest, tuple(box), start)

    def boxes(self, digest: bytes) -> list[Box]:
        """Return where the faces in a content are."""
        rows = self.sound_rows(_BOX, "faces AS f WHERE digest = ?", {"f": "faces"}, digest)
        return [(x, y, width, height) for x, y, width, height in rows]

    def said(self) -> dict[bytes, list[SaidFace]]:
        """Return digest -> what is said of the faces in each content, from left to right."""
        refused: dict[int, set[int]] = {}
        for face, person in self.sound_rows("face, person", "refused", {"refused": "refused"}):
            refused.setdefault(face, set()).add(person)
        found: dict[bytes, list[SaidFace]] = {}
        for digest, face, x, y, width, height, said, person in self.sound_rows(
            f"digest, id, {_BOX}, said, person", "faces AS f ORDER BY x, id", {"f": "faces"}
        ):
            no = frozenset(refused.get(face, ()))
            box = (x, y, width, height)
            found.setdefault(digest, []).append(SaidFace(face, box, said, person, no))
        return found

    def ids_in(self, digest: bytes) -> list[int]:
        """Return the ids of the faces in a photo, or in all frames of a video, in the order of
        time, then from left to right."""
        rows = self.sound_rows(
            "f.id",
            "faces AS f JOIN photos AS p ON p.digest = f.digest "
            "WHERE p.digest = ?1 OR p.video = ?1 ORDER BY coalesce(start, -1), f.x, f.id",
            {"f": "faces", "p": "photos"},
            digest,
        )
        return [face for (face,) in rows]

    def named_by_files(self) -> dict[int, int]:
        """Return face id -> person, of the faces whose names come from their files."""
        return dict(
            self.sound_rows("id, person", f"faces AS f WHERE said = {FROM_FILE}", {"f": "faces"})
        )

    def set_groups(self, groups: Mapping[int, int]) -> None:
        """Store face id -> number of its group. Call inside a transaction."""
        self.connection.executemany(
            "INSERT INTO guesses(face, likeness) VALUES (?, ?) "
            "ON CONFLICT(face) DO UPDATE SET likeness = excluded.likeness",
            groups.items(),
        )

    def guess(self, face_id: int, known: int, person: int | None, sure: float) -> None:
        """Store whose a face seems to be. Call inside a transaction."""
        self.connection.execute(
            "INSERT INTO guesses(face, known, person, sure) VALUES (?, ?, ?, ?) ON CONFLICT(face) "
            "DO UPDATE SET known = excluded.known, person = excluded.person, sure = excluded.sure",
            (face_id, known, person, sure),
        )

    def say(self, face_ids: Sequence[int], said: int, person: int | None = None) -> None:
        """Store what somebody says about faces. Call inside a transaction."""
        self.connection.executemany(
            "UPDATE faces SET said = ?, person = ? WHERE id = ?",
            ((said, person, face) for face in face_ids),
        )
        self.connection.executemany(
            f"UPDATE guesses SET known = {NEW}, person = NULL, sure = 0 WHERE face = ?",
            ((face,) for face in face_ids),
        )
        self.connection.executemany(
            "DELETE FROM refused WHERE face = ? AND person = ?",
            ((face, person) for face in face_ids),
        )

    def refuse(self, face_ids: Sequence[int], person: int) -> None:
        """Store that faces are not this person's. Call inside a transaction."""
        self.say(face_ids, NEW)
        self.connection.executemany(
            "INSERT OR IGNORE INTO refused(face, person) VALUES (?, ?)",
            ((face, person) for face in face_ids),
        )

    # -- people --------------------------------------------------------------------------------

    def people(self) -> dict[int, str]:
        """Return id -> name of every person, sorted by name."""
        return {
            person: str(name)
            for person, name in self.sound_rows(
                "id, name", "people ORDER BY name", {"people": "people"}
            )
        }

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
        # An action that can be undone may know an id that is free now.
        last = "SELECT max(coalesce((SELECT max(id) FROM people), 0), " + (
            "coalesce((SELECT max(person) FROM changes), 0))"
        )
        return int(
            self.connection.execute(
                f"INSERT INTO people(id, name) VALUES (({last}) + 1, ?)", (name,)
            ).lastrowid
            or 0
        )

    def merge(self, person: int, into: int) -> None:
        """Give all faces of a person to another one, and delete the first. Call inside a
        transaction."""
        for table in ("faces", "guesses"):
            self.connection.execute(
                f"UPDATE {table} SET person = ? WHERE person = ?", (into, person)
            )
        self.connection.execute(
            "UPDATE OR IGNORE refused SET person = ? WHERE person = ?", (into, person)
        )
        self.connection.execute("DELETE FROM people WHERE id = ?", (person,))

    def rename(self, person: int, name: str) -> None:
        """Give a person a name that nobody else has. Call inside a transaction."""
        self.connection.execute("UPDATE people SET name = ? WHERE id = ?", (name, person))

    def drop_unused(self, person: int, with_refusals: bool = False) -> None:
        """Delete a person of whom nobody has said a face, nor denied one. Call inside a
        transaction.

        with_refusals: delete the person with what was denied.
        """
        is_said = "SELECT 1 FROM faces WHERE person = ?1"
        if not with_refusals:
            is_said += " UNION SELECT 1 FROM refused WHERE person = ?1"
        if not self.connection.execute(is_said, (person,)).fetchone():
            self.connection.execute(
                f"UPDATE guesses SET known = {NEW}, person = NULL, sure = 0 WHERE person = ?",
                (person,),
            )
            self.connection.execute("DELETE FROM people WHERE id = ?", (person,))

    def named_faces(self) -> list[NamedFace]:
        """Return every face with a name, sorted by name, the surest first."""
        names = self.people()
        told = self.sound_rows(
            f"f.digest, f.person, {_BOX}, said, 1.0",
            f"faces AS f WHERE person IS NOT NULL AND {_IS_NAMED}",
            {"f": "faces"},
        )
        guessed = self.sound_rows(
            f"f.digest, g.person, {_BOX}, known, sure",
            "guesses AS g JOIN faces AS f ON f.id = g.face "
            f"WHERE g.person IS NOT NULL AND said = {NEW}",
            {"g": "guesses", "f": "faces"},
        )
        rows = [*told, *guessed]
        if any(person not in names for _, person, *_ in rows):
            raise _damaged(self.path)
        rows.sort(key=lambda row: (names[row[1]].lower(), -row[-1]))
        return [
            NamedFace(digest, names[person], tuple(box), known != MAYBE, known == CONFIRMED)
            for digest, person, *box, known, _ in rows
        ]

    def refusals(self) -> list[NamedFace]:
        """Return every face of which somebody denied a name, with that name."""
        return [
            NamedFace(digest, str(name), tuple(box), is_sure=False, is_said=True)
            for digest, name, *box in self.sound_rows(
                f"f.digest, name, {_BOX}",
                "refused AS r JOIN faces AS f ON f.id = r.face JOIN people AS p ON p.id = r.person",
                {"r": "refused", "f": "faces", "p": "people"},
            )
        ]

    # -- forgetting ----------------------------------------------------------------------------

    def forget_person(self, person: int) -> int:
        """Delete a person with the vectors of all faces that are theirs or may be. Return how many
        faces. Their photos are not looked at again. No action can be undone any more: a name that
        the person had before would come back."""
        theirs = "person = ?1 OR id IN (SELECT face FROM guesses WHERE person = ?1)"
        with self.transaction():
            self.connection.execute(
                f"UPDATE editions SET edition = {NEVER_AGAIN} WHERE photo IN (SELECT id FROM "
                f"photos WHERE digest IN (SELECT digest FROM faces WHERE {theirs}))",
                (person,),
            )
            gone = self.connection.execute(f"DELETE FROM faces WHERE {theirs}", (person,)).rowcount
            self.connection.execute("DELETE FROM actions")
            self.connection.execute("DELETE FROM people WHERE id = ?", (person,))
        with _translated(self.path):
            self.connection.execute("VACUUM")
        return gone


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


def _numbered(keys: Iterable[Hashable]) -> Ints:
    """Return the number of each key; equal keys have the same number."""
    number: dict[Hashable, int] = {}
    return np.array([number.setdefault(key, len(number)) for key in keys], np.int64)


def forget_all(path: Path) -> None:
    """Overwrite and delete the file of faces, even a damaged one, and its copies set aside. Links
    are deleted, not followed. Raises ArchiveError."""
    with _translated(path):
        if path.is_dir() and not path.is_symlink():
            raise ArchiveError(
                f"{path} è una cartella, che non ha fatto cercafoto.", "Spostala o cancellala tu."
            )
        for file in filter(os.path.lexists, (path, *copies(path))):
            erase(file)


def unlink_links(path: Path) -> None:
    """Delete links in the place of the file of faces and of the files beside it. Raises
    ArchiveError."""
    with _translated(path):
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


def _damaged(path: Path) -> ArchiveError:
    return ArchiveError(
        f"Il file dei volti {path} è danneggiato.",
        "«cercafoto controlla --ripara» salva quello che si legge ancora. Se non ci riesce, "
        "rimetti una tua copia, se ne hai una; oppure cancellalo con «cercafoto persone dimentica "
        "--tutto --conferma», e ricomincia con «cercafoto persone attiva».",
    )


@contextmanager
def _translated(path: Path) -> Iterator[None]:
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
        raise _damaged(path) from cause
