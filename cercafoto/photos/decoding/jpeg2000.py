"""Find how small a JPEG 2000 picture can be decoded: it is stored at repeatedly halved sizes.

See ISO 15444-1, A.6.1.
"""

from __future__ import annotations

import struct
from typing import BinaryIO

LOOK = 1024 * 1024  # bytes: boxes of metadata may come before the picture
_START, _CODING_STYLE, _TILE = b"\xff\x4f\xff\x51", 0xFF52, 0xFF90


def halvings(stream: BinaryIO, size: tuple[int, int], side: int) -> int:
    """Return how often a picture can be halved so that its short side keeps at least `side` pixels;
    0 if the header does not name stored sizes.

    The stream is left at its beginning.

    size: full width and height in pixels.
    """
    data = stream.read(LOOK)
    stream.seek(0)
    levels = _levels(data)
    while levels and min(size) >> levels < side:
        levels -= 1
    return levels


def _levels(data: bytes) -> int:
    """Return how many halved sizes are stored; 0 if the header does not say how many."""
    place = data.find(_START) + 2
    try:
        while place > 1:
            marker, length = struct.unpack_from(">HH", data, place)
            if marker == _CODING_STYLE:
                return min(data[place + 9], 32)
            if marker == _TILE or length < 2:
                break
            place += 2 + length
    except (struct.error, IndexError):  # cut short
        pass
    return 0
