"""Read a photo file: hash, metadata and pixels, all from the same bytes.

The file is opened once, read-only. If it changes while it is read, an error is raised, so that the
hash of one content never gets the pixels of another.
"""

from __future__ import annotations

import hashlib
import io
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace

from cercafoto.base.file_stamp import stamp_of
from cercafoto.base.os_reasons import unreadable
from cercafoto.base.paths import printable
from cercafoto.errors import ImageError, PassingImageError
from cercafoto.photos.decoding.file_kind import is_video
from cercafoto.photos.decoding.keywords import Keywords
from cercafoto.photos.decoding.picture import decode_source, describe_source, keywords_in
from cercafoto.photos.decoding.small_copy import small_copy
from cercafoto.photos.decoding.source import COVER, ReserveMemory, Source, Wanted
from cercafoto.photos.monochrome import is_monochrome
from cercafoto.photos.opening import Base, open_file
from cercafoto.photos.preprocessing import Preprocessing
from cercafoto.photos.read_file import Extent, FoundFile, ReadFile, ReadMoment

# Files up to this size are held in memory. Larger ones are read once for the hash and again by the
# decoder.
HELD = 32 * 1024 * 1024
# Larger photos are refused: even a TIFF cannot be larger.
LARGEST = 4 * 1024**3
# What shows that a file has not changed.
_SIGNS = "st_dev", "st_ino", "st_size", "st_mtime_ns"
# SHA-256 of files that were not held in memory, by path and signs: a video of gigabytes is hashed
# once, and not again for each of its frames.
_digests: dict[tuple[object, ...], bytes] = {}
_MOST_DIGESTS = 1000


def read_photo(
    path: bytes | str,
    preprocessing: Preprocessing,
    wanted: Callable[[bytes], Extent] = lambda digest: "all",
    reserve: ReserveMemory = lambda needed: None,
    copy: int | None = None,
    base: Base | None = None,
    things: Preprocessing | None = None,
    frames: Wanted = COVER,
) -> ReadFile:
    """Return the SHA-256 of a file and, as far as `wanted` says, its metadata and pixels.

    wanted: given the SHA-256 of a content, returns how much of the content to read.
    reserve: see `picture.decode_source`.
    copy: longer side in pixels of the small copy to make, None for no copy.
    base: see `opening.open_file`.
    things: how to make `ReadFile.things_image`; None for none.
    frames: which frames to decode if the file is a video.

    Raises ImageError if the file is not a picture, is damaged or too large to decode safely;
    PassingImageError if it cannot be read or changes meanwhile; MissingExtraError if its format
    needs an extra. The messages contain the path.
    """
    with _opened(os.fsencode(path), base) as (source, digest, status):
        read = ReadFile(FoundFile(os.fsencode(path), *stamp_of(status)), digest)
        extent = wanted(digest)
        if extent == "nothing":
            return read
        if extent == "metadata":
            return replace(read, metadata=describe_source(source, reserve))
        return _decoded(read, source, preprocessing, reserve, copy, things, frames)


def read_content(
    content: bytes,
    name: str,
    preprocessing: Preprocessing,
    reserve: ReserveMemory = lambda needed: None,
) -> ReadFile:
    """Return the SHA-256, metadata and pixels of a picture given as bytes. Raises as `read_photo`.

    name: what messages call the picture.
    """
    file = FoundFile(os.fsencode(name), len(content), 0)
    read = ReadFile(file, hashlib.sha256(content).digest())
    source = Source(io.BytesIO(content), len(content), b"", name)
    return _decoded(read, source, preprocessing, reserve)


def read_keywords(path: bytes, reserve: ReserveMemory, base: Base | None) -> Keywords:
    """Return the XMP packet and the IPTC keywords of a photo; empty if the photo has none or they
    cannot be read.

    reserve, base: see `read_photo`.

    Raises PassingImageError if the file cannot be read.
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
    things: Preprocessing | None = None,
    frames: Wanted = COVER,
) -> ReadFile:
    """Return `read` with the metadata and pixels of `source` added."""
    picture = decode_source(source, preprocessing.resize_to, reserve, frames)
    full = picture.width, picture.height
    return replace(
        read,
        metadata=picture.facts,
        width=picture.width,
        height=picture.height,
        orientation=picture.orientation,
        monochrome=is_monochrome(picture.image),
        image=preprocessing.crop(picture.image, full).tobytes(),
        things_image=things.crop(picture.image, full).tobytes() if things else None,
        small_copy=small_copy(picture.image, full, copy) if copy else None,
        moments=tuple(
            ReadMoment(
                *still[1:], preprocessing.crop(still.image, full).tobytes() if number else None
            )
            for number, still in enumerate(picture.stills)
        ),
        damaged=picture.damaged,
    )


@contextmanager
def _opened(path: bytes, base: Base | None) -> Iterator[tuple[Source, bytes, os.stat_result]]:
    """Yield the opened file, its SHA-256 and its status. Check after the with block that the file
    did not change.

    Raises ImageError if the file is too large, PassingImageError if it cannot be read or changed,
    also in place of an ImageError from the block.
    """
    name = printable(path)
    try:
        with open_file(path, base) as stream:
            status = os.fstat(stream.fileno())
            if status.st_size > LARGEST and not is_video(path):
                raise ImageError(f"{name}: è troppo grande per una foto (oltre 4 GB).")
            if status.st_size <= HELD:
                data = stream.read(status.st_size + 1)  # one more byte shows whether it has grown
                size, digest = len(data), hashlib.sha256(data).digest()
                source = Source(io.BytesIO(data), size, path, name)
            else:
                signs = (path, status.st_ctime_ns, *_signs(status))
                size = status.st_size
                if signs not in _digests:
                    if len(_digests) >= _MOST_DIGESTS:
                        _digests.clear()
                    _digests[signs] = hashlib.file_digest(stream, "sha256").digest()
                    size = stream.tell()
                    stream.seek(0)
                digest = _digests[signs]
                source = Source(stream, size, path, name)
            if size != status.st_size:
                raise _changed(name)
            try:
                yield source, digest, status
            except PassingImageError:
                raise
            except ImageError as error:
                # A photo may only look damaged because half of it was already overwritten.
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
    """Whether the file at the path was removed, replaced or changed since `before`."""
    try:
        now = os.stat(path)
    except OSError:
        return True
    return _signs(now) != _signs(before)


def _signs(status: os.stat_result) -> tuple[int, ...]:
    return tuple(getattr(status, sign) for sign in _SIGNS)


def _changed(name: str) -> PassingImageError:
    return PassingImageError(f"{name}: il file è cambiato o sparito mentre veniva letto.")


def _unreadable(name: str, error: OSError) -> PassingImageError:
    return PassingImageError(f"{name}: {unreadable(error)}.")
