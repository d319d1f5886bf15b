"""Look up which photos of a catalogue show the people whose faces somebody has named."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from cercafoto.base.file_stamp import stamp_of
from cercafoto.base.word_stems import fold
from cercafoto.errors import ArchiveBusyError, ArchiveError
from cercafoto.photos.person import Box, Region, faces_in_regions

if TYPE_CHECKING:
    from cercafoto.archive.local.database import Database
    from cercafoto.archive.local.face_names import NamedFace
    from cercafoto.archive.local.photos import LocalPhotos

_AT_ONCE = 500  # digests in a query


class MarkedFace(NamedTuple):
    """A face that the files of a photo mark. is_ours: whether cercafoto wrote it there."""

    region: Region
    is_ours: bool


# Content id and digest -> the faces in the files.
MarkedFaces: TypeAlias = Mapping[tuple[int, bytes], Sequence[MarkedFace]]


@contextmanager
def _unless_damaged() -> Iterator[None]:
    """End the block if the faces cannot be read."""
    try:
        yield
    except ArchiveBusyError:
        raise
    except ArchiveError:
        pass


class FacePeople:
    """The people in `volti.db` by the ids of the catalogue. Nobody if there is no such file, or if
    it cannot be read: `problem` then tells why.

    path: of `volti.db`.
    photos: of the catalogue.
    """

    def __init__(self, path: Path, db: Database, photos: LocalPhotos) -> None:
        self._path, self._db, self._photos = path, db, photos
        self._stamp: object = None
        self._problem: ArchiveError | None = None
        self._named: dict[int, list[NamedFace]] = {}  # content id -> faces
        self._video: dict[int, int] = {}  # frame of a video -> the video
        self._in_video: dict[int, list[NamedFace]] = {}  # video -> faces in all its frames
        self._refused: dict[int, list[NamedFace]] = {}  # content id -> faces with denied names
        self._denied: frozenset[tuple[str, int]] | None = None

    @property
    def problem(self) -> ArchiveError | None:
        """Why the faces cannot be read; None if they can, or if there are none."""
        self._faces()
        return self._problem

    def contents(self) -> dict[str, set[int]]:
        """Return name -> ids of the contents that show the person; of videos, ids of frames."""
        return self._by_name(sure=True)

    def unsure(self) -> dict[str, set[int]]:
        """Return name -> ids of the contents that may show the person, without frames of videos
        that surely show the person."""
        sure = {
            name: set(map(self.video_of, contents))
            for name, contents in self._by_name(True).items()
        }
        return {
            name: {
                content for content in contents if self.video_of(content) not in sure.get(name, ())
            }
            for name, contents in self._by_name(sure=False).items()
        }

    def video_of(self, content_id: int) -> int:
        """Return the video if a content is a frame with a named face, else the content."""
        return self._video.get(content_id, content_id)

    def regions_of(self, content_id: int) -> list[Region]:
        """Return the people in a content and where their faces are, unsure ones left out. Of a
        video or a frame of it, also the people in other frames, who have no box."""
        own = self._faces().get(content_id, ())
        others = self._in_video.get(self.video_of(content_id), ())
        return [
            *(Region(face.name, face.box) for face in own if face.is_sure),
            *(Region(face.name, None) for face in others if face.is_sure),
        ]

    def unsure_in(self, content_id: int) -> set[str]:
        """Return the names of unsure faces in a content, of a video in any of its frames."""
        own = self._faces().get(content_id, ())
        others = self._in_video.get(self.video_of(content_id), ())
        return {face.name for face in (*own, *others) if not face.is_sure}

    def denied(
        self, marked_faces: Callable[[Iterable[int]], MarkedFaces]
    ) -> frozenset[tuple[str, int]]:
        """Return (folded name, content id) for the names in files that somebody has corrected: the
        face in the region that has the name is not the person's, or is another's. Of a name that
        cercafoto wrote there, also if the face has it no more.

        marked_faces: returns what the files of these contents, and of those in which cercafoto
            wrote names, mark.
        """
        named = self._faces()
        if self._denied is None:
            said = {each for each, own in named.items() if any(face.is_said for face in own)}
            there = self._path.exists() and self._problem is None
            marked = marked_faces(said.union(self._refused)) if there else {}
            self._denied = frozenset(self._denied_in(marked))
        return self._denied

    def _denied_in(self, marked: MarkedFaces) -> Iterator[tuple[str, int]]:
        if not marked:
            return
        from cercafoto.archive.local.face_store import FaceStore

        with _unless_damaged(), FaceStore.open(self._path) as store:
            every = store.said()
            for (content, digest), people in marked.items():
                faces = [face.box for face in every.get(digest, ())]
                own, no = self._named.get(content, ()), self._refused.get(content, ())
                said = {face.box: fold(face.name) for face in own if face.is_said}
                borne = {(face.box, fold(face.name)) for face in own if face.is_sure}
                refused = {(face.box, fold(face.name)) for face in no}
                regions = [each.region for each in people]
                for at, of in faces_in_regions(regions, faces).items():
                    name, box = fold(regions[at].name), faces[of]
                    is_gone = people[at].is_ours and (box, name) not in borne
                    if is_gone or (box, name) in refused or said.get(box, name) != name:
                        yield name, content

    def boxes_of(self, content_id: int) -> list[Box]:
        """Return where faces were found in a content, with and without a name."""
        row = self._path.exists() and self._db.row(
            "SELECT digest FROM contents WHERE id = ?", content_id
        )
        if not row:
            return []
        from cercafoto.archive.local.face_store import FaceStore

        with _unless_damaged(), FaceStore.open(self._path) as store:
            return store.boxes(row[0])
        return []

    def lacking(self, unread: Container[int]) -> int | None:
        """Return how many visible photos were not looked at, without those in `unread`; None if
        faces are not active, or cannot be read."""
        if not self._path.exists():
            return None
        from cercafoto.archive.local.face_store import FaceStore

        known = None
        with _unless_damaged(), FaceStore.open(self._path) as store:
            known = store.digests()
        if known is None:
            return None
        rows = self._db.rows(
            "SELECT content_id, digest FROM photos JOIN contents ON contents.id = content_id "
            "WHERE state = 'ok'"
        )
        return sum(digest not in known and content not in unread for content, digest in rows)

    def _by_name(self, sure: bool) -> dict[str, set[int]]:
        contents_of: dict[str, set[int]] = {}
        for content, faces in self._faces().items():
            for face in faces:
                if face.is_sure is sure:
                    contents_of.setdefault(face.name, set()).add(content)
        return contents_of

    def _faces(self) -> dict[int, list[NamedFace]]:
        """Return the named faces of each content of the catalogue, read again after a change."""
        try:
            stamp = stamp_of(self._path.stat()), self._db.changes()
        except OSError:
            self._stamp, self._problem, self._denied = None, None, None
            self._named, self._video, self._in_video, self._refused = {}, {}, {}, {}
            return {}
        if stamp != self._stamp:
            # Imported here: few archives have faces.
            from cercafoto.archive.local.face_store import FaceStore

            faces, refused, self._problem, self._denied = [], [], None, None
            try:
                with FaceStore.open(self._path) as store:
                    faces, refused = store.named_faces(), store.refusals()
            except ArchiveBusyError:
                raise
            except ArchiveError as error:
                self._problem = error
            digests = [*{face.digest for face in (*faces, *refused)}]
            content_of: dict[bytes, int] = {}
            for start in range(0, len(digests), _AT_ONCE):
                some = digests[start : start + _AT_ONCE]
                listed = ", ".join("?" * len(some))
                content_of |= self._db.rows(
                    f"SELECT digest, id FROM contents WHERE digest IN ({listed})", *some
                )
            named: dict[int, list[NamedFace]] = {}
            self._refused = {}
            for into, some_faces in ((named, faces), (self._refused, refused)):
                for face in some_faces:
                    if face.digest in content_of:
                        into.setdefault(content_of[face.digest], []).append(face)
            rows = self._photos.moments_of([*named])
            self._video = {frame: row.video for frame, row in rows.items()}
            self._in_video = {}
            for frame, video in self._video.items():
                self._in_video.setdefault(video, []).extend(named[frame])
            self._stamp, self._named = stamp, named
        return self._named
