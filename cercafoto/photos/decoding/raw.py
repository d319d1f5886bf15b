"""Decode RAW files with LibRaw: take the embedded preview, or develop the file at half size."""

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

# LibRaw's code for how the camera was held -> EXIF orientation.
_ORIENTATIONS = {3: 3, 5: 8, 6: 6}
_QUARTER_TURNS = {5, 6}


def decode(source: Source, side: int, reserve: ReserveMemory) -> DecodedImage | None:
    """Return the decoded RAW; None if it is an ordinary TIFF. side: see `picture.decode`.

    Raises ImageError if the RAW is too large, LibRaw's errors if it is damaged.
    """
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
    """Return the metadata of a RAW; only the format unless it is a TIFF inside, as most are."""
    facts = Facts()
    with suppress(Exception):  # damaged metadata are dropped
        source.stream.seek(0)
        # An empty image to attach the metadata to: Pillow cannot open the RAW itself.
        bearer = Image.new("L", (1, 1))
        bearer.getexif().load_from_fp(source.stream)
        facts = metadata.read(bearer, b"")
    source.stream.seek(0)
    return replace(facts, format="RAW")


def _open(raw: RawPy, source: Source) -> None:
    """Open the file in LibRaw, if possible without loading it: a RAW may have hundreds of MB."""
    descriptor = None
    with suppress(OSError):
        descriptor = source.stream.fileno()
    if descriptor is not None and os.path.exists(f"/dev/fd/{descriptor}"):
        raw.open_file(f"/dev/fd/{descriptor}")
    else:
        raw.open_buffer(source.stream)


def _preview(raw: RawPy, side: int, facts: Facts) -> tuple[Image.Image | None, Facts]:
    """Return (upright preview, metadata). The preview is None if the RAW has none, or if its short
    side is less than `side`. The metadata are `facts`, or the preview's if `facts` has only the
    format.
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
    # If a preview has no orientation of its own, LibRaw writes the camera's into it.
    own = orientation_of(image)
    if isinstance(image, ImageFile.ImageFile):
        image.draft("RGB", (2 * side, 2 * side))
    image.load()
    return upright(image, _pending_orientation(raw, image, own)), facts


def _pending_orientation(raw: RawPy, image: Image.Image, own: int) -> int:
    """Return the EXIF orientation to apply: 1 if the camera has already turned the preview.

    own: the EXIF orientation of the preview.
    """
    sensor = raw.sizes
    lies_as_sensor = (image.width > image.height) == (sensor.width > sensor.height)
    if sensor.flip in _QUARTER_TURNS and not lies_as_sensor:
        return 1
    return own if own != 1 else _ORIENTATIONS.get(sensor.flip, 1)
