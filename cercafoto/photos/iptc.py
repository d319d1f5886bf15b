"""Read texts and date from the IPTC record of a picture (IPTC-IIM 4.2)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from PIL import Image, ImageFile, IptcImagePlugin

from cercafoto.photos.metadata_values import iso, moment_of, offset_of
from cercafoto.photos.sources import IPTC, Dated, part_of_date

TITLE, KEYWORDS, CREATED, CREATED_AT = (2, 5), (2, 25), (2, 55), (2, 60)
HEADLINE, CAPTION = (2, 105), (2, 120)

Record = Mapping[Any, Any]


def record_of(image: Image.Image) -> Record | None:
    """Return the IPTC record of an opened picture, None if it has none.

    Raises any exception if the record is damaged.
    """
    return IptcImagePlugin.getiptcinfo(image) if isinstance(image, ImageFile.ImageFile) else None


def texts_of(record: Record, tag: tuple[int, int]) -> list[str]:
    """Return the texts of a tag, each decoded as UTF-8 if it is valid UTF-8, else as cp1252; [] if
    the record does not have the tag."""
    value = record.get(tag)
    texts = []
    for item in value if isinstance(value, list) else [value]:
        if isinstance(item, bytes):
            try:
                texts.append(item.decode("utf-8"))
            except UnicodeError:
                texts.append(item.decode("cp1252", "replace"))
    return texts


def date_of(record: Record) -> Dated | None:
    """Return when the picture was made, None if unknown or implausible.

    The date is written 19440212 or 1944:02:12, with zeros for an unknown month or day. The time is
    a separate tag: 103005+0100.
    """
    day = re.match(r"(\d{4})[:-]?(\d\d)?[:-]?(\d\d)?$", next(iter(texts_of(record, CREATED)), ""))
    if day is None:
        return None
    numbers = [int(part or 0) for part in day.groups()]
    clock = re.match(
        r"(\d\d):?(\d\d):?(\d\d)(?:([+-]\d\d):?(\d\d))?$",
        next(iter(texts_of(record, CREATED_AT)), ""),
    )
    # Programs write 000000 if they do not know the time.
    if clock is not None and all(numbers) and int("".join(clock.groups()[:3])):
        year, month, date = numbers
        moment = moment_of(year, month, date, *map(int, clock.groups()[:3]))
        if moment is not None:
            return iso(moment), offset_of(f"{clock[4]}:{clock[5]}") if clock[4] else None, IPTC
    known = part_of_date(*numbers)
    return (known, None, IPTC) if known else None
