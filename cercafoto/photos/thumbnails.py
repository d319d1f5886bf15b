"""Make thumbnails, small upright WebP copies of photos, and keep them in a cache of bounded size.

Thumbnails are made when they are first needed, or ahead of time by `indexing.thumbnails_ahead`.

Photos are decoded in separate processes with limited memory, since a hostile file may have replaced
a photo after it was indexed. A thumbnail is named by the SHA-256 of the photo's content, so it
never becomes outdated. The least recently used thumbnails are deleted when there are too many.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple, Self

from PIL import Image

from cercafoto.base.atomic_file import remove_leftovers, replacing
from cercafoto.base.own_process import usable_cores
from cercafoto.base.paths import printable
from cercafoto.errors import ImageError
from cercafoto.photos.decoding.decoder_processes import Decoders
from cercafoto.photos.decoding.small_copy import webp
from cercafoto.photos.opening import CHANGED, PhotoFolders
from cercafoto.photos.preprocessing import WHOLE, Preprocessing, fitting
from cercafoto.photos.read_file import ReadFile, moment_digest

# The longer side in pixels, of a tile on a high-density screen, of a full view, and of a photo that
# browsers do not show, to be enlarged: all pixels of a telephone's photo (4032 × 3024).
SMALL, LARGE, WHOLE_PHOTO = 480, 1600, 4096
MOST_FILES, MOST_BYTES = 20_000, 500_000_000
LEFT_AFTER_EVICTION = 0.9  # share of both limits that an eviction leaves
LOOK_EVERY = 100  # thumbnails made between two checks of the limits


class Shrunk(NamedTuple):
    """A decoded picture of limited size.

    digest: SHA-256 of the file's content.
    image: upright RGB.
    width, height: pixels of the full upright picture.
    at: of a video, the time of the frame in seconds; None for a photo.
    """

    digest: bytes
    image: Image.Image
    width: int
    height: int
    at: float | None


class Shrinker:
    """Decodes pictures of any supported format to fit into a square of `side` pixels.

    processes: how many decoding processes to use at most.
    folders: see `Decoders`.

    Several threads may use it. Call `close`, or use it in a with block.
    """

    def __init__(self, side: int, processes: int, folders: PhotoFolders | None = None) -> None:
        self.side = side
        shape = Preprocessing(side, WHOLE, side, "lanczos", (0.0,) * 3, (1.0,) * 3)
        self._decoders = Decoders(shape, processes, folders=folders)

    def __call__(self, path: bytes, at: float | None = None) -> Shrunk:
        """Return the picture in a file, shrunk. Raises ImageError and CercafotoError.

        at: of a video, the time in seconds of the frame; None for its first frame.
        """
        return self._shrunk(self._decoders.look_at(path, at))

    def shrink(self, content: bytes, name: str) -> Shrunk:
        """Return the picture in `content`, shrunk. Raises ImageError, which calls it `name`, and
        CercafotoError."""
        return self._shrunk(self._decoders.decode(content, name))

    def _shrunk(self, photo: ReadFile) -> Shrunk:
        size = fitting((photo.width, photo.height), self.side)
        image = Image.frombytes("RGB", size, photo.image or b"")
        at = photo.moments[0].start if photo.moments else None
        return Shrunk(photo.content_digest, image, photo.width, photo.height, at)

    def close(self) -> None:
        """End the decoding processes."""
        self._decoders.__exit__()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class Thumbnails:
    """The cache of thumbnails in `folder`. Several threads and processes may use it. Call `close`,
    or use it in a with block.

    most_files, most_bytes: limits of the cache.
    elsewhere: given the SHA-256 of a content whose photo cannot be read here, returns the thumbnail
        (WebP) that a shared archive has; None if it has none.
    folders: see `Decoders`.
    """

    def __init__(
        self,
        folder: Path,
        most_files: int = MOST_FILES,
        most_bytes: int = MOST_BYTES,
        elsewhere: Callable[[bytes], bytes | None] = lambda digest: None,
        folders: PhotoFolders | None = None,
    ) -> None:
        self.folder, self.elsewhere, self._folders = folder, elsewhere, folders
        self.most_files, self.most_bytes = most_files, most_bytes
        self._shrinkers = {
            SMALL: Shrinker(SMALL, usable_cores(), folders),
            LARGE: Shrinker(LARGE, 1, folders),
            WHOLE_PHOTO: Shrinker(WHOLE_PHOTO, 1, folders),
        }
        self._lock = threading.Lock()
        self._since_look = LOOK_EVERY  # check the limits at the first thumbnail

    def of(
        self, path: bytes, digest: bytes, side: int, at: float | None = None
    ) -> tuple[bytes, bytes]:
        """Return (thumbnail as WebP, SHA-256 of the content that it shows). Make it if missing.

        digest: SHA-256 of the content of `path` according to the catalogue. If the file has changed
            since the index, the thumbnail shows the new content.
        side: SMALL, LARGE or WHOLE_PHOTO.
        at: of a video, the time in seconds of the frame to show; None for its first frame.

        Raises ImageError if the file is gone or unreadable, or if it has changed and links are
        followed.
        """
        thumbnail = self.path(digest, side, at)
        try:
            data = thumbnail.read_bytes()
            os.utime(thumbnail)  # marks it as used now
            return data, digest
        except OSError:
            pass
        try:
            made_now = self._shrinkers[side](path, at)
            changed = made_now.digest != digest
            if changed and self._folders and self._folders.base_of(path).follow:
                raise ImageError(f"{printable(path)}: {CHANGED}.")
            shown, data = made_now.digest, webp(made_now.image)
        except ImageError:
            made = self.elsewhere(digest)
            if made is None:
                raise
            shown, data = digest, made
        # If the cache cannot be written, the thumbnail is made again next time.
        with suppress(OSError):
            self.keep(shown, side, data, at=at)
        return data, shown

    def picture(
        self, path: bytes, digest: bytes, side: int, at: float | None = None
    ) -> Image.Image:
        """Return the thumbnail that `of` returns, as upright RGB pixels. Raises ImageError."""
        return self.decoded(self.of(path, digest, side, at)[0], side)

    def decoded(self, copy: bytes, side: int) -> Image.Image:
        """Return the pixels of a WebP thumbnail, shrunk to `side` if it is larger.

        A separate process decodes it, since it may come from a shared archive. Raises ImageError.
        """
        return self._shrinkers[side].shrink(copy, "la miniatura").image

    def shrinker(self, side: int) -> Shrinker:
        """Return the shrinker that makes thumbnails of this size, for use on other files."""
        return self._shrinkers[side]

    def path(self, digest: bytes, side: int, at: float | None = None) -> Path:
        """Return the path of the thumbnail of the content `digest`. The file need not exist.

        at: see `of`.
        """
        name = (digest if at is None else moment_digest(digest, round(1000 * at))).hex()
        return self.folder / name[:2] / f"{name}-{side}.webp"

    def mark_used(self, digest: bytes, side: int, moment: int) -> int | None:
        """Set the time (ns since 1970) of a thumbnail's last use, by which eviction chooses.

        Return the thumbnail's size in bytes, None if it does not exist.
        """
        path = self.path(digest, side)
        try:
            size = path.stat().st_size
        except OSError:
            return None
        with suppress(OSError):
            os.utime(path, ns=(moment, moment))
        return size

    def keep(
        self,
        digest: bytes,
        side: int,
        data: bytes,
        moment: int | None = None,
        at: float | None = None,
    ) -> None:
        """Store a thumbnail atomically. Sometimes check the limits and evict old thumbnails.

        data: the thumbnail as WebP.
        moment: time of the last use, as in `mark_used`; None for now.
        at: see `of`.

        Raises OSError.
        """
        path = self.path(digest, side, at)
        # Private folders: the photos may be private too.
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.parent.mkdir(mode=0o700, exist_ok=True)
        with replacing(path) as partial:
            partial.write_bytes(data)
            if moment is not None:
                os.utime(partial, ns=(moment, moment))
        with self._lock:
            self._since_look += 1
            due = self._since_look >= LOOK_EVERY
            if due:
                self._since_look = 0
        if due:
            self._evict()

    def _evict(self) -> None:
        """Delete unfinished files. If a limit is exceeded, delete the least recently used
        thumbnails until a tenth of the limit is free, so that the next few fit in."""
        copies = []
        for folder in self.folder.glob("*/"):
            remove_leftovers(folder)
        for path in self.folder.glob("*/*.webp"):
            with suppress(OSError):  # another process may be doing the same
                status = path.stat()
                copies.append((status.st_mtime_ns, status.st_size, path))
        copies.sort(key=lambda copy: copy[:2])
        files, size = len(copies), sum(bytes_ for _, bytes_, _ in copies)
        if files <= self.most_files and size <= self.most_bytes:
            return
        most_files, most_bytes = (
            LEFT_AFTER_EVICTION * self.most_files,
            LEFT_AFTER_EVICTION * self.most_bytes,
        )
        for _, bytes_, path in copies:
            if files <= most_files and size <= most_bytes:
                return
            with suppress(OSError):
                path.unlink()
            files, size = files - 1, size - bytes_

    def close(self) -> None:
        """End the decoding processes."""
        for shrinker in self._shrinkers.values():
            shrinker.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
