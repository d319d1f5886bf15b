"""Clean metadata values and refuse impossible ones: times, positions, names and texts."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from datetime import datetime
from typing import TypeVar

from cercafoto.photos.sources import believable

T = TypeVar("T")

# Longer values come from damage, or from programs that store their settings there.
LONGEST_NAME, LONGEST_TEXT, MOST_KEYWORDS = 120, 4000, 500

# Descriptions that cameras write into every photo.
_BOILERPLATE = re.compile(
    r"(olympus|sony|nikon|konica|minolta|kodak|canon|samsung|casio|panasonic|fujifilm|vivitar)?"
    r"\s*(digital camera|dsc|cimg\w*|dcim.*|default|untitled|image|picture|exif_jpeg_\w*|"
    r"dav|hdr|sdr|rhdr|rptnb|edf|mde|nor|cof|btf|ptr|fbt|bst|\d+|)\s*",
    re.IGNORECASE,
)


def safely(work: Callable[[], T], otherwise: T) -> T:
    """Return the result of `work`, or `otherwise` if it raises anything except MemoryError.

    Pillow raises almost any exception on damaged metadata: SyntaxError, struct.error, OSError,
    KeyError and others.
    """
    try:
        return work()
    except MemoryError:
        raise
    except Exception:
        return otherwise


# -- dates -------------------------------------------------------------------------------------


def moment_of(
    year: int, month: int, day: int, hour: int, minute: int, second: int
) -> datetime | None:
    """Return the datetime; None if there is no such date or time, or no photo can have it."""
    try:
        moment = datetime(year, month, day, hour, minute, second)
    except ValueError:
        return None
    return moment if believable(moment) else None


def with_fraction(moment: datetime, digits: str) -> datetime:
    """Return a datetime with a fraction of a second. digits: one to nine decimals of the second."""
    return moment.replace(microsecond=int(digits.ljust(6, "0")[:6]))


def iso(moment: datetime) -> str:
    """Return a datetime in the format of `Facts.taken_at`."""
    return moment.isoformat(timespec="milliseconds" if moment.microsecond >= 1000 else "seconds")


def offset_of(text: str | None) -> str | None:
    """Return an offset from UTC such as "+02:00"; None if the text is not a possible offset."""
    match = re.match(r"([+-])(\d\d):(\d\d)$", text or "")
    if match is None or int(match[2]) > 14 or int(match[3]) > 59:
        return None
    return match[0]


# -- positions ---------------------------------------------------------------------------------


def position_of(latitude: float | None, longitude: float | None) -> tuple[float, float] | None:
    """Return the two coordinates as a pair; None if one is None, or if both are zero, as a receiver
    without a fix writes them."""
    if latitude is None or longitude is None or (latitude == 0 and longitude == 0):
        return None
    return latitude, longitude


def degrees_of(
    value: object, hemisphere: str | None, hemispheres: str, max_degrees: int
) -> float | None:
    """Return degrees, minutes and seconds as decimal degrees; None if they are impossible.

    value: the three numbers, or fewer; see `numbers_of`.
    hemisphere: letter of the hemisphere, such as "N".
    hemispheres: the letters of the positive and of the negative hemisphere, such as "NS".
    max_degrees: 90 for a latitude, 180 for a longitude.
    """
    parts = numbers_of(value)
    side = (hemisphere or "").upper()[:1]
    if parts is None or not side or side not in hemispheres:
        return None
    degrees, minutes, seconds = parts
    if min(parts) < 0 or minutes > 60 or seconds > 60:
        return None
    total = degrees + minutes / 60 + seconds / 3600
    if total > max_degrees:
        return None
    return round(-total if side == hemispheres[1] else total, 7)  # 7 decimals are a centimetre


def numbers_of(value: object) -> tuple[float, float, float] | None:
    """Return the one to three numbers of a tuple or list, filled up to three with zeros; None if
    `value` has not one to three items, or one is not a finite number."""
    if not isinstance(value, tuple | list) or not 1 <= len(value) <= 3:
        return None
    numbers = [safely(lambda part=part: float(part), math.nan) for part in value]  # type: ignore
    if not all(map(math.isfinite, numbers)):
        return None
    first, second, third = (*numbers, 0.0, 0.0)[:3]
    return first, second, third


# -- names and words ---------------------------------------------------------------------------


def camera_name(make: str | None, model: str | None) -> str | None:
    """Return make and model as one name that has the make once; None if there is no valid name.

    "Canon" and "Canon EOS 80D" -> "Canon EOS 80D"; "SONY" and "ILCE-7" -> "SONY ILCE-7".
    """
    if not model:
        return name_of(make)
    brand = (make or "").split()
    if not brand or model.casefold().startswith(brand[0].casefold()):
        return name_of(model)
    return name_of(f"{make} {model}")


def keywords_of(*words: str) -> tuple[str, ...]:
    """Return the cleaned keywords in order, each once, ignoring case; at most MOST_KEYWORDS."""
    by_fold: dict[str, str] = {}
    for word in words:
        if len(by_fold) < MOST_KEYWORDS and (name := name_of(word)):
            by_fold.setdefault(name.casefold(), name)
    return tuple(by_fold.values())


def sentence_of(*candidates: str | None) -> str | None:
    """Return the first text, cleaned, that is neither empty nor camera boilerplate; else None."""
    for text in candidates:
        clean = _clean(text, LONGEST_TEXT)
        if clean and not _BOILERPLATE.fullmatch(clean):
            return clean
    return None


def name_of(text: str | None) -> str | None:
    """Return a cleaned name, None if it is empty or too long."""
    clean = _clean(text, LONGEST_NAME + 1)
    return clean if clean and len(clean) <= LONGEST_NAME else None


def _clean(text: str | None, longest: int) -> str:
    """Return a text on one line, without unprintable characters, cut to `longest` characters."""
    printable = "".join(c if c.isprintable() else " " for c in (text or "")[: 4 * longest])
    return " ".join(printable.split())[:longest]
