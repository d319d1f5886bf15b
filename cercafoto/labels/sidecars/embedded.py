"""Keywords inside a photo itself, as XMP, or else as IPTC. Read only."""

from __future__ import annotations

import warnings

from cercafoto.labels.sidecars.merge import lists
from cercafoto.labels.sidecars.packet import DIGIKAM, LIGHTROOM, SUBJECT, Key
from cercafoto.photos.xmp import PacketError

IPTC_KEYWORDS = (2, 25)


def embedded_lists(photo: bytes) -> dict[Key, list[str]]:
    """Read the lists of keywords inside the photo; none where it has none, or none that can be
    read, since nothing is lost then that another program would have shown."""
    from PIL import Image, IptcImagePlugin

    try:
        with warnings.catch_warnings(), open(photo, "rb") as file:  # noqa: PTH123 (bytes)
            warnings.simplefilter("ignore")
            with Image.open(file) as picture:
                packet = picture.info.get("xmp")
                iptc = IptcImagePlugin.getiptcinfo(picture) or {}
    except Exception:  # a damaged picture raises whatever its decoder raises
        return {}
    keywords = _from_xmp(packet)
    if not any(keywords.values()):
        values = iptc.get(IPTC_KEYWORDS, [])
        values = values if isinstance(values, list) else [values]
        keywords = {SUBJECT: [text for raw in values if (text := _decoded(raw))]}
    return keywords


def _from_xmp(packet: bytes | str | None) -> dict[Key, list[str]]:
    content = packet.encode() if isinstance(packet, str) else packet or b""
    try:
        every = lists(content.strip(b"\0 \r\n\t"))
    except PacketError:
        return {}
    return {key: every[key] for key in (SUBJECT, LIGHTROOM, DIGIKAM)}


def _decoded(raw: bytes) -> str:
    try:
        return raw.decode("utf-8").strip("\0 ")
    except UnicodeDecodeError:
        return raw.decode("latin-1").strip("\0 ")
