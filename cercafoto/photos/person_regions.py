"""Read the people that a photo's metadata names, and where in the photo their faces are.

Programs write them as MWG regions (digiKam, Lightroom, Picasa), as Microsoft's (Windows, digiKam),
as IPTC image regions, as IPTC's list PersonInImage, and as keywords under "Persone" (digiKam).
A region without a name, or of a pet, a bar code or a focus point, names no person.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TypeAlias

from cercafoto.photos import xmp
from cercafoto.photos.metadata_values import name_of
from cercafoto.photos.person import Box, Person, box_of
from cercafoto.photos.xmp import Element

MWG = "http://www.metadataworkinggroup.com/schemas/regions/"
MP = "http://ns.microsoft.com/photo/1.2/"
PEOPLE_ROOTS = frozenset(["persone", "people"])  # names of digiKam's keyword over all people
_NOBODY = "unknown|unconfirmed|ignored|sconosciuto|sconosciuti|non confermato|ignorato"
NOBODY = frozenset(_NOBODY.split("|"))

_Fields: TypeAlias = Mapping[str, "str | Element"]


def read_people(
    packet: bytes, properties: xmp.Properties, keywords: Iterable[Sequence[str]]
) -> tuple[Person, ...]:
    """Return the people that the metadata of a file name; one may be there several times.

    packet, properties: the XMP packet, and its properties.
    keywords: all keywords of the file, each as its levels, see `xmp_facts.keywords`.
    """
    people = [*_regions(packet)] if _has_regions(packet) else []
    names = [*properties.get(f"{xmp.PEOPLE} PersonInImage", [])]
    names += filter(None, map(name_in_keyword, keywords))
    return cleaned([*people, *map(Person, names)])


def name_in_keyword(levels: Sequence[str]) -> str | None:
    """Return the name in a keyword such as "Persone/Famiglia/Luca" or "People|Luca"; None if the
    keyword names no person.

    levels: from the outermost, or a text with all of them, as some programs write it in IPTC.
    """
    if len(levels) == 1:
        levels = re.split(r"[/|]", levels[0])
    is_name = len(levels) > 1 and levels[0].strip().casefold() in PEOPLE_ROOTS
    return levels[-1] if is_name else None


def cleaned(people: Iterable[Person]) -> tuple[Person, ...]:
    """Return the people with cleaned names, without texts that name nobody."""
    named = ((person, name_of(person.name)) for person in people)
    return tuple(
        person._replace(name=name)
        for person, name in named
        if name and name.casefold() not in NOBODY
    )


# -- regions in XMP ----------------------------------------------------------------------------


def _has_regions(packet: bytes) -> bool:
    """Whether a packet may have regions: most have none, and need not be parsed again."""
    return b"Region" in packet or "Region".encode("utf-16-le") in packet


def _regions(packet: bytes) -> Iterator[Person]:
    for element in xmp.parse(packet.strip(b"\0 \t\r\n"))[0]:
        if element.name == f"{MWG} Regions":
            inside = fields_of(element)
            drawn_on = numbers_of(_inner(inside.get("AppliedToDimensions")), "w", "h")
            for region in map(fields_of, items_of(inside.get("RegionList"))):
                if text_of(region.get("Type")).strip().casefold() in ("face", ""):
                    yield Person(
                        text_of(region.get("Name")),
                        _around(_inner(region.get("Area"))),
                        (drawn_on[0], drawn_on[1]) if drawn_on and min(drawn_on) > 0 else None,
                    )
        elif element.name == f"{MP} RegionInfo":
            for region in map(fields_of, items_of(fields_of(element).get("Regions"))):
                numbers = re.findall(r"[-+.\deE]+", text_of(region.get("Rectangle")))
                sides = [number for text in numbers if (number := _number(text)) is not None]
                box = box_of(*sides) if len(sides) == 4 else None
                yield Person(text_of(region.get("PersonDisplayName")), box)
        elif element.name == f"{xmp.PEOPLE} ImageRegion":
            for region in map(fields_of, items_of(element)):
                names = [text_of(item) for item in items_of(region.get("PersonInImage"))]
                box = _rectangle(_inner(region.get("RegionBoundary")))
                # A box around several people is nobody's face.
                yield from (Person(name, box if len(names) == 1 else None) for name in names)


def fields_of(element: Element) -> dict[str, str | Element]:
    """Return the fields of a structure: local name -> text or element. A field may be written as an
    attribute or as an element, with or without an rdf:Description around it."""
    fields: dict[str, str | Element] = {
        name.rpartition(" ")[2]: value for name, value in element.attributes.items()
    }
    for child in element.children:
        if child.name == xmp.DESCRIPTION:
            fields |= fields_of(child)
        else:
            fields[child.name.rpartition(" ")[2]] = child
    return fields


def _inner(field: str | Element | None) -> _Fields:
    return fields_of(field) if isinstance(field, Element) else {}


def items_of(field: str | Element | None) -> list[Element]:
    """Return the items of a list."""
    lists = field.children if isinstance(field, Element) else []
    return [item for entries in lists for item in entries.children if item.name == xmp.ITEM]


def text_of(field: str | Element | None) -> str:
    """Return the text of a field; of a text in several languages the first."""
    if isinstance(field, Element):
        items = [item for item in field if item.name == xmp.ITEM]
        return (items[0] if items else field).text
    return field or ""


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def numbers_of(fields: _Fields, *names: str) -> list[float] | None:
    """Return the numbers in these fields; None if one of them has none that is finite."""
    numbers = [_number(text_of(fields.get(name))) for name in names]
    finite = [number for number in numbers if number is not None and math.isfinite(number)]
    return finite if len(finite) == len(names) else None


def _around(area: _Fields) -> Box | None:
    """Return the box of an MWG area, which has a centre and a size."""
    numbers = numbers_of(area, "x", "y", "w", "h")
    if numbers is None or text_of(area.get("unit")) not in ("normalized", ""):
        return None
    x, y, width, height = numbers
    return box_of(x - width / 2, y - height / 2, width, height)


def _rectangle(boundary: _Fields) -> Box | None:
    """Return the box of an IPTC boundary, which has an upper left corner and a size."""
    numbers = numbers_of(boundary, "rbX", "rbY", "rbW", "rbH")
    is_box = text_of(boundary.get("rbShape")) == "rectangle"
    relative = text_of(boundary.get("rbUnit")) == "relative"
    return box_of(*numbers) if numbers and is_box and relative else None
