"""Read date, position, lens, keywords, rating and coloured label from the properties of an XMP
packet."""

from __future__ import annotations

import re

from cercafoto.base.color_labels import color_called, color_numbered
from cercafoto.photos import xmp
from cercafoto.photos.metadata_values import (
    degrees_of,
    iso,
    moment_of,
    offset_of,
    position_of,
    with_fraction,
)
from cercafoto.photos.sources import BY_HAND, XMP, Dated, part_of_date

_DATE = re.compile(
    r"(\d{4})(?:-(\d\d)(?:-(\d\d))?)?(?:T(\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?"
    r"(Z|[+-]\d\d:\d\d)?)?$"
)


def first(packet: xmp.Properties, name: str) -> str | None:
    """Return the first value of a property, named "namespace name"; None if there is none."""
    values = packet.get(name)
    return values[0] if values else None


def date_of(packet: xmp.Properties) -> Dated | None:
    """Return the first plausible date of exif:DateTimeOriginal and photoshop:DateCreated; None if
    there is none."""
    for name in (f"{xmp.EXIF} DateTimeOriginal", f"{xmp.PHOTOSHOP} DateCreated"):
        match = _DATE.match(first(packet, name) or "")
        if match is None:
            continue
        year, month, day, hour, minute, second, fraction, zone = match.groups()
        if day is None:
            if hour is None and (known := part_of_date(int(year), int(month or 0))):
                return known, None, XMP
            continue
        moment = moment_of(*(int(part or 0) for part in (year, month, day, hour, minute, second)))
        if moment is None:
            continue
        if hour is None:
            return moment.date().isoformat(), None, XMP
        if fraction:
            moment = with_fraction(moment, fraction)
        return iso(moment), "+00:00" if zone == "Z" else offset_of(zone), XMP
    return None


def position(packet: xmp.Properties) -> tuple[float, float] | None:
    """Return latitude and longitude in decimal degrees; None if they are missing or impossible.

    exif:GPSLatitude is written "43,46,45N" or "43,46.755N".
    """

    def degrees(name: str, hemispheres: str, max_degrees: int) -> float | None:
        text = first(packet, f"{xmp.EXIF} {name}") or ""
        match = re.fullmatch(
            r"(\d{1,3}),(\d{1,2}(?:\.\d+)?)(?:,(\d{1,2}(?:\.\d+)?))?([NSEW])", text
        )
        if match is None:
            return None
        return degrees_of((match[1], match[2], match[3] or 0), match[4], hemispheres, max_degrees)

    return position_of(degrees("GPSLatitude", "NS", 90), degrees("GPSLongitude", "EW", 180))


def lens(packet: xmp.Properties) -> str | None:
    """Return the name of the lens, from the EXIF 2.3 property, else from Adobe's; else None."""
    return first(packet, f"{xmp.EXIF_EX} LensModel") or first(packet, f"{xmp.AUX} Lens")


def keywords(packet: xmp.Properties) -> list[list[str]]:
    """Return the words of dc:subject and the hierarchical keywords, each as its levels from the
    outermost.

    Labels that `tag --xmp` wrote from a label file are left out: the model gave them, not the
    person. So are names that the person has corrected.
    """
    words = [[word] for word in packet.get(f"{xmp.DC} subject", [])]
    words += [word.split("|") for word in packet.get(f"{xmp.LIGHTROOM} hierarchicalSubject", [])]
    words += [word.split("/") for word in packet.get(f"{xmp.DIGIKAM} TagsList", [])]
    # "etichette.txt|animale|gatto": the label file, the genera from the outermost, the label.
    lines = [line.split("|") for line in packet.get(f"{xmp.OURS} Etichette", [])]
    own = {label for source, *path in lines if source != BY_HAND for label in path}
    own -= {path[-1] for source, *path in lines if source == BY_HAND and path}
    own |= {*packet.get(f"{xmp.OURS} NomiCorretti", [])}
    return [levels for levels in words if levels[-1] not in own]


def rating(packet: xmp.Properties) -> int | None:
    """Return the number of stars, -1 for a rejected photo, None if there is no rating."""
    text = first(packet, f"{xmp.XMP} Rating") or ""
    if re.fullmatch(r"-?\d(\.0+)?", text) and -1 <= float(text) <= 5:
        return int(float(text))
    return None


def color_label(packet: xmp.Properties) -> str | None:
    """Return the colour of the label, one of COLORS; "" if there is said to be none, None if
    nothing is said, or only a word that means no colour."""
    word = first(packet, f"{xmp.XMP} Label") or ""
    return color_called(word) or color_numbered(
        first(packet, f"{xmp.DIGIKAM} ColorLabel"), first(packet, f"{xmp.DARKTABLE} colorlabels")
    )
