"""Define `Keywords`, apart from the decoders, so that its users need not import them."""

from __future__ import annotations

from typing import NamedTuple


class Keywords(NamedTuple):
    """The keywords that are stored in a photo.

    packet: its whole XMP packet, b"" if it has none.
    iptc: the keywords of its IPTC record.
    """

    packet: bytes
    iptc: list[str]
