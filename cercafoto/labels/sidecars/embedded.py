"""Read the keywords inside a photo file, from its XMP or else its IPTC."""

from __future__ import annotations

from cercafoto.labels.sidecars.merge import lists
from cercafoto.labels.sidecars.packet import DIGIKAM, LIGHTROOM, SUBJECT, Key
from cercafoto.photos.decoding.decoder_processes import Decoders
from cercafoto.photos.xmp import PacketError


def embedded_lists(decoders: Decoders, photo: bytes) -> dict[Key, list[str]]:
    """Return name of a property -> keywords inside a photo, from XMP or else IPTC. The lists are
    empty if no keywords can be read: other programs show none either. Raises ImageError."""
    packet, iptc = decoders.keywords(photo)
    try:
        every = lists(packet.strip(b"\0 \r\n\t"))
    except PacketError:
        every = {}
    keywords = {key: every.get(key, []) for key in (SUBJECT, LIGHTROOM, DIGIKAM)}
    return keywords if any(keywords.values()) else {SUBJECT: iptc}
