"""Register the reader of HEIC and HEIF (libheif) with Pillow, and find a picture's orientation.

libheif already turns a picture whose container has a rotation (`irot`, `imir`); the EXIF
orientation must then be ignored. Some programs write only the EXIF orientation.
"""

from __future__ import annotations

from typing import BinaryIO

import pillow_heif
from PIL import Image

pillow_heif.register_heif_opener(
    decode_threads=1,  # there is already one decoding process per core
    # Thumbnails: from version 1.8 on `draft` would decode one instead of the picture, but phones
    # sharpen and crop them, which changes the embedding (docs/performance.md).
    thumbnails=False,
    depth_images=False,
    aux_images=False,
)


def stored_orientation(image: Image.Image) -> int:
    """Return the EXIF orientation that the file of a HEIF picture has, 1 to 8; 1 if it has none."""
    return image.info.get("original_orientation") or 1


def pending_orientation(image: Image.Image, stream: BinaryIO) -> int:
    """Return the EXIF orientation to apply after libheif has decoded; 1 if libheif applied one."""
    stream.seek(0)
    data = stream.read()
    place = data.find(b"ipco")  # the box of properties: length, name "ipco", contents
    length = int.from_bytes(data[max(0, place - 4) : max(0, place)], "big")
    properties = data[place : place + length] if place > 0 else b""
    if b"irot" in properties or b"imir" in properties:
        return 1
    return stored_orientation(image)
