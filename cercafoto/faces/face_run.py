"""Find the faces in photos that have not been looked at yet, and group them.

Decoder processes make the pixels; this process never opens a photo. What was found is written at
once, so an interrupted run goes on where it stopped.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from typing import TypeAlias

from PIL import Image

from cercafoto.archive.local.face_store import CONFIRMED, NO_FACE, FaceStore
from cercafoto.archive.local_archive import LocalArchive
from cercafoto.base.cores import usable_cores
from cercafoto.base.paths import printable
from cercafoto.base.reporter import FACES, Reporter
from cercafoto.errors import ImageError, MissingExtraError, PassingImageError
from cercafoto.faces.face_models import CUT_FROM, Face, FaceModels
from cercafoto.faces.grouping import attached, groups_of
from cercafoto.photos.decoding.decoder_processes import Decoders
from cercafoto.photos.opening import PhotoFolders
from cercafoto.photos.preprocessing import WHOLE, Preprocessing, fitting

_PICTURE = Preprocessing(CUT_FROM, WHOLE, CUT_FROM // 2, "lanczos", (0.0,) * 3, (1.0,) * 3)
AHEAD = 2  # photos that wait for a free process
UPRIGHT = 1  # the EXIF orientation of a file that was not turned, or does not say

_Pending: TypeAlias = dict[Future[list[Face] | None], tuple[bytes, bytes]]  # digest, first path


@dataclass(frozen=True)
class FaceReport:
    """Results of a run. Numbers count contents: copies of one photo count as one.

    read: photos looked at in this run.
    faces: faces found in them.
    present: photos looked at in an earlier run.
    skipped: photos that are gone, or changed since they were indexed.
    problems: (path, why) of photos that could not be decoded. They are not tried again.
    seconds: duration of the run.
    """

    read: int = 0
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
    with archive.lock(wait), FaceStore.create(archive.settings.faces) as store:
        with archive.catalog() as catalog:
            where: dict[int, list[bytes]] = {}
            for path, content in catalog.photos.paths(folders):
                where.setdefault(content, []).append(path)
            digests = catalog.photos.digests_of(where)
            photo_folders = PhotoFolders.fixed(catalog.folders.indexed_folders())
        known = store.digests()
        todo = {
            digest: where[content] for content, digest in digests.items() if digest not in known
        }
        run = FaceRun(store, reporter)
        if todo:
            run.read(todo, photo_folders)
        if (store.table().groups < 0).any():  # also after a run that was interrupted
            regroup(store)
        return FaceReport(
            run.done,
            run.faces,
            len(where) - len(todo),
            run.skipped,
            tuple(run.problems),
            time.monotonic() - started,
        )


def regroup(store: FaceStore) -> None:
    """Group all faces that have no confirmed person anew, and guess whose they are."""
    table = store.table()
    free = (table.known != CONFIRMED) & (table.known != NO_FACE)
    groups = groups_of(table.vectors[free])
    with store.transaction():
        store.set_groups(dict(zip(table.ids[free].tolist(), groups.tolist(), strict=True)))
    guess_people(store)


def guess_people(store: FaceStore) -> None:
    """Guess whose the faces are that nobody has decided about, and store the guesses."""
    with store.transaction():  # nobody may confirm a face meanwhile
        table = store.table()
        before = zip(table.known.tolist(), table.people.tolist(), table.sure.tolist(), strict=True)
        now = dict(zip(table.ids.tolist(), before, strict=True))
        for face, guess in attached(table).items():
            if now[face] != guess:
                store.set_known([face], guess.known, guess.person or None, guess.sure)


class FaceRun:
    """Looks at contents, and writes the faces into the store."""

    def __init__(self, store: FaceStore, reporter: Reporter) -> None:
        self.store, self.reporter, self.models = store, reporter, FaceModels()
        self.done = self.faces = self.skipped = 0
        self.problems: list[tuple[bytes, str]] = []

    def read(self, todo: dict[bytes, list[bytes]], folders: PhotoFolders) -> None:
        """Look at all contents of `todo`, SHA-256 -> paths. An interruption keeps what is done."""
        number = usable_cores()
        with Decoders(_PICTURE, number, folders=folders) as decoders:
            pool = ThreadPoolExecutor(number, thread_name_prefix="faces")
            pending: _Pending = {}
            try:
                for digest, paths in todo.items():
                    pending[pool.submit(self._faces, decoders, digest, paths)] = digest, paths[0]
                    if len(pending) >= number + AHEAD:
                        self._take_finished(pending, len(todo))
                while pending:
                    self._take_finished(pending, len(todo))
            finally:
                pool.shutdown(wait=False, cancel_futures=True)

    def _faces(
        self, decoders: Decoders, digest: bytes, paths: Iterable[bytes]
    ) -> list[Face] | None:
        """Return the faces in a content; None if all of its files are gone or have changed. Raises
        ImageError if no file can be decoded."""
        problem: ImageError | None = None
        for path in paths:
            try:
                photo = decoders.look_at(path)
            except (PassingImageError, MissingExtraError):
                continue
            except ImageError as error:
                problem = problem or error
                continue
            if photo.content_digest == digest:
                size = fitting((photo.width, photo.height), CUT_FROM)
                picture = Image.frombytes("RGB", size, photo.image or b"")
                return self.models.faces(picture, photo.orientation != UPRIGHT)
        if problem is not None:
            raise problem
        return None

    def _take_finished(self, pending: _Pending, total: int) -> None:
        """Wait until the search in a content has ended, and write the faces of all that have."""
        finished = wait(pending, return_when=FIRST_COMPLETED).done
        with self.store.transaction():
            for future in finished:
                self._write(future, *pending.pop(future))
        ended = self.done + self.skipped + len(self.problems)
        self.reporter.progress(FACES, ended, total, "")

    def _write(self, future: Future[list[Face] | None], digest: bytes, path: bytes) -> None:
        try:
            found = future.result()
        except ImageError as error:
            reason = error.message.removeprefix(f"{printable(path)}: ")
            self.problems.append((path, reason))
            self.store.write(digest, (), reason)
            return
        if found is None:
            self.skipped += 1
            return
        self.store.write(digest, [(face.box, face.size, face.vector) for face in found])
        self.done += 1
        self.faces += len(found)
