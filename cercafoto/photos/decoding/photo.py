"""What a decoder gives of a photo. Whoever asks for it imports this, and no decoder."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from cercafoto.photos.facts import Facts


@dataclass(frozen=True)
class Photo:
    """One picture, read.

    digest: SHA-256 of its content.
    size, mtime_ns: those of the very bytes that were read.
    width, height: those of the full picture, upright, in pixels.
    facts: its metadata, None where the caller knew that already.
    monochrome: whether it is without colour, None where the caller knew the content already.
    pixels: the model's input, RGB bytes, None where the caller knew the content already.
    copy: a small copy, WebP, where one was asked for and these pixels were enough for it.
    """

    digest: bytes
    size: int
    mtime_ns: int
    width: int = 0
    height: int = 0
    orientation: int = 1
    facts: Facts | None = None
    monochrome: bool | None = None
    pixels: bytes | None = None
    copy: bytes | None = None


class Keywords(NamedTuple):
    """Keywords inside a photo, as they stand there.

    packet: its XMP packet, b"" if it has none.
    iptc: the keywords of its IPTC record.
    """

    packet: bytes
    iptc: list[str]
