"""Read the keywords inside a photo file, from its XMP or else its IPTC."""

from __future__ import annotations

from cercafoto.labels.sidecars.merge import lists
from cercafoto.labels.sidecars.packet import DIGIKAM, LIGHTROOM, SUBJECT, Key
from cercafoto.photos.decoding.decoder_processes import Decoders
from cercafoto.photos.xmp import PacketError


def embedded_lists(decoders: Decoders, photo: bytes) -> dict[Key, list[str]]:
    """Return the lists of keywords inside a photo. They are empty if it has none that can be read,
    since then other programs do not show any either. Raises ImageError as `Decoders.keywords`."""
    packet, iptc = decoders.keywords(photo)
    try:
        every = lists(packet.strip(b"\0 \r\n\t"))
    except PacketError:
        every = {}
    found = {key: every.get(key, []) for key in (SUBJECT, LIGHTROOM, DIGIKAM)}
    return found if any(found.values()) else {SUBJECT: iptc}
