"""Keep faces, their vectors and their people's names in a file of their own, `volti.db`.

It knows photos by the SHA-256 of their content, not by ids of the catalogue, so names outlive a new
catalogue. No export and no shared archive reads it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from cercafoto.archive.local.face_file import damaged
from cercafoto.archive.local.face_names import BOX, IS_NAMED, FaceNames
from cercafoto.archive.local.face_tables import CONFIRMED, EDITION, FROM_FILE, NEW
from cercafoto.base.arrays import Floats, Ints
from cercafoto.photos.person import Box, same_faces

_WHOSE = f"CASE WHEN {IS_NAMED} THEN faces.person WHEN said = {NEW} THEN guesses.person END"
_KNOWN = (
    f"CASE said WHEN {NEW} THEN coalesce(known, {NEW}) WHEN {FROM_FILE} THEN {CONFIRMED} "
    "ELSE said END"
)


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


class FaceStore(FaceNames):
    """The open file, with all its parts."""

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
        """Return all faces that have a vector. One without, lost by damage, only keeps its name.
        Rows are verified the first time."""
        if not self._is_verified:
            self.verify()
        rows = self._rows(
            "SELECT faces.id, faces.digest, coalesce(video, faces.digest), vector, "
            f"coalesce(likeness, -1), {_KNOWN}, "
            f"coalesce({_WHOSE}, 0), iif({IS_NAMED}, 1, coalesce(sure, 0)) FROM faces "
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
            raise damaged(self.path)
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
                f"coalesce(video, f.digest), {BOX}, start",
                "faces AS f JOIN photos AS p ON p.digest = f.digest WHERE f.id = ?",
                {"f": "faces", "p": "photos"},
                face_id,
            ):
                yield StoredFace(face_id, digest, tuple(box), start)

    def boxes(self, digest: bytes) -> list[Box]:
        """Return where the faces in a content are."""
        rows = self.sound_rows(BOX, "faces AS f WHERE digest = ?", {"f": "faces"}, digest)
        return [(x, y, width, height) for x, y, width, height in rows]

    def said(self) -> dict[bytes, list[SaidFace]]:
        """Return digest -> what is said of the faces in each content, from left to right."""
        refused: dict[int, set[int]] = {}
        for face, person in self.sound_rows("face, person", "refused", {"refused": "refused"}):
            refused.setdefault(face, set()).add(person)
        found: dict[bytes, list[SaidFace]] = {}
        for digest, face, x, y, width, height, said, person in self.sound_rows(
            f"digest, id, {BOX}, said, person", "faces AS f ORDER BY x, id", {"f": "faces"}
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


def _numbered(keys: Iterable[Hashable]) -> Ints:
    """Return the number of each key; equal keys have the same number."""
    number: dict[Hashable, int] = {}
    return np.array([number.setdefault(key, len(number)) for key in keys], np.int64)
