"""The keywords that a decoder finds inside a photo. Whoever asks for them imports this, and no
decoder."""

from __future__ import annotations

from typing import NamedTuple


class Keywords(NamedTuple):
    """Keywords inside a photo, as they stand there.

    packet: its XMP packet, b"" if it has none.
    iptc: the keywords of its IPTC record.
    """

    packet: bytes
    iptc: list[str]
