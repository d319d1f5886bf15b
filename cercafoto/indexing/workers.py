"""Who reads and embeds the files of an indexing run: this process and its decoders, or others.

An indexing run decides what is to be read and writes what comes of it; in between it only knows
`Workers`. `LocalWorkers` are this process; `cluster.workers.RayWorkers` are those of other
machines, which read and embed by the functions of this module too.
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
from cercafoto.photos.read_file import Extent, FoundFile, ReadFile, SidecarEntry

# What waits to be embedded is small, the model's input: enough that no process is ever idle.
AHEAD = 64
# A process that decodes takes a tenth of a second to start: what a few photos take.
PHOTOS_PER_PROCESS = 8


class Workers(Protocol):
    """What reads and embeds.

    batch: pictures that it likes to embed, and have written, at once.
    card: the device that embeds, "" for processors.
    """

    @property
    def batch(self) -> int: ...

    @property
    def card(self) -> str: ...

    def read(self, files: Sequence[FoundFile]) -> Generator[ReadFile, None, None]:
        """Read every file, in order. Close the iterator to stop early: that ends what was started
        for it. Raises CercafotoError when that cannot be started, or is gone."""

    def embed(self, batch: Sequence[ReadFile]) -> list[ReadFile]:
        """Replace the image of every file that has one by its embedding."""


@dataclass
class LocalWorkers:
    """This process embeds, processes of its own decode.

    folders: what opens the files.
    copy: the longer side of the small copies that are wanted too, in pixels.
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
        # A connection of its own, since SQLite's are not shared by threads.
        catalog, lock = Catalog.open(self.catalog.path, shared=True), threading.Lock()

        def wanted(digest: bytes) -> Extent:
            with lock:
                return catalog.known.wanted_of(digest, self.model_id)

        absent = file_kind.missing_extras()
        pool = ThreadPoolExecutor(number, thread_name_prefix="read")
        flying: deque[Future[ReadFile]] = deque()
        try:
            with Decoders(self.encoder.preprocessing, number, self.copy, self.folders) as decoders:
                for file in files:
                    future = pool.submit(read_file, file, decoders, wanted, absent, self.folders)
                    flying.append(future)
                    if len(flying) >= max(AHEAD, 2 * self.encoder.batch):
                        yield flying.popleft().result()
                while flying:
                    yield flying.popleft().result()
        finally:
            pool.shutdown(wait=True, cancel_futures=True)
            catalog.close()

    def embed(self, batch: Sequence[ReadFile]) -> list[ReadFile]:
        return embedded(batch, self.encoder)


def read_file(
    file: FoundFile,
    decoders: Decoders,
    wanted: Callable[[bytes], Extent],
    absent: frozenset[str],
    folders: PhotoFolders,
) -> ReadFile:
    """Read one file and the sidecar beside it.

    wanted: what is to be read of a content, by its digest.
    absent: extras that are not installed.
    """
    extra = file_kind.missing_extra(file.path, absent)
    if extra is not None:  # known without reading it all
        return ReadFile(file, problem=MissingExtraError(f"{file_kind.EXTRAS[extra][1]}.", extra))
    try:
        read = decoders.read(file, wanted)
    except ImageError as error:
        # The path stands in a column of its own, and other machines call it otherwise.
        error.message = error.message.removeprefix(f"{printable(file.path)}: ")
        return ReadFile(file, problem=error)
    return replace(read, sidecar_metadata=read_sidecar(file.sidecar, folders))


def read_sidecar(sidecar: SidecarEntry | None, folders: PhotoFolders) -> Facts | None:
    """Read what a sidecar says; nothing if it cannot be read: the photo is there all the same."""
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


def embedded(batch: Sequence[ReadFile], encoder: Encoder) -> list[ReadFile]:
    """Replace the image of every file that has one by its embedding."""
    vectors = iter(encoder.embed_pictures([read.image for read in batch if read.image]))
    return [
        replace(read, image=None, embedding=next(vectors)) if read.image else read for read in batch
    ]
