"""Merge people into an XMP packet, as programs for photos read them.

Names go into PersonInImage, and faces into the regions of MWG, which Lightroom and digiKam read,
and of Microsoft. `cercafoto:Persone` lists the names that cercafoto put there. What others wrote
stays as it is. Only people who are missing are added; only names of ours that a photo has no more,
and names that the person has corrected, are removed. Keywords are another program's and stay;
`cercafoto:NomiCorretti` lists the corrected names in them, which then do not come back from there.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from xml.sax.saxutils import escape

from cercafoto.base.word_stems import fold
from cercafoto.labels.sidecars.packet import (
    CORRECTED,
    DIGIKAM,
    LIGHTROOM,
    OUR_PEOPLE,
    PERSON_IN_IMAGE,
    SUBJECT,
    Packet,
)
from cercafoto.photos.person import Box, Region, same_shape, turned
from cercafoto.photos.person_regions import (
    MP,
    MWG,
    fields_of,
    items_of,
    name_in_keyword,
    numbers_of,
    text_of,
)
from cercafoto.photos.xmp import Element, PacketError, properties

_AREA, _DIMENSIONS = "http://ns.adobe.com/xmp/sType/Area#", "http://ns.adobe.com/xap/1.0/sType/"
_MWG_SPACES = f'xmlns:mwg-rs="{MWG}" xmlns:stArea="{_AREA}"'
_MP_SPACES = f'xmlns:MPReg="{MP}t/Region#"'


@dataclass(frozen=True)
class PhotoPeople:
    """The people of a photo. width, height, orientation: of the picture as it is stored, before it
    is turned upright; the boxes of people are in the upright one. denied: folded names in files
    that the person has corrected."""

    people: tuple[Region, ...]
    width: int
    height: int
    orientation: int
    denied: frozenset[str] = frozenset()

    def boxes(self, upright: bool = False) -> Iterator[tuple[str, Box]]:
        """Yield name and box of the people whose faces are known, in the stored or the upright
        picture."""
        for name, box, _ in self.people:
            if box is not None:
                yield name, box if upright else turned(box, self.orientation, back=True)


def merge_people(content: bytes, photo: PhotoPeople) -> bytes:
    """Return a packet with the people of a photo; the same bytes if it has them already.

    Raises PacketError for a packet that is not XMP, or that cannot be changed safely.
    """
    packet = Packet(content, [PERSON_IN_IMAGE, OUR_PEOPLE, CORRECTED])
    before, ours = packet.texts(PERSON_IN_IMAGE), packet.texts(OUR_PEOPLE)
    wanted = {fold(person.name) for person in photo.people}
    gone = ({*map(fold, ours)} | photo.denied) - wanted
    after = [name for name in before if fold(name) not in gone]
    known = {*map(fold, before)} | _named(packet)
    after += [
        person.name for person in photo.people if fold(person.name) not in {*map(fold, after)}
    ]
    if after != before:
        packet.change(PERSON_IN_IMAGE, after)
    own = [name for name in ours if fold(name) not in gone]
    own += [person.name for person in photo.people if fold(person.name) not in known]
    if own != ours:
        packet.change(OUR_PEOPLE, own)
    corrected = packet.texts(CORRECTED)
    not_people = ({*map(fold, corrected)} | photo.denied & known - {*map(fold, ours)}) - wanted
    left = [name for folded, name in _in_keywords(content).items() if folded in not_people]
    if left != corrected:
        packet.change(CORRECTED, left)
    if photo.width and photo.height:
        # Of a name that only a keyword has now, the region that cercafoto wrote goes.
        without_box = {fold(person.name) for person in photo.people if person.box is None}
        gone |= without_box.intersection(map(fold, ours))
        _add_mwg(packet, photo, gone)
        _add_microsoft(packet, photo, gone)
    return packet.written()


def names_left(before: bytes, after: bytes) -> list[str]:
    """Return the names that a change of a packet takes away and that keywords of other programs
    still have. Raises PacketError."""
    packets = [Packet(content, [PERSON_IN_IMAGE]) for content in (before, after)]
    was, now = ({*map(fold, each.texts(PERSON_IN_IMAGE))} | _named(each) for each in packets)
    return [name for folded, name in _in_keywords(after).items() if folded in was - now]


def _in_keywords(content: bytes) -> dict[str, str]:
    """Return folded name -> name of the people in keywords such as "Persone/Luca"."""
    texts = properties(content)
    keywords = (text for key in (SUBJECT, LIGHTROOM, DIGIKAM) for text in texts.get(key, ()))
    return {fold(name): name for word in keywords if (name := name_in_keyword([word]))}


def has_names_of_ours(content: bytes) -> bool:
    """Return whether cercafoto wrote names into a packet."""
    tag = "cercafoto:Persone"
    return tag.encode() in content or tag.encode("utf-16-le") in content


def _named(packet: Packet) -> set[str]:
    """Return the folded names in all regions of a packet."""
    lists = (
        (packet.only(f"{MWG} Regions"), "RegionList", "Name"),
        (packet.only(f"{MP} RegionInfo"), "Regions", "PersonDisplayName"),
    )
    return {
        fold(text_of(fields_of(item).get(name)))
        for structure, inside, name in lists
        if structure
        for item in items_of(fields_of(structure).get(inside))
    }


def _add_mwg(packet: Packet, photo: PhotoPeople, gone: set[str]) -> None:
    regions = packet.only(f"{MWG} Regions")
    size = (photo.width, photo.height)
    inside = fields_of(regions) if regions else {}
    dimensions = inside.get("AppliedToDimensions")
    drawn_on = (
        numbers_of(fields_of(dimensions), "w", "h") if isinstance(dimensions, Element) else None
    )
    upright = False
    stays, goes = _split(inside.get("RegionList"), "Name", gone)
    if drawn_on and min(drawn_on) > 0 and not same_shape((drawn_on[0], drawn_on[1]), size):
        upright = photo.orientation >= 5 and same_shape((drawn_on[1], drawn_on[0]), size)
        if not upright:  # the boxes of a picture that was cropped: ours would not fit beside them
            _change(packet, regions, inside.get("RegionList"), goes, [], "", "")
            return
    items = [
        f'parseType="Resource" {_MWG_SPACES}><mwg-rs:Name>{escape(name)}</mwg-rs:Name>'
        f'<mwg-rs:Type>Face</mwg-rs:Type><mwg-rs:Area stArea:unit="normalized" '
        f'stArea:x="{_say(x + w / 2)}" stArea:y="{_say(y + h / 2)}" '
        f'stArea:w="{_say(w)}" stArea:h="{_say(h)}"/>'
        for name, (x, y, w, h) in _missing(stays, "Name", photo.boxes(upright))
    ]
    start = (
        f'<mwg-rs:Regions xmlns:mwg-rs="{MWG}" {{rdf}}parseType="Resource">\n'
        f'    <mwg-rs:AppliedToDimensions xmlns:stDim="{_DIMENSIONS}Dimensions#" '
        f'stDim:w="{photo.width}" stDim:h="{photo.height}" stDim:unit="pixel"/>\n'
        "    <mwg-rs:RegionList>"
    )
    end = "</mwg-rs:RegionList>\n   </mwg-rs:Regions>"
    _change(packet, regions, inside.get("RegionList"), goes, items, start, end)


def _add_microsoft(packet: Packet, photo: PhotoPeople, gone: set[str]) -> None:
    info = packet.only(f"{MP} RegionInfo")
    inside = fields_of(info) if info else {}
    stays, goes = _split(inside.get("Regions"), "PersonDisplayName", gone)
    missing = _missing(stays, "PersonDisplayName", photo.boxes())
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
    end = "</MPRI:Regions>\n   </MP:RegionInfo>"
    _change(packet, info, inside.get("Regions"), goes, items, start, end)


def _split(
    regions: str | Element | None, name_field: str, gone: set[str]
) -> tuple[list[Element], list[Element]]:
    """Return the regions that stay, and those with names that go."""
    stays, goes = list[Element](), list[Element]()
    for item in items_of(regions):
        (goes if fold(text_of(fields_of(item).get(name_field))) in gone else stays).append(item)
    return stays, goes


def _missing(
    regions: list[Element], name_field: str, boxes: Iterator[tuple[str, Box]]
) -> Iterator[tuple[str, Box]]:
    """Yield the boxes of the people whom a list of regions lacks."""
    there = {fold(text_of(fields_of(item).get(name_field))) for item in regions}
    return ((name, box) for name, box in boxes if fold(name) not in there)


def _change(
    packet: Packet,
    structure: Element | None,
    regions: str | Element | None,
    goes: list[Element],
    items: list[str],
    start: str,
    end: str,
) -> None:
    """Plan the edits that remove regions from a list in a packet and add others, or that add or
    remove the whole structure.

    goes: the regions to remove.
    items: each the end of the tag of a list item, and what is inside it.
    start, end: what is around a new list.
    """
    if structure is not None and goes and not items and len(goes) == len(items_of(regions)):
        packet.remove([structure])  # an empty list of regions is not valid
        return
    packet.remove(goes)
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
