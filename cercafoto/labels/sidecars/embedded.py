"""The keywords inside a photo itself, as XMP or, where there is none, as IPTC. Read only."""

from __future__ import annotations

import warnings

from cercafoto.labels.sidecars.merge import lists
from cercafoto.labels.sidecars.packet import DIGIKAM, LIGHTROOM, SUBJECT, Key
from cercafoto.labels.sidecars.xml_tree import PacketError

IPTC_KEYWORDS = (2, 25)


def embedded_lists(photo: bytes) -> dict[Key, list[str]]:
    """The lists of keywords that the photo carries; none where it has none, or none that can be
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
    found = _from_xmp(packet)
    if not any(found.values()):
        said = iptc.get(IPTC_KEYWORDS, [])
        said = said if isinstance(said, list) else [said]
        found = {SUBJECT: [text for raw in said if (text := _decoded(raw))]}
    return found


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
