"""Keywords inside a photo itself, as XMP, or else as IPTC."""

from __future__ import annotations

from cercafoto.labels.sidecars.merge import lists
from cercafoto.labels.sidecars.packet import DIGIKAM, LIGHTROOM, SUBJECT, Key
from cercafoto.photos.decoding.decoder_processes import Decoders
from cercafoto.photos.xmp import PacketError


def embedded_lists(decoders: Decoders, photo: bytes) -> dict[Key, list[str]]:
    """Read the lists of keywords inside the photo; none where it has none, or none that can be
    read, since nothing is lost then that another program would have shown.

    Raises ImageError as `Decoders.keywords`.
    """
    packet, iptc = decoders.keywords(photo)
    try:
        every = lists(packet.strip(b"\0 \r\n\t"))
    except PacketError:
        every = {}
    found = {key: every.get(key, []) for key in (SUBJECT, LIGHTROOM, DIGIKAM)}
    return found if any(found.values()) else {SUBJECT: iptc}
