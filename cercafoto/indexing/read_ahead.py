"""Files read and decoded ahead of the one that embeds and writes them, in order."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Generator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor

from cercafoto.archive.local.catalog import Catalog
from cercafoto.archive.records import Indexed, SidecarRead
from cercafoto.base.paths import printable
from cercafoto.errors import ImageError, MissingExtraError, PassingImageError
from cercafoto.models.encode.encoder import Encoder
from cercafoto.photos.decoding import file_kind
from cercafoto.photos.decoding.photo import Photo
from cercafoto.photos.decoding.processes import Answers, Decoders
from cercafoto.photos.facts import Facts
from cercafoto.photos.opening import PhotoFolders
from cercafoto.photos.scan import FoundFile, SidecarEntry

# What waits to be embedded is small, the model's input: enough that no process is ever idle.
AHEAD = 64
# A process that decodes takes a tenth of a second to start: what a few photos take.
PHOTOS_PER_PROCESS = 8

# A file that was read, or why not, and the sidecar beside it.
Read = tuple[Photo | ImageError, SidecarRead | None]


def read_ahead(
    todo: Sequence[tuple[FoundFile, str]],
    catalog: Catalog,
    model_id: int,
    encoder: Encoder,
    folders: PhotoFolders,
    copy: int | None = None,
) -> Generator[tuple[FoundFile, str, Read], None, None]:
    """Read every file of the work list. Close the iterator to stop early: that ends the
    processes that decode.

    folders: what opens the files.
    copy: the longer side of the small copies that are wanted too, in pixels.

    Raises CercafotoError when these cannot be started.
    """
    if not todo:
        return
    number = min(encoder.threads, -(-len(todo) // PHOTOS_PER_PROCESS))
    contents = _KnownContents(catalog, model_id)
    answers = Answers(contents.is_decoded, contents.has_facts)
    absent = file_kind.absent_extras()
    pool = ThreadPoolExecutor(number, thread_name_prefix="read")
    flying: deque[tuple[FoundFile, str, Future[Read]]] = deque()
    try:
        with Decoders(encoder.preprocessing, number, copy, folders) as decoders:
            for file, kind in todo:
                future = pool.submit(read_file, file, decoders, answers, absent, folders)
                flying.append((file, kind, future))
                if len(flying) >= max(AHEAD, 2 * encoder.batch):
                    yield _landed(flying)
            while flying:
                yield _landed(flying)
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
        contents.close()


def _landed(flying: deque[tuple[FoundFile, str, Future[Read]]]) -> tuple[FoundFile, str, Read]:
    file, kind, future = flying.popleft()
    return file, kind, future.result()


def read_file(
    file: FoundFile,
    decoders: Decoders,
    answers: Answers,
    absent: frozenset[str],
    folders: PhotoFolders,
) -> Read:
    """Read one file and the sidecar beside it; absent: extras that are not installed."""
    extra = file_kind.lacking(file.path, absent)
    if extra is not None:  # known without reading it all
        return MissingExtraError(
            f"{printable(file.path)}: {file_kind.EXTRAS[extra][1]}.", extra
        ), None
    try:
        photo = decoders.read(file.path, file.size, answers)
    except ImageError as error:
        return error, None
    return photo, read_sidecar(file.sidecar, folders)


class _KnownContents:
    """Tells whether a content was decoded already, so that a moved or copied file is not. A
    connection of its own, since SQLite's are not shared."""

    def __init__(self, catalog: Catalog, model_id: int) -> None:
        self._catalog = Catalog.open(catalog.path, shared=True)
        self._model_id = model_id
        self._lock = threading.Lock()

    def is_decoded(self, digest: bytes) -> bool:
        """Tell whether nothing more is to be learnt from the pixels of a content."""
        with self._lock:
            has_vector = self._catalog.vectors.has(digest, self._model_id)
            return has_vector and self._catalog.known.has_colours(digest)

    def has_facts(self, digest: bytes) -> bool:
        """Tell whether the metadata of a content is known."""
        with self._lock:
            return self._catalog.known.has_facts(digest)

    def close(self) -> None:
        self._catalog.close()


def read_sidecar(sidecar: SidecarEntry | None, folders: PhotoFolders) -> SidecarRead | None:
    """Read what a sidecar says; nothing, where it cannot be read: the photo is there all the same.
    Its size and time are those of the listing, so that a later change is noticed."""
    if sidecar is None:
        return None
    from cercafoto.photos import metadata, xmp

    facts = Facts()
    try:
        if sidecar.size <= xmp.MAX_BYTES:
            with folders.open(sidecar.path) as stream:
                facts = metadata.read_sidecar(stream.read(xmp.MAX_BYTES + 1))
    except OSError:
        pass
    return SidecarRead(sidecar.size, sidecar.mtime_ns, facts)


def as_indexed(file: FoundFile, read: Read) -> Indexed:
    """Gather what the catalogue is to know of a file that was read, its vector still to come."""
    result, sidecar = read
    if isinstance(result, ImageError):
        # The path stands in its own column; the message keeps the reason alone.
        reason = result.message.removeprefix(f"{printable(file.path)}: ")
        passing = isinstance(result, PassingImageError)
        return Indexed(file.path, file.size, file.mtime_ns, problem=reason, passing=passing)
    return Indexed(
        file.path,
        result.size,
        result.mtime_ns,
        digest=result.digest,
        width=result.width,
        height=result.height,
        orientation=result.orientation,
        facts=result.facts,
        sidecar=sidecar,
        monochrome=result.monochrome,
    )
