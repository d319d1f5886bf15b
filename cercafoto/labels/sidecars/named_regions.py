"""Merge people into an XMP packet, as programs for photos read them.

Names go into PersonInImage, and faces into the regions of MWG, which Lightroom and digiKam read,
and of Microsoft. What stands there stays as it is; only people who are missing are added.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from xml.sax.saxutils import escape

from cercafoto.base.word_stems import fold
from cercafoto.labels.sidecars.packet import PERSON_IN_IMAGE, Packet
from cercafoto.photos.person import Box, Region, same_shape, turned
from cercafoto.photos.person_regions import MP, MWG, fields_of, items_of, numbers_of, text_of
from cercafoto.photos.xmp import Element, PacketError

_AREA, _DIMENSIONS = "http://ns.adobe.com/xmp/sType/Area#", "http://ns.adobe.com/xap/1.0/sType/"
_MWG_SPACES = f'xmlns:mwg-rs="{MWG}" xmlns:stArea="{_AREA}"'
_MP_SPACES = f'xmlns:MPReg="{MP}t/Region#"'


@dataclass(frozen=True)
class PhotoPeople:
    """The people of a photo. width, height, orientation: of the picture as it is stored, before it
    is turned upright; the boxes of people are in the upright one."""

    people: tuple[Region, ...]
    width: int
    height: int
    orientation: int

    def boxes(self, upright: bool = False) -> Iterator[tuple[str, Box]]:
        """Yield name and box of the people whose faces are known, in the stored or the upright
        picture."""
        for name, box, _ in self.people:
            if box is not None:
                yield name, box if upright else turned(box, self.orientation, back=True)


def merge_people(content: bytes, photo: PhotoPeople) -> bytes:
    """Return a packet with the people of a photo added; the same bytes if it has them already.

    Raises PacketError for a packet that is not XMP, or that cannot be changed safely.
    """
    packet = Packet(content, [PERSON_IN_IMAGE])
    before = packet.texts(PERSON_IN_IMAGE)
    known = set(map(fold, before))
    names = [person.name for person in photo.people if fold(person.name) not in known]
    if names:
        packet.change(PERSON_IN_IMAGE, [*before, *names])
    if photo.width and photo.height:
        _add_mwg(packet, photo)
        _add_microsoft(packet, photo)
    return packet.written()


def _add_mwg(packet: Packet, photo: PhotoPeople) -> None:
    regions = packet.only(f"{MWG} Regions")
    size = (photo.width, photo.height)
    inside = fields_of(regions) if regions else {}
    dimensions = inside.get("AppliedToDimensions")
    drawn_on = (
        numbers_of(fields_of(dimensions), "w", "h") if isinstance(dimensions, Element) else None
    )
    upright = False
    if drawn_on and min(drawn_on) > 0 and not same_shape((drawn_on[0], drawn_on[1]), size):
        upright = photo.orientation >= 5 and same_shape((drawn_on[1], drawn_on[0]), size)
        if not upright:
            return  # the boxes of a picture that was cropped: ours would not fit beside them
    items = [
        f'parseType="Resource" {_MWG_SPACES}><mwg-rs:Name>{escape(name)}</mwg-rs:Name>'
        f'<mwg-rs:Type>Face</mwg-rs:Type><mwg-rs:Area stArea:unit="normalized" '
        f'stArea:x="{_say(x + w / 2)}" stArea:y="{_say(y + h / 2)}" '
        f'stArea:w="{_say(w)}" stArea:h="{_say(h)}"/>'
        for name, (x, y, w, h) in _missing(inside.get("RegionList"), "Name", photo.boxes(upright))
    ]
    start = (
        f'<mwg-rs:Regions xmlns:mwg-rs="{MWG}" {{rdf}}parseType="Resource">\n'
        f'    <mwg-rs:AppliedToDimensions xmlns:stDim="{_DIMENSIONS}Dimensions#" '
        f'stDim:w="{photo.width}" stDim:h="{photo.height}" stDim:unit="pixel"/>\n'
        "    <mwg-rs:RegionList>"
    )
    end = "</mwg-rs:RegionList>\n   </mwg-rs:Regions>"
    _add(packet, regions, inside.get("RegionList"), items, start, end)


def _add_microsoft(packet: Packet, photo: PhotoPeople) -> None:
    info = packet.only(f"{MP} RegionInfo")
    inside = fields_of(info) if info else {}
    missing = _missing(inside.get("Regions"), "PersonDisplayName", photo.boxes())
    items = [
        f'parseType="Resource" {_MP_SPACES}>'
        f"<MPReg:PersonDisplayName>{escape(name)}</MPReg:PersonDisplayName>"
        f"<MPReg:Rectangle>{', '.join(map(_say, box))}</MPReg:Rectangle>"
        for name, box in missing
    ]
    start = (
        f'<MP:RegionInfo xmlns:MP="{MP}" xmlns:MPRI="{MP}t/RegionInfo#" '
        '{rdf}parseType="Resource">\n    <MPRI:Regions>'
    )
    _add(packet, info, inside.get("Regions"), items, start, "</MPRI:Regions>\n   </MP:RegionInfo>")


def _missing(
    regions: str | Element | None, name_field: str, boxes: Iterator[tuple[str, Box]]
) -> Iterator[tuple[str, Box]]:
    """Yield the boxes of the people whom a list of regions lacks."""
    there = {fold(text_of(fields_of(item).get(name_field))) for item in items_of(regions)}
    return ((name, box) for name, box in boxes if fold(name) not in there)


def _add(
    packet: Packet,
    structure: Element | None,
    regions: str | Element | None,
    items: list[str],
    start: str,
    end: str,
) -> None:
    """Plan the edit that adds regions to a list in a packet, or that adds the whole structure.

    items: each the end of the tag of a list item, and what is inside it.
    start, end: what is around a new list.
    """
    if not items:
        return
    if structure is None:
        packet.add(start, items, end)
        return
    lists = regions.children if isinstance(regions, Element) else []
    if len(lists) != 1 or packet.is_closed(lists[0]):
        raise PacketError("ha regioni scritte in un modo che non si sa completare")
    packet.append(lists[0], items)


def _say(number: float) -> str:
    return f"{number:.5f}".rstrip("0").rstrip(".")
