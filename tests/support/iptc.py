"""Write IPTC records into a JPEG as Photoshop does."""

from __future__ import annotations


def with_iptc(jpeg: bytes, *records: tuple[int, bytes]) -> bytes:
    """Return a JPEG with these records of IPTC's second part: (number, value)."""
    written = b"".join(
        bytes([0x1C, 2, number]) + len(value).to_bytes(2, "big") + value
        for number, value in records
    )
    block = b"8BIM\x04\x04\0\0" + len(written).to_bytes(4, "big") + written
    app13 = b"Photoshop 3.0\0" + block + b"\0" * (len(written) % 2)
    return jpeg[:2] + b"\xff\xed" + (len(app13) + 2).to_bytes(2, "big") + app13 + jpeg[2:]
