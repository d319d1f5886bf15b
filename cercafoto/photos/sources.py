"""Say where metadata come from, and which dates a photo can have by each source.

A date is written as `Facts.taken_at`: ISO 8601, as far as it is known.
"""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from pathlib import Path

# Sources of a date, the most reliable first.
EXIF, DIGITIZED, GPS, XMP, IPTC, NAME, FOLDER = DATE_SOURCES = (
    "exif", "digitized", "gps", "xmp", "iptc", "name", "folder"
)  # fmt: skip
Dated = tuple[str, str | None, str]  # taken_at, offset, source, as in `Facts`

# Stands for the label file of labels that the person gave by hand.
BY_HAND = "a mano"

FIRST_PHOTOGRAPH = datetime(1826, 1, 1)
# Times of clocks that were never set: the epochs of Unix, Macintosh and FAT.
UNSET_CLOCKS = frozenset([datetime(1970, 1, 1), datetime(1904, 1, 1), datetime(1980, 1, 1)])


def best_date(dated: Sequence[Dated]) -> Dated | None:
    """Return the date of the most reliable source, None if there are no dates.

    Exception: a date that is only a year or a month was typed by a person. If the best date lies
    outside that year or month, it is the day of a scan, and the typed date wins.
    """
    best = min(dated, key=lambda date: DATE_SOURCES.index(date[2]), default=None)
    typed = next((d for d in dated if d[2] in (XMP, IPTC) and len(d[0]) < 10), None)
    return best if best is None or typed is None or best[0].startswith(typed[0]) else typed


def part_of_date(year: int, month: int = 0, day: int = 0) -> str | None:
    """Return an ISO date with the known parts ("2019", "2019-08" or "2019-08-14"); None if the date
    does not exist or no photo can have it.

    month, day: 0 if unknown.
    """
    try:
        # The default is not the first day, since 1 January 1970, 1980 and 1904 are refused, but
        # a person may well have typed one of these years.
        moment = datetime(year, month or 1, day or 2)
    except ValueError:
        return None
    if not believable(moment):
        return None
    return "-".join(
        [f"{year:04}", *(f"{part:02}" for part in (month, day if month else 0) if part)]
    )


def believable(moment: datetime) -> bool:
    """Whether a photo can have been taken at `moment`, a naive local time.

    False before photography was invented, more than a day in the future, and for the first moment
    of a clock that was never set.
    """
    tomorrow = datetime.now() + timedelta(days=1)  # other time zones may be ahead
    return FIRST_PHOTOGRAPH <= moment <= tomorrow and moment not in UNSET_CLOCKS


# A compact date counts only at the start of a name or after one leading word, as cameras and
# programs write it: not every eight digits are a date. The last three groups are the time, if any.
_SEPARATED = (
    r"(?<!\d)(\d{4})([-_.])(\d{2})\2(\d{2})(?!\d)"
    r"(?:(?:[ T_-]|[ _-](?:at|alle)[ _-])(\d{2})[-_.:h]?(\d{2})[-_.:m]?(\d{2})(?!\d{1,2}(?:\D|$)))?"
)
_COMPACT = (
    r"(?:^|^[A-Za-z][A-Za-z ]{0,20}[-_ ]?)(\d{4})()(\d{2})(\d{2})"
    r"(?:[-_ T]?(\d{2})(\d{2})(\d{2})(?:\d{3})?)?(?=$|[^\d])"
)


def date_in_name(path: bytes) -> str | None:
    """Return the plausible date in a file name in ISO 8601, with the local time if the name has it;
    None if there is no such date.

    Examples: IMG_20190814_103005, IMG-20190814-WA0001 (WhatsApp), signal-2019-08-14-103005,
    Screenshot_2019-08-14-10-30-05, PXL_20190814_083005123 (only the date: its time is UTC).
    """
    name = Path(os.fsdecode(path)).stem
    for pattern in (_SEPARATED, _COMPACT):
        match = re.search(pattern, name)
        if match is None:
            continue
        year, _, month, day, *clock = match.groups()
        try:
            moment = datetime(int(year), int(month), int(day))
            # Google Pixel writes UTC into file names: the day is right, the hour is not.
            timed = clock[0] is not None and not name.startswith("PXL_")
            if timed:
                moment = moment.replace(hour=int(clock[0]), minute=int(clock[1]))
                moment = moment.replace(second=int(clock[2]))
        except ValueError:
            continue
        if believable(moment):
            return moment.isoformat() if timed else moment.date().isoformat()
    return None


def first_day_of(taken_at: str) -> date:
    """Return the first day that a `Facts.taken_at` can mean: 1 August 2019 for "2019-08"."""
    return date.fromisoformat(taken_at[:10] + "0001-01-01"[len(taken_at) :])


def hour_of(taken_at: str) -> int | None:
    """Return the hour, 0 to 23, of a `Facts.taken_at`; None if it has no time."""
    return int(taken_at[11:13]) if len(taken_at) >= 19 else None
