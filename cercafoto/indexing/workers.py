"""Read and embed the files of an indexing run, in this process and its decoder processes.

An indexing run decides which files to read and writes the results; in between it uses `Workers`.
`LocalWorkers` work on this machine, `cluster.ray_workers.RayWorkers` on the machines of a cluster,
which call `read_file` and `embed_images` of this module too.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Protocol

from cercafoto.archive.local.catalog import Catalog
from cercafoto.base.paths import printable
from cercafoto.errors import ImageError, MissingExtraError
from cercafoto.models.encode.encoder import Encoder
from cercafoto.photos.decoding import file_kind
from cercafoto.photos.decoding.decoder_processes import Decoders
from cercafoto.photos.facts import Facts
from cercafoto.photos.opening import PhotoFolders
from cercafoto.photos.read_file import (
    MOST_FRAMES,
    Extent,
    FoundFile,
    ReadFile,
    SidecarEntry,
)

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
    copy: longer side of the small copies to make, in pixels; None makes none.
    """

    encoder: Encoder
    catalog: Catalog
    model_id: int
    folders: PhotoFolders
    copy: int | None = None

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

        absent = file_kind.missing_extras()
        pool = ThreadPoolExecutor(number, thread_name_prefix="read")
        pending: deque[tuple[Future[ReadFile], int]] = deque()
        waiting, most = 0, max(AHEAD, 2 * self.encoder.batch)
        try:
            with Decoders(
                *(self.encoder.preprocessing, number, self.copy, self.folders), MOST_FRAMES
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

    def embed(self, batch: Sequence[ReadFile]) -> list[ReadFile]:
        return embed_images(batch, self.encoder)


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
    return replace(read, sidecar_metadata=read_sidecar(file.sidecar, folders))


def read_sidecar(sidecar: SidecarEntry | None, folders: PhotoFolders) -> Facts | None:
    """Return the metadata in a sidecar; None if `sidecar` is None, empty if it cannot be read."""
    if sidecar is None:
        return None
    from cercafoto.photos import metadata, xmp

    try:
        if sidecar.size <= xmp.MAX_BYTES:
            with folders.open(sidecar.path) as stream:
                return metadata.read_sidecar(stream.read(xmp.MAX_BYTES + 1))
    except OSError:
        pass
    return Facts()


def embed_images(batch: Sequence[ReadFile], encoder: Encoder) -> list[ReadFile]:
    """Return the files of a batch, with embeddings in place of images."""
    vectors = iter(encoder.embed_pictures([image for read in batch for image in read.images]))
    return [
        replace(
            read,
            image=None,
            embedding=next(vectors),
            moments=tuple(
                moment._replace(image=None, embedding=next(vectors) if moment.image else None)
                for moment in read.moments
            ),
        )
        if read.image
        else read
        for read in batch
    ]
