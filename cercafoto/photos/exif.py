"""Read date, position, texts and rating from EXIF tags (Exif 2.32, CIPA DC-008)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from cercafoto.photos.metadata_values import (
    degrees_of,
    iso,
    moment_of,
    numbers_of,
    offset_of,
    position_of,
    safely,
    with_fraction,
)
from cercafoto.photos.sources import DIGITIZED, EXIF, GPS, Dated, part_of_date

EXIF_IFD, GPS_IFD = 0x8769, 0x8825
IMAGE_DESCRIPTION, MAKE, MODEL = 0x010E, 0x010F, 0x0110
RATING, RATING_PERCENT = 0x4746, 0x4749
XP_TITLE, XP_COMMENT, XP_KEYWORDS = 0x9C9B, 0x9C9C, 0x9C9E  # Windows Explorer's, UTF-16
XMP_TAG = 0x02BC  # TIFF
DATETIME_ORIGINAL, OFFSET_ORIGINAL, SUBSEC_ORIGINAL = 0x9003, 0x9011, 0x9291
DATETIME_DIGITIZED, OFFSET_DIGITIZED, SUBSEC_DIGITIZED = 0x9004, 0x9012, 0x9292
LENS_MODEL = 0xA434
GPS_LATITUDE_REF, GPS_LATITUDE, GPS_LONGITUDE_REF, GPS_LONGITUDE = 1, 2, 3, 4
GPS_TIME, GPS_DATE = 7, 29

Tags = Mapping[int, Any]


def ifd(exif: Tags, tag: int) -> Tags:
    """Return the sub-directory to which an EXIF tag points; {} if it is missing or damaged."""
    get_ifd = getattr(exif, "get_ifd", None)
    return safely(lambda: get_ifd(tag), {}) if get_ifd else {}


def date_of(details: Tags, gps: Tags) -> Dated | None:
    """Return the first plausible date of these: original, digitized, GPS; None if there is none.

    details, gps: tags of the sub-directories EXIF_IFD and GPS_IFD.

    A date may lack the day, or month and day; EXIF then has zeros or spaces in their place.
    """
    for tag, subsec, offset, source in (
        (DATETIME_ORIGINAL, SUBSEC_ORIGINAL, OFFSET_ORIGINAL, EXIF),
        (DATETIME_DIGITIZED, SUBSEC_DIGITIZED, OFFSET_DIGITIZED, DIGITIZED),
    ):
        moment = _moment(text_of(details.get(tag)), text_of(details.get(subsec)))
        if moment is not None:
            return iso(moment), offset_of(text_of(details.get(offset))), source
        vague = re.match(r"(\d{4}):(\d\d|  ):(?:00|  )(?: |$)", text_of(details.get(tag)) or "")
        if vague and (known := part_of_date(int(vague[1]), int(vague[2].strip() or 0))):
            return known, None, source
    if (moment := _gps_moment(gps)) is not None:
        # GPS time is UTC. If EXIF has the local offset, the time becomes local.
        place_offset = offset_of(
            text_of(details.get(OFFSET_ORIGINAL)) or text_of(details.get(OFFSET_DIGITIZED))
        )
        return iso(moment + _shift(place_offset)), place_offset or "+00:00", GPS
    return None


def _moment(text: str | None, subsec: str | None) -> datetime | None:
    """Return the time in an EXIF date and a tag of sub-seconds; None if no photo can have it."""
    match = re.match(r"(\d{4})[:/-](\d\d)[:/-](\d\d)[ T](\d\d):(\d\d):(\d\d)(?!\d)", text or "")
    if match is None:
        return None
    moment = moment_of(*map(int, match.groups()))
    if moment is not None and subsec and re.fullmatch(r"\d{1,9}", subsec):
        moment = with_fraction(moment, subsec)
    return moment


def _shift(offset: str | None) -> timedelta:
    """Return an offset from UTC, such as "+02:00", as a timedelta; zero for None."""
    if offset is None:
        return timedelta()
    shift = timedelta(hours=int(offset[1:3]), minutes=int(offset[4:6]))
    return -shift if offset[0] == "-" else shift


def _gps_moment(gps: Tags) -> datetime | None:
    day = re.match(r"(\d{4})[:/-](\d\d)[:/-](\d\d)$", text_of(gps.get(GPS_DATE)) or "")
    clock = numbers_of(gps.get(GPS_TIME))
    if day is None or clock is None or max(clock) > 60 or min(clock) < 0:
        return None
    return moment_of(*map(int, day.groups()), *map(int, clock))


def gps_position(gps: Tags) -> tuple[float, float] | None:
    """Return latitude and longitude in decimal degrees, None if they are missing or impossible.

    Impossible are 0, 0 (a receiver without a fix), values out of range, and a hemisphere letter
    that is missing or belongs to the other axis.
    """
    return position_of(
        degrees_of(gps.get(GPS_LATITUDE), text_of(gps.get(GPS_LATITUDE_REF)), "NS", 90),
        degrees_of(gps.get(GPS_LONGITUDE), text_of(gps.get(GPS_LONGITUDE_REF)), "EW", 180),
    )


def rating_of(exif: Tags) -> int | None:
    """Return the number of stars, 0 to 5; None if there is no valid rating."""
    stars = exif.get(RATING)
    if isinstance(stars, int) and 0 <= stars <= 5:
        return stars
    percent = exif.get(RATING_PERCENT)
    if isinstance(percent, int) and 0 <= percent <= 100:
        return min(5, -(-percent // 20))  # Windows writes 1, 25, 50, 75, 99 for one to five stars
    return None


def text_of(value: object) -> str | None:
    """Return the text of a tag; None if it is empty or not a text.

    Pillow decodes EXIF as Latin-1, but most programs write UTF-8.
    """
    if isinstance(value, bytes):
        value = value.decode("latin-1")
    if not isinstance(value, str):
        return None
    value = value.split("\0", 1)[0].strip()
    try:
        return value.encode("latin-1").decode("utf-8") or None
    except UnicodeError:
        return value or None


def utf16_of(value: object) -> str | None:
    """Return the text of a tag of Windows Explorer, which is UTF-16; None if it is empty."""
    if isinstance(value, tuple):
        value = safely(lambda numbers=value: bytes(numbers), b"")  # type: ignore[misc]
    if not isinstance(value, bytes):
        return None
    return value.decode("utf-16-le", "ignore").split("\0", 1)[0].strip() or None
