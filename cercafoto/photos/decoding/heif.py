"""HEIC and HEIF, through libheif, and the orientation of their pictures.

A container with a rotation of its own (`irot`, `imir`) has been turned by the decoder, and what
EXIF repeats of it does not count; some programs write EXIF's alone.
"""

from __future__ import annotations

from typing import BinaryIO

import pillow_heif
from PIL import Image

# One process for each core decodes already.
pillow_heif.register_heif_opener(decode_threads=1)


def stored_orientation(image: Image.Image) -> int:
    """Return the orientation that EXIF states."""
    return image.info.get("original_orientation") or 1


def pending_orientation(image: Image.Image, stream: BinaryIO) -> int:
    """Return the orientation, as in EXIF, that is left to undo after libheif has decoded."""
    stream.seek(0)
    data = stream.read()
    place = data.find(b"ipco")  # the box of properties: its length, its name, what it holds
    length = int.from_bytes(data[max(0, place - 4) : max(0, place)], "big")
    properties = data[place : place + length] if place > 0 else b""
    if b"irot" in properties or b"imir" in properties:
        return 1
    return stored_orientation(image)
