"""What a picture file and its sidecar say of themselves: EXIF, XMP and IPTC -> Facts.

Nothing here raises for what a file contains: metadata that is damaged, or that cannot be true, is
lost, and only it. Tags and their types: Exif 2.32 (CIPA DC-008), IPTC-IIM 4.2, XMP part 2.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any, TypeVar

from PIL import Image, ImageFile, IptcImagePlugin

from cercafoto.photos import xmp
from cercafoto.photos.facts import DIGITIZED, EXIF, GPS, XMP, Facts, believable

T = TypeVar("T")
_NOTHING: Mapping[Any, Any] = MappingProxyType({})

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
IPTC_TITLE, IPTC_KEYWORDS = (2, 5), (2, 25)
IPTC_HEADLINE, IPTC_CAPTION = (2, 105), (2, 120)

# Longer texts than these come from damage or from programs that keep their settings there.
LONGEST_NAME, LONGEST_TEXT, MOST_KEYWORDS = 120, 4000, 500

# What cameras write as the description of every photo.
_BOILERPLATE = re.compile(
    r"(olympus|sony|nikon|konica|minolta|kodak|canon|samsung|casio|panasonic|fujifilm|vivitar)?"
    r"\s*(digital camera|dsc|cimg\w*|dcim.*|default|untitled|image|picture|exif_jpeg_\w*|"
    r"dav|hdr|sdr|rhdr|rptnb|edf|mde|nor|cof|btf|ptr|fbt|bst|\d+|)\s*",
    re.IGNORECASE,
)


def read(image: Image.Image, data: bytes) -> Facts:
    """The facts in an opened picture. For PNG call it after loading: its metadata may come last.
    data: the bytes of the file, or the first of them."""
    fallback = Facts(format=_format(image, data))
    return _safely(lambda: _read(image, data), fallback)


def read_sidecar(data: bytes) -> Facts:
    """The facts in a sidecar: an XMP packet of its own."""
    return _safely(lambda: _facts(xmp.properties(data)), Facts())


def _read(image: Image.Image, data: bytes) -> Facts:
    exif: Mapping[int, Any] = _safely(image.getexif, {})
    iptc = _safely(lambda: _iptc(image), None) or {}
    packet = xmp.properties(_packet(image, exif))
    return replace(_facts(packet, exif, iptc), format=_format(image, data))


def _facts(
    packet: xmp.Properties, exif: Mapping[int, Any] = _NOTHING, iptc: Mapping[Any, Any] = _NOTHING
) -> Facts:
    """What the three say together: of dates, places and cameras EXIF counts first, of words XMP."""
    details = _ifd(exif, EXIF_IFD)
    taken_at, offset, source = _date(details, _ifd(exif, GPS_IFD), packet)
    latitude, longitude = _position(_ifd(exif, GPS_IFD)) or _xmp_position(packet) or (None, None)
    text = _iptc_reader(iptc)
    comment = _utf16(exif.get(XP_COMMENT))
    return Facts(
        taken_at=taken_at,
        date_source=source,
        offset=offset,
        latitude=latitude,
        longitude=longitude,
        camera=_camera(_text(exif.get(MAKE)), _text(exif.get(MODEL)))
        or _camera(_first(packet, f"{xmp.TIFF} Make"), _first(packet, f"{xmp.TIFF} Model")),
        lens=_name(_text(details.get(LENS_MODEL)) or _xmp_lens(packet)),
        keywords=_keywords(
            *_xmp_keywords(packet),
            *text(IPTC_KEYWORDS),
            *(_utf16(exif.get(XP_KEYWORDS)) or "").split(";"),
        ),
        title=_sentence(
            _first(packet, f"{xmp.DC} title"),
            _first(packet, f"{xmp.PHOTOSHOP} Headline"),
            *text(IPTC_TITLE),
            *text(IPTC_HEADLINE),
            _utf16(exif.get(XP_TITLE)),
        ),
        description=_sentence(
            _first(packet, f"{xmp.DC} description"),
            *text(IPTC_CAPTION),
            _text(exif.get(IMAGE_DESCRIPTION)),
            comment,
        ),
        rating=_xmp_rating(packet, _exif_rating(exif)),
    )


def _iptc(image: Image.Image) -> Mapping[Any, Any] | None:
    return IptcImagePlugin.getiptcinfo(image) if isinstance(image, ImageFile.ImageFile) else None


def _safely(work: Callable[[], T], otherwise: T) -> T:
    """Pillow raises nearly anything on damaged metadata (SyntaxError, struct.error, OSError,
    KeyError, ...); each costs what was being read and nothing else."""
    try:
        return work()
    except MemoryError:
        raise
    except Exception:
        return otherwise


def _ifd(exif: Mapping[int, Any], tag: int) -> Mapping[int, Any]:
    get_ifd = getattr(exif, "get_ifd", None)
    return _safely(lambda: get_ifd(tag), {}) if get_ifd else {}


def _packet(image: Image.Image, exif: Mapping[int, Any]) -> bytes:
    for value in (image.info.get("xmp"), exif.get(XMP_TAG)):
        if isinstance(value, str):
            value = value.encode()
        if isinstance(value, tuple):
            value = _safely(lambda numbers=value: bytes(numbers), b"")  # type: ignore[misc]
        if isinstance(value, bytes) and value:
            return value
    return b""


def _format(image: Image.Image, data: bytes) -> str | None:
    # Pillow calls a JPEG with more pictures behind it (every phone's) MPO.
    return "JPEG" if data[:3] == b"\xff\xd8\xff" else image.format


# -- dates -------------------------------------------------------------------------------------

Dated = tuple[str | None, str | None, str | None]  # taken_at, offset, source
_NO_DATE: Dated = (None, None, None)


def _date(details: Mapping[int, Any], gps: Mapping[int, Any], packet: xmp.Properties) -> Dated:
    """The best date that can be true: original, digitized, GPS, XMP."""
    for tag, subsec, offset, source in (
        (DATETIME_ORIGINAL, SUBSEC_ORIGINAL, OFFSET_ORIGINAL, EXIF),
        (DATETIME_DIGITIZED, SUBSEC_DIGITIZED, OFFSET_DIGITIZED, DIGITIZED),
    ):
        moment = _exif_moment(_text(details.get(tag)), _text(details.get(subsec)))
        if moment is not None:
            return _iso(moment), _offset(_text(details.get(offset))), source
    if (moment := _gps_moment(gps)) is not None:
        # GPS tells UTC; with the offset of the place, which EXIF may know, it is local time.
        known = _offset(_text(details.get(OFFSET_ORIGINAL)) or _text(details.get(OFFSET_DIGITIZED)))
        return _iso(moment + _shift(known)), known or "+00:00", GPS
    return _xmp_date(packet)


def _exif_moment(text: str | None, subsec: str | None) -> datetime | None:
    found = re.match(r"(\d{4})[:/-](\d\d)[:/-](\d\d)[ T](\d\d):(\d\d):(\d\d)(?!\d)", text or "")
    if found is None:
        return None
    moment = _moment(*map(int, found.groups()))
    if moment is not None and subsec and re.fullmatch(r"\d{1,9}", subsec):
        moment = moment.replace(microsecond=int(subsec.ljust(6, "0")[:6]))
    return moment


def _moment(
    year: int, month: int, day: int, hour: int, minute: int, second: int
) -> datetime | None:
    try:
        moment = datetime(year, month, day, hour, minute, second)
    except ValueError:
        return None
    return moment if believable(moment) else None


def _iso(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds" if moment.microsecond >= 1000 else "seconds")


def _offset(text: str | None) -> str | None:
    found = re.match(r"([+-])(\d\d):(\d\d)$", text or "")
    if found is None or int(found[2]) > 14 or int(found[3]) > 59:
        return None
    return found[0]


def _shift(offset: str | None) -> timedelta:
    if offset is None:
        return timedelta()
    shift = timedelta(hours=int(offset[1:3]), minutes=int(offset[4:6]))
    return -shift if offset[0] == "-" else shift


def _gps_moment(gps: Mapping[int, Any]) -> datetime | None:
    day = re.match(r"(\d{4})[:/-](\d\d)[:/-](\d\d)$", _text(gps.get(GPS_DATE)) or "")
    clock = _numbers(gps.get(GPS_TIME))
    if day is None or clock is None or max(clock) > 60 or min(clock) < 0:
        return None
    return _moment(*map(int, day.groups()), *map(int, clock))


_XMP_DATE = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)(?:T(\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?"
    r"(Z|[+-]\d\d:\d\d)?)?$"
)


def _xmp_date(packet: xmp.Properties) -> Dated:
    for name in (f"{xmp.EXIF} DateTimeOriginal", f"{xmp.PHOTOSHOP} DateCreated"):
        found = _XMP_DATE.match(_first(packet, name) or "")
        if found is None:  # a year or a month alone is no day
            continue
        year, month, day, hour, minute, second, fraction, zone = found.groups()
        moment = _moment(*(int(part or 0) for part in (year, month, day, hour, minute, second)))
        if moment is None:
            continue
        if hour is None:
            return moment.date().isoformat(), None, XMP
        if fraction:
            moment = moment.replace(microsecond=int(fraction.ljust(6, "0")[:6]))
        return _iso(moment), "+00:00" if zone == "Z" else _offset(zone), XMP
    return _NO_DATE


# -- position ----------------------------------------------------------------------------------


def _position(gps: Mapping[int, Any]) -> tuple[float, float] | None:
    """Decimal degrees. Refused: both zero (a receiver that knew nothing), out of range, a
    hemisphere that is missing or the other axis's."""
    return _point(
        _degrees(gps.get(GPS_LATITUDE), _text(gps.get(GPS_LATITUDE_REF)), "NS", 90),
        _degrees(gps.get(GPS_LONGITUDE), _text(gps.get(GPS_LONGITUDE_REF)), "EW", 180),
    )


def _point(latitude: float | None, longitude: float | None) -> tuple[float, float] | None:
    if latitude is None or longitude is None or (latitude == 0 and longitude == 0):
        return None
    return latitude, longitude


def _degrees(value: object, hemisphere: str | None, allowed: str, most: int) -> float | None:
    parts = _numbers(value)
    side = (hemisphere or "").upper()[:1]
    if parts is None or not side or side not in allowed:
        return None
    degrees, minutes, seconds = parts
    if min(parts) < 0 or minutes > 60 or seconds > 60:
        return None
    total = degrees + minutes / 60 + seconds / 3600
    if total > most:
        return None
    return round(-total if side == allowed[1] else total, 7)  # 7 decimals are a centimetre


def _numbers(value: object) -> tuple[float, float, float] | None:
    """Three finite numbers, missing ones at the end being zero."""
    if not isinstance(value, tuple | list) or not 1 <= len(value) <= 3:
        return None
    numbers = [_safely(lambda part=part: float(part), math.nan) for part in value]  # type: ignore
    if not all(map(math.isfinite, numbers)):
        return None
    first, second, third = (*numbers, 0.0, 0.0)[:3]
    return first, second, third


def _xmp_position(packet: xmp.Properties) -> tuple[float, float] | None:
    """exif:GPSLatitude: "43,46,45N" or "43,46.755N"."""

    def degrees(name: str, allowed: str, most: int) -> float | None:
        text = _first(packet, f"{xmp.EXIF} {name}") or ""
        found = re.fullmatch(
            r"(\d{1,3}),(\d{1,2}(?:\.\d+)?)(?:,(\d{1,2}(?:\.\d+)?))?([NSEW])", text
        )
        if found is None:
            return None
        return _degrees((found[1], found[2], found[3] or 0), found[4], allowed, most)

    return _point(degrees("GPSLatitude", "NS", 90), degrees("GPSLongitude", "EW", 180))


# -- names and words ---------------------------------------------------------------------------


def _camera(make: str | None, model: str | None) -> str | None:
    """ "Canon" and "Canon EOS 80D" -> "Canon EOS 80D"; "SONY", "ILCE-7" -> "SONY ILCE-7"."""
    if not model:
        return _name(make)
    brand = (make or "").split()
    if not brand or model.casefold().startswith(brand[0].casefold()):
        return _name(model)
    return _name(f"{make} {model}")


def _xmp_lens(packet: xmp.Properties) -> str | None:
    return _first(packet, f"{xmp.EXIF_EX} LensModel") or _first(packet, f"{xmp.AUX} Lens")


def _xmp_keywords(packet: xmp.Properties) -> list[str]:
    """dc:subject, people in the picture, and the last step of each hierarchical keyword; without
    the labels that `tag --xmp` put there: those are the model's, not the person's."""
    words = [*packet.get(f"{xmp.DC} subject", []), *packet.get(f"{xmp.PEOPLE} PersonInImage", [])]
    words += [w.split("|")[-1] for w in packet.get(f"{xmp.LIGHTROOM} hierarchicalSubject", [])]
    words += [w.split("/")[-1] for w in packet.get(f"{xmp.DIGIKAM} TagsList", [])]
    # "etichette.txt|animale|gatto": the label file, then the label below its genera.
    lines = packet.get(f"{xmp.OURS} Etichette", [])
    own = {label for line in lines for label in line.split("|")[1:]}
    return [word for word in words if word not in own]


def _keywords(*words: str) -> tuple[str, ...]:
    """Each once, in order, without regard to capitals."""
    kept: dict[str, str] = {}
    for word in words:
        if name := _name(word):
            kept.setdefault(name.casefold(), name)
    return tuple(kept.values())[:MOST_KEYWORDS]


def _sentence(*candidates: str | None) -> str | None:
    """The first text that a person may have written."""
    for text in candidates:
        clean = _clean(text, LONGEST_TEXT)
        if clean and not _BOILERPLATE.fullmatch(clean):
            return clean
    return None


def _name(text: str | None) -> str | None:
    clean = _clean(text, LONGEST_NAME + 1)
    return clean if clean and len(clean) <= LONGEST_NAME else None


def _clean(text: str | None, longest: int) -> str:
    """On one line, without control characters and halves of characters, cut to `longest`."""
    printable = "".join(c if c.isprintable() else " " for c in (text or "")[: 4 * longest])
    return " ".join(printable.split())[:longest]


def _text(value: object) -> str | None:
    """An EXIF text. Pillow reads bytes as Latin-1; most programs write UTF-8."""
    if isinstance(value, bytes):
        value = value.decode("latin-1")
    if not isinstance(value, str):
        return None
    value = value.split("\0", 1)[0].strip()
    try:
        return value.encode("latin-1").decode("utf-8") or None
    except UnicodeError:
        return value or None


def _utf16(value: object) -> str | None:
    if isinstance(value, tuple):
        value = _safely(lambda numbers=value: bytes(numbers), b"")  # type: ignore[misc]
    if not isinstance(value, bytes):
        return None
    return value.decode("utf-16-le", "ignore").split("\0", 1)[0].strip() or None


def _iptc_reader(iptc: Mapping[Any, Any]) -> Callable[[tuple[int, int]], list[str]]:
    """IPTC texts are UTF-8 where the record says so, and often where it does not."""

    def texts(tag: tuple[int, int]) -> list[str]:
        value = iptc.get(tag)
        found = []
        for item in value if isinstance(value, list) else [value]:
            if isinstance(item, bytes):
                try:
                    found.append(item.decode("utf-8"))
                except UnicodeError:
                    found.append(item.decode("cp1252", "replace"))
        return found

    return texts


# -- rating ------------------------------------------------------------------------------------


def _exif_rating(exif: Mapping[int, Any]) -> int | None:
    stars = exif.get(RATING)
    if isinstance(stars, int) and 0 <= stars <= 5:
        return stars
    percent = exif.get(RATING_PERCENT)
    if isinstance(percent, int) and 0 <= percent <= 100:
        return min(5, -(-percent // 20))  # Windows: 1, 25, 50, 75, 99 are one to five stars
    return None


def _xmp_rating(packet: xmp.Properties, otherwise: int | None) -> int | None:
    text = _first(packet, f"{xmp.XMP} Rating") or ""
    if re.fullmatch(r"-?\d(\.0+)?", text) and -1 <= float(text) <= 5:
        return int(float(text))
    return otherwise


def _first(packet: xmp.Properties, name: str) -> str | None:
    values = packet.get(name)
    return values[0] if values else None
