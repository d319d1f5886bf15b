"""Thumbnails: small upright copies of photos, WebP, in a cache of bounded size.

They are made when they are first needed, or ahead by `indexing.thumbnails_ahead`.

Photos are decoded as while indexing, in processes of their own with limited memory: a file may
have been replaced by anything since. A copy is known by the SHA-256 of the photo's content, so
that it never has to be checked again; the least recently used go when there are too many.
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
from cercafoto.base.cores import usable_cores
from cercafoto.base.paths import printable
from cercafoto.errors import ImageError
from cercafoto.photos.decoding.decoder_processes import Decoders
from cercafoto.photos.decoding.small_copy import webp
from cercafoto.photos.opening import CHANGED, PhotoFolders
from cercafoto.photos.preprocessing import WHOLE, Preprocessing, fitting
from cercafoto.photos.read_file import ReadFile

# The longer side in pixels: of a tile on a screen of twice the density, and of a whole view.
SMALL, LARGE = 480, 1600
MOST_FILES, MOST_BYTES = 20_000, 500_000_000
LEFT_AFTER_EVICTION = 0.9  # of both, what is left at most once room was made
LOOK_EVERY = 100  # copies made between two looks at the bounds


class Shrunk(NamedTuple):
    """A picture, perhaps smaller than in its file.

    digest: SHA-256 of the file.
    image: upright RGB.
    width, height: those of the full picture, upright.
    """

    digest: bytes
    image: Image.Image
    width: int
    height: int


class Shrinker:
    """Decodes files of any supported format into pictures no larger than a square of `side`.

    folders: see `Decoders`.

    For use by several threads; `close` it, or use it in a with block.
    """

    def __init__(self, side: int, processes: int, folders: PhotoFolders | None = None) -> None:
        self.side = side
        shape = Preprocessing(side, WHOLE, side, "lanczos", (0.0,) * 3, (1.0,) * 3)
        self._decoders = Decoders(shape, processes, folders=folders)

    def __call__(self, path: bytes) -> Shrunk:
        """Shrink a file. Raises ImageError."""
        return self._shrunk(self._decoders.look_at(path))

    def shrink(self, content: bytes, name: str) -> Shrunk:
        """Shrink a content that is no file; `name` is what messages call it. Raises ImageError."""
        return self._shrunk(self._decoders.decode(content, name))

    def _shrunk(self, photo: ReadFile) -> Shrunk:
        size = fitting((photo.width, photo.height), self.side)
        image = Image.frombytes("RGB", size, photo.image or b"")
        return Shrunk(photo.content_digest, image, photo.width, photo.height)

    def close(self) -> None:
        """End the decoders."""
        self._decoders.__exit__()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class Thumbnails:
    """The copies under `folder`. For use by several threads and processes; `close` it.

    elsewhere: finds the copy of a content, WebP, that somebody else made of a photo whose file is
        not on this machine; None where nobody did.
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
        }
        self._lock = threading.Lock()
        self._since_look = LOOK_EVERY  # what earlier processes left is looked at first

    def of(self, path: bytes, digest: bytes, side: int) -> tuple[bytes, bytes]:
        """Return (WebP, SHA-256 of the content that it shows), made now where it is missing.

        digest: the content that the catalogue knows at `path`; the file may have another by now.

        Raises ImageError for a file that is gone, cannot be read, or has changed where links are
        followed.
        """
        thumbnail = self.path(digest, side)
        try:
            data = thumbnail.read_bytes()
            os.utime(thumbnail)  # the time of its last use
            return data, digest
        except OSError:
            pass
        try:
            made_now = self._shrinkers[side](path)
            if made_now.digest != digest and self._follows_links(path):
                raise ImageError(f"{printable(path)}: {CHANGED}.")
            shown, data = made_now.digest, webp(made_now.image)
        except ImageError:
            made = self.elsewhere(digest)
            if made is None:
                raise
            shown, data = digest, made
        # A cache: where it cannot be written, the copy is made again next time.
        with suppress(OSError):
            self.keep(shown, side, data)
        return data, shown

    def _follows_links(self, path: bytes) -> bool:
        """Whether a link may have been put there since the photo was indexed."""
        return self._folders is not None and self._folders.base_of(path).follow

    def picture(self, path: bytes, digest: bytes, side: int) -> Image.Image:
        """Return the pixels of the copy that `of` gives, upright RGB. Raises ImageError."""
        return self.decoded(self.of(path, digest, side)[0], side)

    def decoded(self, copy: bytes, side: int) -> Image.Image:
        """Decode a copy that is no larger than `side`, in a process of its own: it may have been
        made elsewhere. Raises ImageError."""
        return self._shrinkers[side].shrink(copy, "la miniatura").image

    def shrinker(self, side: int) -> Shrinker:
        """Return the shrinker that makes copies of this size, to be used for other files."""
        return self._shrinkers[side]

    def path(self, digest: bytes, side: int) -> Path:
        """Return where the copy of a content is once it is made."""
        name = digest.hex()
        return self.folder / name[:2] / f"{name}-{side}.webp"

    def mark_used(self, digest: bytes, side: int, moment: int) -> int | None:
        """Set a thumbnail's last-used time (ns), which drives eviction.

        Return its size in bytes, None if it does not exist.
        """
        path = self.path(digest, side)
        try:
            size = path.stat().st_size
        except OSError:
            return None
        with suppress(OSError):
            os.utime(path, ns=(moment, moment))
        return size

    def keep(self, digest: bytes, side: int, data: bytes, moment: int | None = None) -> None:
        """Put a copy into the folder, whole or not at all, and make room where it is too many.

        moment: as for `mark_used`, the present one if None.

        Raises OSError.
        """
        path = self.path(digest, side)
        # For the person's eyes only, as the photos may be; so is each copy.
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
        """Delete unfinished copies, and the least recently used until a tenth of the room is free.

        A tenth, so that it need not be done for every copy.
        """
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
        """End the decoders."""
        for shrinker in self._shrinkers.values():
            shrinker.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
