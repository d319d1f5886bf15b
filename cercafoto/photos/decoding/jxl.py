"""Read the size of a JPEG XL picture before its decoder allocates memory for it (ISO 18181-1)."""

from __future__ import annotations

import struct
from typing import BinaryIO

LOOK = 1024 * 1024  # bytes: boxes of metadata may come before the picture
_RATIOS = ((1, 1), (12, 10), (4, 3), (3, 2), (16, 9), (5, 4), (2, 1))
_CODESTREAM = b"\xff\x0a"


def size(stream: BinaryIO) -> tuple[int, int]:
    """Return (width, height) of a JPEG XL picture, in pixels. The stream is left at its beginning.

    Raises ValueError if its first LOOK bytes contain no codestream. A header that is cut short is
    not noticed.
    """
    data = stream.read(LOOK)
    stream.seek(0)
    bits = _Bits(_codestream(data)[2:16])
    eighths = bits.take(1)
    height = 8 * (1 + bits.take(5)) if eighths else bits.long()
    ratio = bits.take(3)
    if ratio:
        across, down = _RATIOS[ratio - 1]
        return height * across // down, height
    return (8 * (1 + bits.take(5)) if eighths else bits.long()), height


def _codestream(data: bytes) -> bytes:
    """Return the first bytes of the codestream in `data`, which may lie in a box of a container.

    Raises ValueError if there is no codestream.
    """
    place = 0
    while not data.startswith(_CODESTREAM, place):
        if place + 16 > len(data):
            raise ValueError("no codestream")
        length, name = struct.unpack_from(">I4s", data, place)
        start = place + 8
        if length == 1:
            (length,) = struct.unpack_from(">Q", data, start)
            start += 8
        if name in (b"jxlc", b"jxlp"):
            place = start + (4 if name == b"jxlp" else 0)
            if not data.startswith(_CODESTREAM, place):
                raise ValueError("no codestream")
        elif length < 8:
            raise ValueError("a box without an end")
        else:
            place += length
    return data[place : place + 64]


class _Bits:
    """Reads bits from little-endian bytes, lowest bit first; zeros after the end."""

    def __init__(self, data: bytes) -> None:
        self._value = int.from_bytes(data, "little")

    def take(self, count: int) -> int:
        """Return the next `count` bits as a number."""
        bits = self._value & ((1 << count) - 1)
        self._value >>= count
        return bits

    def long(self) -> int:
        """Return a width or height, whose first two bits say how many bits follow."""
        return 1 + self.take((9, 13, 18, 30)[self.take(2)])
