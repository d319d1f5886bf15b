"""Find the faces in photos and frames of videos that have not been looked at yet, and group them.

Decoder processes make the pixels; this process never opens a photo. What was found is written at
once, so an interrupted run goes on where it stopped.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from cercafoto.archive.local.face_store import FaceStore, FaceTable
from cercafoto.archive.local.face_tables import CONFIRMED, NO_FACE
from cercafoto.archive.local_archive import LocalArchive
from cercafoto.base.own_process import usable_cores
from cercafoto.base.paths import printable
from cercafoto.base.reporter import FACES, Reporter
from cercafoto.errors import ImageError, MissingExtraError, PassingImageError
from cercafoto.faces.face_models import CUT_FROM, Face, FaceModels
from cercafoto.faces.grouping import attached, groups_in
from cercafoto.photos.decoding.decoder_processes import Decoders
from cercafoto.photos.opening import PhotoFolders
from cercafoto.photos.preprocessing import WHOLE, Preprocessing, fitting

_PICTURE = Preprocessing(CUT_FROM, WHOLE, CUT_FROM // 2, "lanczos", (0.0,) * 3, (1.0,) * 3)
AHEAD = 2  # photos that wait for a free process
UPRIGHT = 1  # the EXIF orientation of a file that was not turned, or does not say


class Look(NamedTuple):
    """A photo or a frame to look at.

    digest: by which its faces are stored.
    file: SHA-256 of the photo or video.
    paths: the files with this SHA-256.
    start: time of the frame in seconds; None for a photo, and for the first frame of a video.
    """

    digest: bytes
    file: bytes
    paths: tuple[bytes, ...]
    start: float | None = None


_Pending: TypeAlias = dict[Future[list[Face] | None], Look]


@dataclass(frozen=True)
class FaceReport:
    """Results of a run. Numbers count contents: copies of one photo count as one.

    read: photos looked at in this run, and first frames of videos.
    frames: other frames of videos looked at in this run.
    faces: faces found in all these.
    present: photos looked at in an earlier run.
    skipped: photos that are gone, or changed since they were indexed.
    problems: (path, why) of photos that could not be decoded. They are not tried again.
    seconds: duration of the run.
    """

    read: int = 0
    frames: int = 0
    faces: int = 0
    present: int = 0
    skipped: int = 0
    problems: tuple[tuple[bytes, str], ...] = ()
    seconds: float = 0.0


def find_faces(
    archive: LocalArchive, folders: Sequence[bytes], *, wait: bool, reporter: Reporter
) -> FaceReport:
    """Look for faces in the photos at or under `folders`, or in all; see `FaceAlbum.find`."""
    started = time.monotonic()
    with archive.lock(wait, reporter), FaceStore.create(archive.settings.faces) as store:
        with archive.catalog() as catalog:
            where: dict[int, list[bytes]] = {}
            for path, content in catalog.photos.paths(folders):
                where.setdefault(content, []).append(path)
            frames = catalog.photos.frames_of(where)
            digests = catalog.photos.digests_of({*where, *frames})
            photo_folders = PhotoFolders.fixed(catalog.folders.indexed_folders())
        known = store.digests()
        todo = [
            Look(digests[each], digests[each], tuple(paths))
            for each, paths in where.items()
            if digests[each] not in known
        ]
        present = len(where) - len(todo)
        todo += [
            Look(digests[each], digests[row.video], tuple(where[row.video]), row.start)
            for each, row in frames.items()
            if each != row.video and digests[each] not in known
        ]
        run = FaceRun(store, reporter)
        if todo:
            run.read(todo, photo_folders)
        table = store.table()
        if (table.groups[_free(table)] < 0).any():  # also after a run that was interrupted
            regroup(store)
        return FaceReport(
            run.photos,
            run.frames,
            run.faces,
            present,
            len(run.skipped),
            tuple(run.problems),
            time.monotonic() - started,
        )


def regroup(store: FaceStore) -> None:
    """Group all faces that have no confirmed person anew, and guess whose they are."""
    table = store.table()
    free = _free(table)
    groups = groups_in(table, free)
    with store.transaction():
        store.set_groups(dict(zip(table.ids[free].tolist(), groups.tolist(), strict=True)))
    guess_people(store)


def _free(table: FaceTable) -> NDArray[np.bool_]:
    """Return which faces are grouped: those that are faces and have no confirmed person [n]."""
    free: NDArray[np.bool_] = (table.known != CONFIRMED) & (table.known != NO_FACE)
    return free


def guess_people(store: FaceStore) -> None:
    """Guess whose the faces are that nobody has decided about, and store the guesses."""
    with store.transaction():  # nobody may confirm a face meanwhile
        table = store.table()
        before = zip(table.known.tolist(), table.people.tolist(), table.sure.tolist(), strict=True)
        now = dict(zip(table.ids.tolist(), before, strict=True))
        for face, guess in attached(table).items():
            if now[face] != guess:
                store.guess(face, guess.known, guess.person or None, guess.sure)


class FaceRun:
    """Looks at contents, and writes the faces into the store."""

    def __init__(self, store: FaceStore, reporter: Reporter) -> None:
        self.store, self.reporter, self.models = store, reporter, FaceModels()
        self.photos = self.frames = self.faces = self.ended = 0
        self.skipped = set[bytes]()  # the first path of each
        self.problems: dict[tuple[bytes, str], None] = {}  # of a video, the same for many frames

    def read(self, todo: Sequence[Look], folders: PhotoFolders) -> None:
        """Look at all of `todo`. An interruption keeps what is done."""
        number = usable_cores()
        with Decoders(_PICTURE, number, folders=folders) as decoders:
            pool = ThreadPoolExecutor(number, thread_name_prefix="faces")
            pending: _Pending = {}
            try:
                for look in todo:
                    pending[pool.submit(self._faces, decoders, look)] = look
                    if len(pending) >= number + AHEAD:
                        self._take_finished(pending, len(todo))
                while pending:
                    self._take_finished(pending, len(todo))
            finally:
                pool.shutdown(wait=False, cancel_futures=True)

    def _faces(self, decoders: Decoders, look: Look) -> list[Face] | None:
        """Return the faces in a photo or frame; None if all of its files are gone or have changed.
        Raises ImageError if no file can be decoded."""
        problem: ImageError | None = None
        for path in look.paths:
            try:
                photo = decoders.look_at(path, look.start)
            except (PassingImageError, MissingExtraError):
                continue
            except ImageError as error:
                problem = problem or error
                continue
            if photo.content_digest == look.file:
                size = fitting((photo.width, photo.height), CUT_FROM)
                picture = Image.frombytes("RGB", size, photo.image or b"")
                # A video says how it is turned.
                turned_by_file = photo.orientation != UPRIGHT or bool(photo.moments)
                return self.models.faces(picture, turned_by_file)
        if problem is not None:
            raise problem
        return None

    def _take_finished(self, pending: _Pending, total: int) -> None:
        """Wait until the search in a content has ended, and write the faces of all that have."""
        finished = wait(pending, return_when=FIRST_COMPLETED).done
        with self.store.transaction():
            for future in finished:
                self._write(future, pending.pop(future))
        self.ended += len(finished)
        self.reporter.progress(FACES, self.ended, total, "")

    def _write(self, future: Future[list[Face] | None], look: Look) -> None:
        path, video = look.paths[0], look.file if look.start is not None else None
        try:
            found = future.result()
        except ImageError as error:
            reason = error.message.removeprefix(f"{printable(path)}: ")
            self.problems[path, reason] = None
            self.store.write(look.digest, (), video, look.start)
            return
        if found is None:
            self.skipped.add(path)
            return
        faces = [(face.box, face.vector) for face in found]
        self.store.write(look.digest, faces, video, look.start)
        self.photos += video is None
        self.frames += video is not None
        self.faces += len(found)
