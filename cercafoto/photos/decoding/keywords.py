"""Define `Keywords`, apart from the decoders, so that its users need not import them."""

from __future__ import annotations

from typing import NamedTuple


class Keywords(NamedTuple):
    """The XMP packet and the IPTC keywords of a photo.

    packet: the whole XMP packet, b"" if the photo has none.
    iptc: the keywords of the IPTC record, [] if the photo has none.
    """

    packet: bytes
    iptc: list[str]
