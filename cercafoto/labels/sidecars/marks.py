"""Merge stars and a coloured label into an XMP packet, as programs for photos read them.

Stars are `xmp:Rating`, with 0 for none and -1 for a rejected photo. The colour is `xmp:Label`, a
word (see `base.color_labels`), with the number of digiKam, which believes it first, and that of
darktable if there is one. Without a colour digiKam's number is 0: the photo file may have a label
inside.
"""

from __future__ import annotations

from typing import NamedTuple

from cercafoto.base.color_labels import COLORS, color_called, word_for
from cercafoto.labels.sidecars.packet import Packet
from cercafoto.photos import xmp
from cercafoto.photos.xmp import PacketError, properties

RATING, LABEL = f"{xmp.XMP} Rating", f"{xmp.XMP} Label"
DIGIKAM_COLOR, DARKTABLE_COLORS = f"{xmp.DIGIKAM} ColorLabel", f"{xmp.DARKTABLE} colorlabels"
_TAGS = {RATING: "xmp:Rating", LABEL: "xmp:Label", DIGIKAM_COLOR: "digiKam:ColorLabel"}


class Marks(NamedTuple):
    """What a photo is to be marked with.

    stars: -1 to 5; None to leave them as they are.
    color: one of COLORS, "" for none; None to leave it as it is.
    """

    stars: int | None = None
    color: str | None = None


def merge_marks(content: bytes, marks: Marks) -> bytes:
    """Return a packet with stars and a coloured label; the same bytes if it has them already.

    Raises PacketError for a packet that is not XMP, or that cannot be changed safely.
    """
    before = properties(content)
    wanted = dict[str, str | None]()
    if marks.stars is not None:
        wanted[RATING] = str(marks.stars)
    if marks.color is not None:
        earlier = before.get(LABEL, [""])[0]
        color = COLORS.get(marks.color)
        if color or color_called(earlier):  # a name of the person's own is no colour
            wanted[LABEL] = word_for(marks.color, earlier) if color else None
        wanted[DIGIKAM_COLOR] = str(color.digikam if color else 0)
    packet = Packet(content, [DARKTABLE_COLORS])
    for name, text in wanted.items():
        if before.get(name, [None])[0] != text:
            packet.change_text(name, _TAGS[name], text)
    if marks.color is not None and (there := packet.texts(DARKTABLE_COLORS)):
        color = COLORS.get(marks.color)
        number = color.darktable if color else None
        if there != (numbers := [] if number is None else [str(number)]):
            packet.change(DARKTABLE_COLORS, numbers)
    written = packet.written()
    _check(before, written, wanted)
    return written


def _check(before: xmp.Properties, written: bytes, wanted: dict[str, str | None]) -> None:
    """Raise PacketError if the packet does not say what is wanted, or lost anything else: a prefix
    may stand for several namespaces."""
    after = properties(written)
    others = [
        {name: texts for name, texts in each.items() if name not in (*wanted, DARKTABLE_COLORS)}
        for each in (before, after)
    ]
    if others[0] != others[1] or any(
        after.get(name, [None])[0] != text for name, text in wanted.items()
    ):
        raise PacketError("è scritto in un modo che non si sa cambiare")
