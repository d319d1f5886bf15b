"""Read and embed the files of an indexing run, in this process and its decoder processes.

An indexing run decides which files to read and writes the results; in between it uses `Workers`.
`LocalWorkers` work on this machine, `cluster.ray_workers.RayWorkers` on the machines of a cluster,
which call `read_file` and `embed_images` of this module too.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Protocol

from cercafoto.archive.local.catalog import Catalog
from cercafoto.base.arrays import Floats
from cercafoto.base.paths import printable
from cercafoto.errors import ImageError, MissingExtraError
from cercafoto.models.encode.encoder import Encoder
from cercafoto.models.encode.things_encoder import ThingsEncoder
from cercafoto.photos import beside
from cercafoto.photos.decoding import file_kind
from cercafoto.photos.decoding.decoder_processes import Decoders
from cercafoto.photos.opening import PhotoFolders
from cercafoto.photos.preprocessing import Preprocessing
from cercafoto.photos.read_file import MOST_FRAMES, Extent, FoundFile, ReadFile
from cercafoto.photos.seen_things import SeenThings

# Files read ahead of the embedding, so that no decoder is ever idle. A decoded image waits as the
# model's small input.
AHEAD = 64
VIDEO_WEIGHT = 16  # a video waits as up to MOST_FRAMES images
# A decoder process takes a tenth of a second to start, as long as a few photos.
PHOTOS_PER_PROCESS = 8


class Workers(Protocol):
    """Reads and embeds files.

    batch: how many images to embed and write at once.
    card: the device that embeds; "" for processors.
    """

    @property
    def batch(self) -> int: ...

    @property
    def card(self) -> str: ...

    def read(self, files: Sequence[FoundFile]) -> Generator[ReadFile, None, None]:
        """Yield every file, read, in the order of `files`. Closing the iterator ends the decoders.

        A file that cannot be read is yielded with its problem.
        Raises CercafotoError if the decoders cannot be started, or are gone.
        """

    def embed(self, batch: Sequence[ReadFile]) -> list[ReadFile]:
        """Return the files, with embeddings in place of images."""


@dataclass
class LocalWorkers:
    """Embeds in this process and decodes in child processes; implements `Workers`.

    model_id: id in `catalog` of the model that `encoder` embeds with.
    folders: opens the files.
    things: sees the things in photos; None if nothing can.
    copy: longer side of the small copies to make, in pixels; None makes none.
    """

    encoder: Encoder
    things: ThingsEncoder | None
    catalog: Catalog
    model_id: int
    folders: PhotoFolders
    copy: int | None = None
    _opening: threading.Thread | None = field(default=None, init=False)

    @property
    def batch(self) -> int:
        return self.encoder.batch

    @property
    def card(self) -> str:
        return self.encoder.card

    def read(self, files: Sequence[FoundFile]) -> Generator[ReadFile, None, None]:
        number = min(self.encoder.threads, -(-len(files) // PHOTOS_PER_PROCESS))
        # A separate connection: SQLite's may not be shared by threads.
        catalog, lock = Catalog.open(self.catalog.path, shared=True), threading.Lock()

        def wanted(digest: bytes) -> Extent:
            with lock:
                return catalog.known.wanted_of(digest, self.model_id)

        # The graph that sees things is loaded while the first decoder starts: with few photos both
        # take most of the time.
        self._opening = threading.Thread(target=self._open, name="open")
        self._opening.start()
        absent = file_kind.missing_extras()
        pool = ThreadPoolExecutor(number, thread_name_prefix="read")
        pending: deque[tuple[Future[ReadFile], int]] = deque()
        waiting, most = 0, max(AHEAD, 2 * self.encoder.batch)
        try:
            with Decoders(
                *(self.encoder.preprocessing, number, self.copy, self.folders),
                things_preprocessing(self.encoder, self.things),
                MOST_FRAMES,
            ) as decoders:
                for file in files:
                    future = pool.submit(read_file, file, decoders, wanted, absent, self.folders)
                    weight = VIDEO_WEIGHT if file_kind.is_video(file.path) else 1
                    pending.append((future, weight))
                    waiting += weight
                    while waiting >= most:
                        future, weight = pending.popleft()
                        waiting -= weight
                        yield future.result()
                for future, _ in pending:
                    yield future.result()
        finally:
            pool.shutdown(wait=True, cancel_futures=True)
            catalog.close()

    def _open(self) -> None:
        if self.things:
            with suppress(Exception):  # `embed` raises it again
                self.things.open()

    def embed(self, batch: Sequence[ReadFile]) -> list[ReadFile]:
        if self._opening and any(read.image for read in batch):
            self._opening.join()
        return embed_images(batch, self.encoder, self.things)


def read_file(
    file: FoundFile,
    decoders: Decoders,
    wanted: Callable[[bytes], Extent],
    absent: frozenset[str],
    folders: PhotoFolders,
) -> ReadFile:
    """Return one file, read together with its sidecar; if it cannot be read, with the problem.

    wanted: returns how much of a content to read, given its digest.
    absent: extras of the package that are not installed.
    folders: opens the sidecar.
    """
    extra = file_kind.missing_extra(file.path, absent)
    if extra is not None:  # known from its first bytes
        return ReadFile(file, problem=MissingExtraError(f"{file_kind.EXTRAS[extra][1]}.", extra))
    try:
        read = decoders.read(file, wanted)
    except ImageError as error:
        # The catalogue stores the path separately, and other machines may know it by another one.
        error.message = error.message.removeprefix(f"{printable(file.path)}: ")
        return ReadFile(file, problem=error)
    return replace(read, sidecar_metadata=beside.read_beside(file, folders))


def things_preprocessing(encoder: Encoder, things: ThingsEncoder | None) -> Preprocessing | None:
    """Return how decoders make the images in which `things` sees things; None if `things` is None
    or takes the images of `encoder`."""
    if things is None or things.preprocessing == encoder.preprocessing:
        return None
    return things.preprocessing


def embed_images(
    batch: Sequence[ReadFile], encoder: Encoder, things: ThingsEncoder | None
) -> list[ReadFile]:
    """Return the files of a batch, with embeddings and things in place of images. Things are seen
    in every frame of a video if `things` embeds with the model of `encoder`, else in the first."""
    decoded = [read for read in batch if read.image]
    images = [image for read in decoded for image in read.images]
    frames: Iterator[tuple[Floats, SeenThings | None]]
    firsts: Iterator[SeenThings] | None = None
    if things and things.fingerprint == encoder.fingerprint and not encoder.card:
        vectors, seen = things.see(images)
        frames = iter(zip(vectors, seen, strict=True))
    else:
        frames = iter((vector, None) for vector in encoder.embed_pictures(images))
        first_images = [read.things_image or read.image or b"" for read in decoded]
        firsts = iter(things.see(first_images)[1]) if things else None
    done = []
    for read in batch:
        if read.image:
            vector, shown = next(frames)
            moments = []
            for moment in read.moments:
                embedding, inside = next(frames) if moment.image else (None, None)
                moments.append(moment._replace(image=None, embedding=embedding, things=inside))
            read = replace(
                read,
                image=None,
                things_image=None,
                embedding=vector,
                things=next(firsts) if firsts else shown,
                moments=tuple(moments),
            )
        done.append(read)
    return done
