"""Receive pictures that are dropped on the page.

This process never decodes a picture that arrives: decoder processes turn it into a plain picture.
The most recently used pictures are kept until the server ends.
"""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request

from cercafoto.base.locked_folder import make_locked_folder
from cercafoto.base.os_reasons import os_error_in_italian
from cercafoto.base.piped_picture import MOST_BYTES
from cercafoto.base.recent import RecentCache
from cercafoto.errors import ArchiveError, ImageError, UsageError
from cercafoto.photos.decoding.file_kind import NOT_A_PHOTO
from cercafoto.photos.decoding.small_copy import webp
from cercafoto.photos.thumbnails import Shrinker
from cercafoto.web.fair_queue import BusyError

PREFIX = "cercafoto-pagina-"
MOST_KEPT = 64
MOST_ARRIVING = 3 * MOST_BYTES  # of all pictures that are arriving
PIECE = 1 << 20  # bytes written at a time
MOST_JSON = 200_000  # bytes of any other body


class TooLargeError(UsageError):
    """The body of a request is too large."""


async def bounded_body(request: Request, most: int = MOST_JSON) -> bytes:
    """Return the body of a request. Raises TooLargeError if it has more than `most` bytes."""
    return b"".join([part async for part in _parts(request, most)])


async def _parts(request: Request, most: int) -> AsyncIterator[bytes]:
    announced = request.headers.get("content-length", "0")
    if announced.isdigit() and (len(announced) > 18 or int(announced) > most):
        raise _too_large(most)
    size = 0
    async for part in request.stream():
        size += len(part)
        if size > most:
            raise _too_large(most)
        yield part


def _too_large(most: int) -> TooLargeError:
    return TooLargeError(f"È troppo grande: al massimo {most / 1e6:g} MB.")


class Uploads:
    """The pictures that were dropped, for use by several threads; call `close` at the end.

    Only the MOST_KEPT most recently used pictures are kept.
    shrinker: decodes a file into a reduced picture.
    """

    def __init__(self, shrinker: Shrinker) -> None:
        self._shrinker = shrinker
        self.folder, self._lock = make_locked_folder(PREFIX)
        self._arriving = 0  # bytes of all pictures that are arriving
        self._pictures: RecentCache[str, Path] = RecentCache(
            MOST_KEPT, lambda path: path.unlink(missing_ok=True)
        )

    @asynccontextmanager
    async def arriving(self, request: Request) -> AsyncIterator[Path]:
        """Write the body of a request to a file, yield its path, and delete it after the block.

        Raises TooLargeError if the body is too large; BusyError if too much is arriving already;
        ArchiveError if the file cannot be written.
        """
        raw, mine = self.folder / f"{secrets.token_hex(16)}.arrivata", 0
        try:
            with _disk_errors(), raw.open("xb", PIECE) as file:
                async for part in _parts(request, MOST_BYTES):
                    mine += len(part)
                    self._arriving += len(part)
                    if self._arriving > MOST_ARRIVING:
                        raise BusyError
                    await run_in_threadpool(file.write, part)
            yield raw
        finally:
            self._arriving -= mine
            raw.unlink(missing_ok=True)

    def add(self, raw: Path) -> str:
        """Decode the file `raw`, keep the picture, and return the picture's key for `path`.

        Raises ImageError if the file is no picture or too large; ArchiveError if the decoded
        picture cannot be written.
        """
        try:
            picture = self._shrinker(os.fsencode(raw)).image
        except ImageError as error:
            why = error.message.removeprefix(f"{raw}: ")
            wrong = f"Questa foto non si può usare: {why}"
            if why.startswith(NOT_A_PHOTO):
                wrong = f"Questo file {why}"
            raise ImageError(wrong, error.hint) from error
        key = secrets.token_hex(16)
        path = self.folder / f"{key}.webp"
        with _disk_errors():
            path.write_bytes(webp(picture))
        self._pictures.put(key, path)
        return key

    def path(self, key: str) -> Path | None:
        """Return the path of the picture with this key; None if no such picture is kept."""
        return self._pictures.get(key)

    def close(self) -> None:
        self._lock.release()
        shutil.rmtree(self.folder, ignore_errors=True)


@contextmanager
def _disk_errors() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        why = os_error_in_italian(error, "scrivere")
        raise ArchiveError(
            f"La foto che hai scelto non si può conservare ({why}).",
            "Libera un po' di spazio nella cartella temporanea del sistema.",
        ) from error
