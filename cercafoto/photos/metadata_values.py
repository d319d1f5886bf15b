"""Values of metadata that can be true: moments, positions, names and texts. The rest is refused."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from datetime import datetime
from typing import TypeVar

from cercafoto.photos.facts import believable

T = TypeVar("T")

# Longer texts than these come from damage or from programs that keep their settings there.
LONGEST_NAME, LONGEST_TEXT, MOST_KEYWORDS = 120, 4000, 500

# What cameras write as the description of every photo.
_BOILERPLATE = re.compile(
    r"(olympus|sony|nikon|konica|minolta|kodak|canon|samsung|casio|panasonic|fujifilm|vivitar)?"
    r"\s*(digital camera|dsc|cimg\w*|dcim.*|default|untitled|image|picture|exif_jpeg_\w*|"
    r"dav|hdr|sdr|rhdr|rptnb|edf|mde|nor|cof|btf|ptr|fbt|bst|\d+|)\s*",
    re.IGNORECASE,
)


def safely(work: Callable[[], T], otherwise: T) -> T:
    """Return what `work` returns, or `otherwise` where it raises.

    Pillow raises nearly anything on damaged metadata (SyntaxError, struct.error, OSError,
    KeyError, ...); each costs what was being read and nothing else.
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
    """Build a moment, None where it is not in the calendar or no photo can be of it."""
    try:
        moment = datetime(year, month, day, hour, minute, second)
    except ValueError:
        return None
    return moment if believable(moment) else None


def with_fraction(moment: datetime, digits: str) -> datetime:
    """Add the decimals of a second, one to nine digits."""
    return moment.replace(microsecond=int(digits.ljust(6, "0")[:6]))


def iso(moment: datetime) -> str:
    """Write a moment as `Facts.taken_at` has it."""
    return moment.isoformat(timespec="milliseconds" if moment.microsecond >= 1000 else "seconds")


def offset_of(text: str | None) -> str | None:
    """Return an offset from UTC ("+02:00") where the text is one that exists."""
    match = re.match(r"([+-])(\d\d):(\d\d)$", text or "")
    if match is None or int(match[2]) > 14 or int(match[3]) > 59:
        return None
    return match[0]


# -- positions ---------------------------------------------------------------------------------


def position_of(latitude: float | None, longitude: float | None) -> tuple[float, float] | None:
    """Pair two coordinates; both zero come from a receiver that knew nothing."""
    if latitude is None or longitude is None or (latitude == 0 and longitude == 0):
        return None
    return latitude, longitude


def degrees_of(
    value: object, hemisphere: str | None, hemispheres: str, max_degrees: int
) -> float | None:
    """Turn degrees, minutes and seconds into decimal degrees.

    hemispheres: the letters of the positive and of the negative hemisphere.
    most: the largest number of degrees.
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
    """Read three finite numbers, missing ones at the end being zero."""
    if not isinstance(value, tuple | list) or not 1 <= len(value) <= 3:
        return None
    numbers = [safely(lambda part=part: float(part), math.nan) for part in value]  # type: ignore
    if not all(map(math.isfinite, numbers)):
        return None
    first, second, third = (*numbers, 0.0, 0.0)[:3]
    return first, second, third


# -- names and words ---------------------------------------------------------------------------


def camera_name(make: str | None, model: str | None) -> str | None:
    """Name a camera without saying its make twice.

    "Canon" and "Canon EOS 80D" -> "Canon EOS 80D"; "SONY" and "ILCE-7" -> "SONY ILCE-7".
    """
    if not model:
        return name_of(make)
    brand = (make or "").split()
    if not brand or model.casefold().startswith(brand[0].casefold()):
        return name_of(model)
    return name_of(f"{make} {model}")


def keywords_of(*words: str) -> tuple[str, ...]:
    """List each word once, in order, without regard to capitals."""
    by_fold: dict[str, str] = {}
    for word in words:
        if len(by_fold) < MOST_KEYWORDS and (name := name_of(word)):
            by_fold.setdefault(name.casefold(), name)
    return tuple(by_fold.values())


def sentence_of(*candidates: str | None) -> str | None:
    """Return the first text that a person may have written."""
    for text in candidates:
        clean = _clean(text, LONGEST_TEXT)
        if clean and not _BOILERPLATE.fullmatch(clean):
            return clean
    return None


def name_of(text: str | None) -> str | None:
    """Clean a name; None where it is empty or too long to be one."""
    clean = _clean(text, LONGEST_NAME + 1)
    return clean if clean and len(clean) <= LONGEST_NAME else None


def _clean(text: str | None, longest: int) -> str:
    """Put a text on one line, without control characters and halves of characters, and cut it."""
    printable = "".join(c if c.isprintable() else " " for c in (text or "")[: 4 * longest])
    return " ".join(printable.split())[:longest]
