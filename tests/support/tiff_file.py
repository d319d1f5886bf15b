"""Hand-made TIFF files of kinds that Pillow reads but does not write."""

from __future__ import annotations

import struct

BYTE, ASCII, SHORT, LONG, RATIONAL, SIGNED_RATIONAL = 1, 2, 3, 4, 5, 10
_CODES = {BYTE: "B", ASCII: "s", SHORT: "H", LONG: "I"}

Tags = dict[int, tuple[int, list[int] | bytes | list[tuple[int, int]]]]

WIDTH, HEIGHT, BITS, COMPRESSION, PHOTOMETRIC = 256, 257, 258, 259, 262
ORIENTATION, SAMPLES, FORMAT = 274, 277, 339
CFA, LINEAR_RAW, RGB = 32803, 34892, 2


def tiff(tags: Tags, data: bytes, below: tuple[Tags, bytes] | None = None) -> bytes:
    """Return a little-endian TIFF with one picture in one strip, and perhaps one after it."""
    out = bytearray(b"II*\0\0\0\0\0")
    if below is not None:
        place = _add(out, *below)
        tags = tags | {330: (LONG, [place])}
    struct.pack_into("<I", out, 4, _add(out, tags, data))
    return bytes(out)


def _add(out: bytearray, tags: Tags, data: bytes) -> int:
    strip = len(out)
    out += data + b"\0" * (len(data) % 2)
    height = tags[HEIGHT][1]
    tags = tags | {273: (LONG, [strip]), 278: (LONG, height), 279: (LONG, [len(data)])}
    entries = b""
    for tag, (kind, values) in sorted(tags.items()):
        packed = _packed(kind, values)
        if len(packed) > 4:
            packed, place = struct.pack("<I", len(out)), packed
            out += place + b"\0" * (len(place) % 2)
        entries += struct.pack("<HHI", tag, kind, len(values)) + packed.ljust(4, b"\0")
    at = len(out)
    out += struct.pack("<H", len(tags)) + entries + b"\0\0\0\0"
    return at


def _packed(kind: int, values: list[int] | bytes | list[tuple[int, int]]) -> bytes:
    if isinstance(values, bytes):
        return values
    if kind in (RATIONAL, SIGNED_RATIONAL):
        code = "I" if kind == RATIONAL else "i"
        return b"".join(struct.pack(f"<2{code}", *value) for value in values)  # type: ignore[misc]
    return struct.pack(f"<{len(values)}{_CODES[kind]}", *values)
