"""Decode a file of any picture format into upright RGB pixels and its metadata."""

from __future__ import annotations

import io
import logging
import math
import os
import warnings
from pathlib import Path
from typing import TYPE_CHECKING

from PIL import Image, ImageFile

from cercafoto.base.installation import install_command
from cercafoto.base.os_reasons import unreadable
from cercafoto.errors import ImageError, MissingExtraError, PassingImageError
from cercafoto.photos.decoding import (
    file_kind,
    jpeg2000,
    jxl,
    memory_cost,
)
from cercafoto.photos.decoding.keywords import Keywords
from cercafoto.photos.decoding.source import (
    COVER,
    SWAPS_SIDES,
    DecodedImage,
    ReserveMemory,
    Source,
    Wanted,
    orientation_of,
    reserve_or_refuse,
    upright,
)
from cercafoto.photos.decoding.to_rgb import to_rgb

if TYPE_CHECKING:
    from cercafoto.photos.facts import Facts

# Pillow logs warnings about malformed tags, which would reach the terminal.
logging.getLogger("PIL").addHandler(logging.NullHandler())

# Pillow's own limit ignores that a JPEG can be decoded smaller. Ours (`memory_cost`) looks at the
# memory really needed: a 500-megapixel JPEG is read, a gigapixel PNG is refused.
Image.MAX_IMAGE_PIXELS = None

# A JPEG is decoded to at least this many times the requested side: decoding it smaller blurs it.
# With 1 instead, `mini` finds a little less (docs/performance.md).
DRAFT_FACTOR = 1.5
# Other formats are decoded whole, then shrunk to this many times the requested side.
ENOUGH = 2

# Pillow's other readers are not used: some, such as that of EPS, run programs or follow links. The
# first line has the readers that Pillow imports at once; any other makes it import all of them.
_READERS = {
    file_kind.PICTURE: (
        *("JPEG", "PNG", "GIF", "BMP", "PPM", "AVIF"),
        *("WEBP", "TIFF", "JPEG2000"),
    ),
    file_kind.RAW: ("TIFF",),  # a TIFF that only has the extension of a RAW
    file_kind.HEIF: ("HEIF",),
    file_kind.JXL: ("JXL",),
}


def decode(data: bytes, side: int, name: str) -> DecodedImage:
    """Return a decoded picture whose short side has at least `side` pixels, if the file has them.

    data: the bytes of the picture's file.
    name: what messages call the picture.

    Raises ImageError.
    """
    return decode_source(Source(io.BytesIO(data), len(data), os.fsencode(name), name), side)


def open_upright(path: Path, side: int) -> Image.Image:
    """Return the picture in a file as upright RGB. side: see `decode`. Raises ImageError."""
    try:
        with path.open("rb") as stream:
            source = Source(stream, path.stat().st_size, os.fsencode(path), str(path))
            return decode_source(source, side).image
    except OSError as error:
        raise ImageError(f"{path}: {unreadable(error)}.") from error


def decode_source(
    source: Source,
    side: int,
    reserve: ReserveMemory = lambda needed: None,
    frames: Wanted = COVER,
) -> DecodedImage:
    """Return the picture in `source`, decoded as `decode` does. Raises ImageError.

    reserve: called with the bytes of memory needed, before they are allocated.
    frames: which frames to decode if it is a video.
    """
    name, kind = source.name, source.kind
    if not source.size:
        raise ImageError(f"{name}: il file è vuoto.")
    if kind == file_kind.UNKNOWN:
        raise ImageError(f"{name}: {file_kind.NOT_A_PHOTO}.")
    if kind in file_kind.EXTRAS and kind in file_kind.missing_extras():
        raise MissingExtraError(
            f"{name} è un file {file_kind.EXTRAS[kind][1]}, e qui manca quello che lo legge.",
            kind,
            f"Per installarlo: {install_command(kind)}",
        )
    try:
        with warnings.catch_warnings(action="ignore"):  # malformed metadata are common and harmless
            if kind == file_kind.VIDEO:
                from cercafoto.photos.decoding import video_frames  # late: most files are photos

                return video_frames.decode(source, side, reserve, frames)
            if kind == file_kind.RAW:
                from cercafoto.photos.decoding import raw  # late: most people have none

                developed = raw.decode(source, side, reserve)
                if developed is not None:
                    return developed
            return _decode(source, kind, side, reserve)
    except ImageError:
        raise
    except MemoryError as error:
        raise ImageError(f"{name}: la memoria non basta per decodificarla.") from error
    except OSError as error:
        if error.errno is not None:  # an error of the disk, not of a decoder
            raise PassingImageError(f"{name}: {unreadable(error)}.") from error
        raise _damaged(name) from error
    except Exception as error:
        # Decoders raise almost any exception on malformed input: SyntaxError, ValueError,
        # struct.error, IndexError and others.
        raise _damaged(name) from error


def _decode(source: Source, kind: str, side: int, reserve: ReserveMemory) -> DecodedImage:
    """Return a picture of any kind that Pillow opens: all kinds except true RAW."""
    from cercafoto.photos import metadata  # late: a search reads no metadata

    image, head = _opened(source, kind, reserve)
    width, height = image.size
    # Loading a TIFF turns it and resets its orientation, so this is read before. That of a PNG can
    # only be read after loading.
    before = orientation_of(image) if image.format == "TIFF" else None
    min_side = math.ceil(DRAFT_FACTOR * side)
    image.draft("RGB", (min_side, min_side))
    if image.format == "JPEG2000":
        times = jpeg2000.halvings(source.stream, image.size, ENOUGH * side)
        image.reduce = times  # type: ignore[method-assign, assignment]
    _load(image, (width, height), source, reserve)
    facts = metadata.read(image, head)
    pending = orientation_of(image)
    orientation = before or pending
    if kind == file_kind.HEIF:
        from cercafoto.photos.decoding import heif

        orientation = heif.stored_orientation(image)
        pending = heif.pending_orientation(image, source.stream)
    rgb = to_rgb(image, ENOUGH * side)
    if pending in SWAPS_SIDES:
        width, height = height, width
    return DecodedImage(upright(rgb, pending), width, height, orientation, facts)


def _opened(source: Source, kind: str, reserve: ReserveMemory) -> tuple[ImageFile.ImageFile, bytes]:
    """Return the picture with only its header read, and the first bytes of the file."""
    head = source.stream.read(file_kind.HEAD)
    source.stream.seek(0)
    if kind == file_kind.HEIF:
        from cercafoto.photos.decoding import heif  # noqa: F401  (it registers a reader)
    elif kind == file_kind.JXL:
        import pillow_jxl  # noqa: F401

        size = jxl.size(source.stream)  # opening already decodes it
        reserve_or_refuse(memory_cost.JXL_BYTES * size[0] * size[1], size, source.name, reserve)
    return Image.open(source.stream, formats=_READERS[kind]), head


def _load(
    image: ImageFile.ImageFile, full: tuple[int, int], source: Source, reserve: ReserveMemory
) -> None:
    if image.format != "JXL":
        reserve_or_refuse(memory_cost.of(image, full, source.size), full, source.name, reserve)
    image.load()


def describe_source(source: Source, reserve: ReserveMemory = lambda needed: None) -> Facts:
    """Return the metadata of a picture; empty if they cannot be read. Only PNG and JPEG XL are
    decoded for this."""
    from cercafoto.photos import metadata
    from cercafoto.photos.facts import Facts
    from cercafoto.photos.metadata_values import safely

    def read() -> Facts:
        if source.kind == file_kind.RAW:
            from cercafoto.photos.decoding import raw

            return raw.describe(source)
        if source.kind == file_kind.VIDEO:
            return decode_source(source, 1, reserve).facts
        return metadata.read(*_opened_for_metadata(source, reserve))

    with warnings.catch_warnings(action="ignore"):
        return safely(read, Facts())


def keywords_in(source: Source, reserve: ReserveMemory = lambda needed: None) -> Keywords:
    """Return the XMP packet and the IPTC keywords of a picture; empty if they cannot be read."""
    from cercafoto.photos import metadata
    from cercafoto.photos.metadata_values import safely

    def read() -> Keywords:
        image, _ = _opened_for_metadata(source, reserve)
        return Keywords(metadata.packet_of(image), metadata.iptc_keywords(image))

    with warnings.catch_warnings(action="ignore"):
        return safely(read, Keywords(b"", []))


def _opened_for_metadata(
    source: Source, reserve: ReserveMemory
) -> tuple[ImageFile.ImageFile, bytes]:
    """Return a picture whose metadata can be read, and the first bytes of the file."""
    image, head = _opened(source, source.kind, reserve)
    if image.format == "PNG":  # its metadata may come after its pixels
        _load(image, image.size, source, reserve)
    return image, head


def _damaged(name: str) -> ImageError:
    return ImageError(f"{name}: immagine danneggiata o incompleta.")
