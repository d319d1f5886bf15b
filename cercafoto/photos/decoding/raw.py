"""RAW files of cameras, through LibRaw: the preview inside, or a development at half size."""

from __future__ import annotations

import io
import os
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from PIL import Image, ImageFile

from cercafoto.photos import metadata
from cercafoto.photos.decoding import file_kind, memory_cost
from cercafoto.photos.decoding.source import (
    DecodedImage,
    ReserveMemory,
    Source,
    orientation_of,
    reserve_or_refuse,
    upright,
)
from cercafoto.photos.decoding.to_rgb import to_rgb
from cercafoto.photos.facts import Facts

if TYPE_CHECKING:
    from rawpy import RawPy

# How LibRaw says which way the camera was held, in the words of EXIF.
_ORIENTATIONS = {3: 3, 5: 8, 6: 6}
_QUARTER_TURNS = {5, 6}


def decode(source: Source, side: int, reserve: ReserveMemory) -> DecodedImage | None:
    """Decode a RAW; None for a TIFF that is no RAW after all. Raises LibRaw's errors on damage."""
    import rawpy

    with rawpy.RawPy() as raw:
        try:
            _open(raw, source)
        except rawpy.LibRawFileUnsupportedError:
            source.stream.seek(0)
            if source.stream.read(4) in file_kind.TIFF_STARTS:
                source.stream.seek(0)
                return None
            raise
        sizes = raw.sizes
        width, height, flip = sizes.width, sizes.height, sizes.flip
        reserve_or_refuse(
            memory_cost.RAW_BYTES * width * height, (width, height), source.name, reserve
        )
        facts = describe(source)
        image, facts = _preview(raw, side, facts)
        if image is None:
            image = Image.fromarray(raw.postprocess(half_size=True, use_camera_wb=True))
    if flip in _QUARTER_TURNS:
        width, height = height, width
    return DecodedImage(to_rgb(image, 2 * side), width, height, _ORIENTATIONS.get(flip, 1), facts)


def describe(source: Source) -> Facts:
    """Read the metadata of a RAW that is a TIFF inside, as most are."""
    facts = Facts()
    with suppress(Exception):  # as elsewhere: metadata is lost, and only it
        source.stream.seek(0)
        bearer = Image.new("L", (1, 1))  # Pillow opens only a TIFF whose pixels it can read
        bearer.getexif().load_from_fp(source.stream)
        facts = metadata.read(bearer, b"")
    source.stream.seek(0)
    return replace(facts, format="RAW")


def _open(raw: RawPy, source: Source) -> None:
    """Open the file, without a copy in memory where possible: it may have hundreds of megabytes."""
    descriptor = None
    with suppress(OSError):
        descriptor = source.stream.fileno()
    if descriptor is not None and os.path.exists(f"/dev/fd/{descriptor}"):
        raw.open_file(f"/dev/fd/{descriptor}")
    else:
        raw.open_buffer(source.stream)


def _preview(raw: RawPy, side: int, facts: Facts) -> tuple[Image.Image | None, Facts]:
    """Return the preview, upright, when its short side is long enough, and the facts.

    The facts are the preview's where the RAW itself had none.
    """
    import rawpy

    try:
        preview = raw.extract_thumb()
    except rawpy.LibRawError:
        return None, facts
    image: Image.Image
    if preview.format == rawpy.ThumbFormat.JPEG:
        image = Image.open(io.BytesIO(preview.data), formats=["JPEG"])
        if facts == Facts(format="RAW"):
            facts = replace(metadata.read(image, b""), format="RAW")
    elif preview.format == rawpy.ThumbFormat.BITMAP:
        image = Image.fromarray(preview.data)
    else:
        return None, facts
    if min(image.size) < side:
        return None, facts
    # LibRaw writes the camera's orientation into a preview that has none of its own.
    own = orientation_of(image)
    if isinstance(image, ImageFile.ImageFile):
        image.draft("RGB", (2 * side, 2 * side))
    image.load()
    return upright(image, _pending_orientation(raw, image, own)), facts


def _pending_orientation(raw: RawPy, image: Image.Image, own: int) -> int:
    """Return what is left to turn: some cameras turn their previews, and do not say so."""
    sensor = raw.sizes
    lies = (image.width > image.height) == (sensor.width > sensor.height)
    if sensor.flip in _QUARTER_TURNS and not lies:
        return 1
    return own if own != 1 else _ORIENTATIONS.get(sensor.flip, 1)
