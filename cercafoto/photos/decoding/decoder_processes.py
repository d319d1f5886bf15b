"""Decode photos in separate processes, so that a crash, a hang or full memory costs only one photo.

A process starts in a tenth of a second, and only when there is something to decode.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from queue import LifoQueue
from typing import Any

from cercafoto.base.child_process import (
    FLAGS,
    ChildProcess,
    ClosedError,
    GoneError,
    NotStartedError,
)
from cercafoto.base.file_stamp import stamp_of
from cercafoto.base.installation import REINSTALL, install_command
from cercafoto.base.os_reasons import unreadable
from cercafoto.base.own_process import decoder_command, is_frozen
from cercafoto.base.paths import printable
from cercafoto.errors import CercafotoError, ImageError, MissingExtraError, PassingImageError
from cercafoto.photos.decoding import memory_cost
from cercafoto.photos.decoding.file_kind import is_video
from cercafoto.photos.decoding.keywords import Keywords
from cercafoto.photos.facts import Facts
from cercafoto.photos.opening import PhotoFolders
from cercafoto.photos.preprocessing import Preprocessing
from cercafoto.photos.read_file import Extent, FoundFile, ReadFile, ReadMoment
from cercafoto.photos.xmp import MAX_BYTES

PROGRAM = (
    "import sys; sys.path += [place for place in sys.argv[1:] if place not in sys.path]; "
    "from cercafoto.photos.decoding.decoder_worker import main; main()"
)

ENVIRONMENT = {
    "OMP_NUM_THREADS": "1",  # there is already one process per core
    # glibc: return large blocks to the system at once. By default it keeps up to 400 MB after a
    # picture of 100 megapixels.
    "MALLOC_MMAP_THRESHOLD_": str(4 * 1024 * 1024),
    # Smaller blocks are kept for the next photo: returning and allocating them took a tenth of the
    # time.
    "MALLOC_TRIM_THRESHOLD_": str(32 * 1024 * 1024),
    "MALLOC_TOP_PAD_": str(8 * 1024 * 1024),
}

# Seconds that a decoder may compute for a photo: ten times what the slowest needs for the largest
# accepted picture, and a second more for each megabyte.
LIMIT = 60.0
BYTES_PER_SECOND = 1_000_000
VIDEO_LIMIT = 180.0  # twice `video_frames.END_AFTER`

MOST_WORKERS = 8  # each takes some 50 MB


def everything(digest: bytes) -> Extent:
    """Return "all": read the whole content. The default `wanted` of `Decoders.read`."""
    return "all"


class Decoders:
    """Up to `number` decoding processes for a with block, which ends the processes when it is left.

    preprocessing: how to resize and crop the pixels; None if only `keywords` will be called.
    number: how many processes; never more than MOST_WORKERS.
    copy: longer side in pixels of the small copy to make of every photo; None for no copies.
    folders: the indexed folders, below which photos of the archive must lie; None for photos that
        the person named.
    things: how to make `ReadFile.things_image` of files; None for none.
    most_frames: how many frames of a video to return, at most.
    """

    def __init__(
        self,
        preprocessing: Preprocessing | None,
        number: int,
        copy: int | None = None,
        folders: PhotoFolders | None = None,
        things: Preprocessing | None = None,
        most_frames: int = 1,
    ) -> None:
        budget = _MemoryBudget(memory_cost.MOST_BYTES)
        number = min(number, MOST_WORKERS)
        self._all = [
            _Worker(preprocessing, budget, copy, folders, things, most_frames)
            for _ in range(number)
        ]
        # Last in, first out: a process that already runs is used before another is started.
        self._idle: LifoQueue[_Worker] = LifoQueue()
        for worker in self._all:
            self._idle.put(worker)

    def __enter__(self) -> Decoders:
        return self

    def __exit__(self, *exc: object) -> None:
        for worker in self._all:
            worker.close()

    def read(self, file: FoundFile, wanted: Callable[[bytes], Extent] = everything) -> ReadFile:
        """Read one photo and return what was read. Several threads may call this.

        wanted: given the SHA-256 of a content, returns how much of the content to read.

        Raises the errors of `photo_file.read_photo`, ImageError if the photo makes the process
        crash or takes too long, and CercafotoError if no process can be started.
        """
        with self._one() as worker:
            return worker.photo(file, wanted)

    def look_at(self, path: bytes, at: float | None = None) -> ReadFile:
        """Read a photo of which only the path is known. Raises the errors of `read`.

        at: of a video, the time in seconds of the frame to return; None for its first frame.
        """
        with self._one() as worker:
            return worker.photo(_found(path), at=at)

    def keywords(self, path: bytes) -> Keywords:
        """Return the XMP packet and the IPTC keywords of a photo; empty if the photo has none or
        they cannot be read.

        Raises ImageError if the file cannot be read, makes the process crash or takes too long;
        CercafotoError if no process can be started.
        """
        with self._one() as worker:
            return worker.keywords(_found(path))

    def decode(self, content: bytes, name: str) -> ReadFile:
        """Read a picture given as bytes; errors call it `name`. Raises the errors of `read`."""
        with self._one() as worker:
            return worker.photo(FoundFile(os.fsencode(name), len(content), 0), everything, content)

    @contextmanager
    def _one(self) -> Iterator[_Worker]:
        """Yield a process that no other thread uses; wait if all processes are in use."""
        worker = self._idle.get()
        try:
            yield worker
        finally:
            self._idle.put(worker)


def _found(path: bytes) -> FoundFile:
    try:
        return FoundFile(path, *stamp_of(os.stat(path)))
    except OSError as error:
        raise PassingImageError(f"{printable(path)}: {unreadable(error)}.") from error


@dataclass
class _MemoryBudget:
    """The `total` bytes of memory that all decoding processes share: a photo that needs many waits
    until other photos are done."""

    total: int
    _used: int = 0
    _changed: threading.Condition = field(default_factory=threading.Condition)

    @contextmanager
    def lease(self) -> Iterator[Callable[[int], None]]:
        """Yield a function that waits until it can reserve a number of bytes. All are freed at the
        end of the with block.

        A request larger than the total is granted when nobody else has reserved bytes.
        """
        mine = 0

        def take(needed: int) -> None:
            nonlocal mine
            with self._changed:
                self._changed.wait_for(
                    lambda: self._used == mine or self._used + needed <= self.total
                )
                self._used += needed
                mine += needed

        try:
            yield take
        finally:
            with self._changed:
                self._used -= mine
                self._changed.notify_all()


class _Worker:
    """One decoding process. See `Decoders` for the arguments."""

    def __init__(
        self,
        preprocessing: Preprocessing | None,
        budget: _MemoryBudget,
        copy: int | None,
        folders: PhotoFolders | None,
        things: Preprocessing | None,
        most_frames: int,
    ) -> None:
        self._most_frames = most_frames
        self._preprocessing = preprocessing and preprocessing._asdict()
        self._things = things and things._asdict()
        self._copy = copy
        # The blocks of bytes that follow an answer, and their largest sizes.
        self._parts = {"packet": MAX_BYTES}
        if preprocessing is not None:
            image = 3 * preprocessing.size**2
            self._parts = {
                "image": image,
                "small_copy": 4 * (copy or 0) ** 2,
                "things_image": 3 * things.size**2 if things else 0,
                "frames": (most_frames - 1) * image,
            }
        self._budget, self._folders = budget, folders
        self._process = ChildProcess(_command, ENVIRONMENT)

    def close(self) -> None:
        """End the process. It cannot be started again."""
        self._process.close()

    def photo(
        self,
        file: FoundFile,
        wanted: Callable[[bytes], Extent] = everything,
        content: bytes | None = None,
        at: float | None = None,
    ) -> ReadFile:
        """Read one photo.

        content: the bytes of a photo that is not a file; errors call it by the path in `file`.
        at: see `Decoders.look_at`.
        """
        answer, (image, small_copy, things_image, frames) = self._read(file, wanted, content, at)
        size = len(image or b"")
        moments = [
            ReadMoment(start, end, frames[size * (n - 1) : size * n] if n and frames else None)
            for n, (start, end) in enumerate(answer["moments"])
        ]
        metadata = answer["metadata"]
        if metadata is not None:
            metadata = Facts.of_values(metadata)
        return ReadFile(
            file._replace(size=answer["size"], mtime_ns=answer["mtime_ns"]),
            bytes.fromhex(answer["content_digest"]),
            metadata,
            answer["width"],
            answer["height"],
            answer["orientation"],
            answer["monochrome"],
            image,
            things_image,
            small_copy=small_copy,
            moments=tuple(moments),
            damaged=answer["damaged"],
        )

    def keywords(self, file: FoundFile) -> Keywords:
        """Return the XMP packet and the IPTC keywords of a photo; empty if the photo has none or
        they cannot be read. Raises ImageError."""
        answer, (packet,) = self._read(file)
        return Keywords(packet or b"", answer["iptc"])

    def _read(
        self,
        file: FoundFile,
        wanted: Callable[[bytes], Extent] = everything,
        content: bytes | None = None,
        at: float | None = None,
    ) -> tuple[dict[str, Any], list[bytes | None]]:
        """Return the answer about one photo and the blocks of bytes that follow the answer, None
        for an empty block.

        If the process crashes, try once more with a new process. Raises ImageError, CercafotoError.
        """
        seconds = (VIDEO_LIMIT if is_video(file.path) else LIMIT) + file.size / BYTES_PER_SECOND
        for last in (False, True):
            self._start()
            try:
                with self._budget.lease() as take:
                    answer = self._talk(file.path, content, at, seconds, wanted, take)
                    return answer, [
                        self._process.payload(size, most, seconds)
                        if (size := answer[part])
                        else None
                        for part, most in self._parts.items()
                    ]
            except GoneError as error:
                code = self._process.end()
                if self._process.closed:
                    raise _closing() from error
                name = printable(file.path)
                if late := self._process.timed_out:
                    raise ImageError(
                        f"{name}: la decodifica non finiva: interrotta dopo {late}."
                    ) from error
                if code == -getattr(signal, "SIGKILL", 9):
                    raise PassingImageError(
                        f"{name}: il sistema ha chiuso il processo che la decodificava, forse "
                        "per mancanza di memoria."
                    ) from error
                # An earlier photo may have damaged the process: a new one shows whose fault it is.
                if last:
                    raise ImageError(
                        f"{name}: il decodificatore si è bloccato di colpo leggendola: "
                        "è probabilmente danneggiata."
                    ) from error
        raise AssertionError("unreachable")

    def _start(self) -> None:
        """Start the process unless it runs. Raises CercafotoError if it does not start."""
        try:
            self._process.start()
        except ClosedError as error:
            raise _closing() from error
        except NotStartedError as error:
            raise CercafotoError(
                "Il processo che decodifica le foto non parte.",
                f"Reinstalla cercafoto: {install_command(how=REINSTALL)}",
            ) from error

    def _talk(
        self,
        path: bytes,
        content: bytes | None,
        at: float | None,
        seconds: float,
        wanted: Callable[[bytes], Extent],
        take: Callable[[int], None],
    ) -> dict[str, Any]:
        """Send a request, answer the process's questions, and return its answer.

        Raises GoneError, and the ImageError that the process reports.
        """
        message: dict[str, Any] = {
            "path": os.fsdecode(path),
            "preprocessing": self._preprocessing,
            "copy": self._copy,
            "things": self._things,
            "frames": (self._most_frames, at),
        }
        if content is not None:
            message["bytes"] = len(content)
        elif self._folders is None:
            message["base"] = None
        else:
            base = self._folders.base_of(path)
            message |= {"base": os.fsdecode(base.folder), "follow": base.follow}
        while True:
            reply = self._process.ask(message, seconds, content or b"")
            content = None
            if "content" in reply:
                message = {"wanted": wanted(bytes.fromhex(reply["content"]))}
            elif "room" in reply:
                take(reply["room"])
                message = {}
            elif "image" in reply or "packet" in reply:
                return reply
            elif "extra" in reply:
                raise MissingExtraError(reply["missing"], reply["extra"])
            elif "passing" in reply:
                raise PassingImageError(reply["passing"])
            else:
                raise ImageError(reply["problem"])


def _command() -> list[str]:
    """Return the command line that starts a decoding process."""
    if is_frozen():
        return decoder_command()
    return [sys.executable, *FLAGS, PROGRAM, *filter(None, sys.path)]


def _closing() -> CercafotoError:
    return CercafotoError("La lettura delle foto è stata interrotta.")
