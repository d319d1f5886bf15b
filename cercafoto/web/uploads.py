"""Pictures that are dropped on the page. Nothing of what arrives is ever opened in this process:
decoders of their own turn it into a plain picture, and that is what is kept, until the end.
"""

from __future__ import annotations

import secrets
import tempfile
from contextlib import suppress
from pathlib import Path

from starlette.requests import Request

from cercafoto.base.piped_picture import PipedPicture
from cercafoto.base.recent import RecentCache
from cercafoto.errors import ImageError, UsageError
from cercafoto.photos.decoding.small_copy import webp
from cercafoto.photos.thumbnails import Shrinker

MOST_KEPT = 64
MOST_JSON = 200_000  # bytes of any other body


class TooLargeError(UsageError):
    """More than anybody needs to send."""


async def bounded_body(request: Request, most: int = MOST_JSON) -> bytes:
    """Raises TooLargeError as soon as it is known that there is too much."""
    announced = request.headers.get("content-length", "0")
    if announced.isdigit() and int(announced) > most:
        raise _too_large(most)
    parts, size = [], 0
    async for part in request.stream():
        size += len(part)
        if size > most:
            raise _too_large(most)
        parts.append(part)
    return b"".join(parts)


def _too_large(most: int) -> TooLargeError:
    return TooLargeError(f"È troppo grande: al massimo {most / 1e6:g} MB.")


class Uploads:
    """Pictures that were dropped, for use by several threads; `close` it."""

    def __init__(self, shrinker: Shrinker) -> None:
        self._shrinker = shrinker
        self._folder = tempfile.TemporaryDirectory(prefix="cercafoto-")  # 0700
        self._pictures: RecentCache[str, Path] = RecentCache(
            MOST_KEPT, lambda path: path.unlink(missing_ok=True)
        )

    def add(self, data: bytes) -> str:
        """The key of a new picture. Raises ImageError for what is no picture, or too large a
        one."""
        try:
            picture = self._shrinker.shrink(data, PipedPicture.name).image
        except ImageError as error:
            why = error.message.removeprefix(f"{PipedPicture.name}: ")
            raise ImageError(f"Questa immagine non si può usare: {why}", error.hint) from error
        key = secrets.token_hex(16)
        path = self.folder / f"{key}.webp"
        path.write_bytes(webp(picture))
        self._pictures.put(key, path)
        return key

    def path(self, key: str) -> Path | None:
        """Find the picture with a key; None where there is none, or none any more."""
        return self._pictures.get(key)

    @property
    def folder(self) -> Path:
        return Path(self._folder.name)

    def close(self) -> None:
        with suppress(OSError):
            self._folder.cleanup()
