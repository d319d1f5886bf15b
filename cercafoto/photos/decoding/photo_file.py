"""A photo on the disk, opened read-only, once: its hash and its pixels are of the same bytes.

A file that changes meanwhile is not taken for either of its two contents.
"""

from __future__ import annotations

import hashlib
import io
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace

from cercafoto.base.file_stamp import stamp_of
from cercafoto.base.os_reasons import os_error_in_italian
from cercafoto.base.paths import printable
from cercafoto.errors import ImageError, PassingImageError
from cercafoto.photos.decoding.keywords import Keywords
from cercafoto.photos.decoding.picture import decode_source, describe_source, keywords_in
from cercafoto.photos.decoding.small_copy import small_copy
from cercafoto.photos.decoding.source import ReserveMemory, Source
from cercafoto.photos.monochrome import is_monochrome
from cercafoto.photos.opening import Base, open_file
from cercafoto.photos.preprocessing import Preprocessing
from cercafoto.photos.read_file import Extent, FoundFile, ReadFile

# Larger files are not held in memory: they are read once for the hash and again, from the
# system's cache, by the decoder.
HELD = 32 * 1024 * 1024
# No photo is larger: a TIFF cannot be, and reading more takes hours.
LARGEST = 4 * 1024**3


def read_photo(
    path: bytes | str,
    preprocessing: Preprocessing,
    wanted: Callable[[bytes], Extent] = lambda digest: "all",
    reserve: ReserveMemory = lambda needed: None,
    copy: int | None = None,
    base: Base | None = None,
) -> ReadFile:
    """Read a file: SHA-256 of its content, metadata, and pixels.

    wanted: what is to be read of a content, by its digest.
    reserve: see `picture.decode_source`.
    copy: the longer side, in pixels, of the small copy that is wanted too.
    base: see `opening.open_file`.

    Raises ImageError, with the path in its message, for a file that is not a picture, is cut
    short or damaged, or is too large to decode safely; PassingImageError for one that changes
    while it is read, or cannot be read; MissingExtraError.
    """
    with _opened(os.fsencode(path), base) as (source, digest, status):
        read = ReadFile(FoundFile(os.fsencode(path), *stamp_of(status)), digest)
        lacking = wanted(digest)
        if lacking == "nothing":
            return read
        if lacking == "metadata":
            return replace(read, metadata=describe_source(source, reserve))
        return _decoded(read, source, preprocessing, reserve, copy)


def read_content(
    content: bytes,
    name: str,
    preprocessing: Preprocessing,
    reserve: ReserveMemory = lambda needed: None,
) -> ReadFile:
    """Read a picture that is no file, as `read_photo` does; `name` is what messages call it."""
    file = FoundFile(os.fsencode(name), len(content), 0)
    read = ReadFile(file, hashlib.sha256(content).digest())
    source = Source(io.BytesIO(content), len(content), b"", name)
    return _decoded(read, source, preprocessing, reserve)


def read_keywords(path: bytes, reserve: ReserveMemory, base: Base | None) -> Keywords:
    """Read what a photo says of itself; none where it has none, or none that can be read.

    reserve, base: see `read_photo`.

    Raises PassingImageError for a file that cannot be read.
    """
    name = printable(path)
    try:
        with open_file(path, base) as stream:
            size = os.fstat(stream.fileno()).st_size
            return keywords_in(Source(stream, size, path, name), reserve)
    except OSError as error:
        raise _unreadable(name, error) from error


def _decoded(
    read: ReadFile,
    source: Source,
    preprocessing: Preprocessing,
    reserve: ReserveMemory,
    copy: int | None = None,
) -> ReadFile:
    picture = decode_source(source, preprocessing.resize_to, reserve)
    full = picture.width, picture.height
    return replace(
        read,
        metadata=picture.facts,
        width=picture.width,
        height=picture.height,
        orientation=picture.orientation,
        monochrome=is_monochrome(picture.image),
        image=preprocessing.crop(picture.image, full).tobytes(),
        small_copy=small_copy(picture.image, full, copy) if copy else None,
    )


@contextmanager
def _opened(path: bytes, base: Base | None) -> Iterator[tuple[Source, bytes, os.stat_result]]:
    name = printable(path)
    try:
        with open_file(path, base) as stream:
            status = os.fstat(stream.fileno())
            if status.st_size > LARGEST:
                raise ImageError(f"{name}: è troppo grande per una foto (oltre 4 GB).")
            if status.st_size <= HELD:
                data = stream.read(status.st_size + 1)  # no more: that much is allocated first
                size, digest = len(data), hashlib.sha256(data).digest()
                source = Source(io.BytesIO(data), size, path, name)
            else:
                digest = hashlib.file_digest(stream, "sha256").digest()
                size = stream.tell()
                stream.seek(0)
                source = Source(stream, size, path, name)
            if size != status.st_size:
                raise _changed(name)
            try:
                yield source, digest, status
            except PassingImageError:
                raise
            except ImageError as error:
                # What looks damaged may be half of one content and half of another.
                if _moved_on(path, status):
                    raise _changed(name) from error
                raise
            if _moved_on(path, status):
                raise _changed(name)
    except OSError as error:
        raise _unreadable(name, error) from error
    except MemoryError as error:
        raise PassingImageError(f"{name}: la memoria non basta per leggerla.") from error


def _moved_on(path: bytes, before: os.stat_result) -> bool:
    """Tell whether the path has another file now, none, or the same one with other content."""
    try:
        now = os.stat(path)
    except OSError:
        return True
    return any(
        getattr(now, field) != getattr(before, field)
        for field in ("st_dev", "st_ino", "st_size", "st_mtime_ns")
    )


def _changed(name: str) -> PassingImageError:
    return PassingImageError(f"{name}: il file è cambiato o sparito mentre veniva letto.")


def _unreadable(name: str, error: OSError) -> PassingImageError:
    return PassingImageError(f"{name}: non si può leggere ({os_error_in_italian(error)}).")
