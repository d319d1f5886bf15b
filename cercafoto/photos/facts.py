"""Facts about a photo besides its pixels: when, where, with which camera, in whose words.

Facts come from four places: the file itself, the sidecar beside it, its name, and its folders.
`combined` puts them together by one rule; the catalogue stores both the parts and the sum. The time
of the file, often that of a copy, is no date of the photo.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields, replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

# Raised when the reader of metadata learns something new: photos read by an older one are read
# again, without being embedded again.
METADATA_VERSION = 2
# Raised with that one, and when facts are put together otherwise, or words of names: those of every
# photo are put together again, of what is stored.
FACTS_VERSION = 3

# Where a date may come from, the best first.
EXIF, DIGITIZED, GPS, XMP, IPTC, NAME, FOLDER = DATE_SOURCES = (
    "exif", "digitized", "gps", "xmp", "iptc", "name", "folder"
)  # fmt: skip
Dated = tuple[str, str | None, str]  # taken_at, offset, source, as in `Facts`

# Who gave a label, in the place of a label file: the person.
BY_HAND = "a mano"

FIRST_PHOTOGRAPH = datetime(1826, 1, 1)
# What clocks show that were never set: the zero of Unix, of the Macintosh, and of FAT.
UNSET_CLOCKS = frozenset([datetime(1970, 1, 1), datetime(1904, 1, 1), datetime(1980, 1, 1)])


@dataclass(frozen=True)
class Facts:
    """Facts about one photo; None for what is not known.

    taken_at: local time, ISO 8601, "2019-08-14T10:30:05" with the fraction of a second where
        known, or as much of it as is known: "2019-08-14", "2019-08", "2019"; GPS time is UTC.
    offset: "+02:00".
    latitude, longitude: decimal degrees, WGS 84, both or neither.
    camera: make and model.
    focal, focal_35: focal length in mm, and that which sees as much on 35 mm film.
    rating: 1 to 5 stars, 0 none, -1 rejected.
    format: Pillow's name, "JPEG".
    """

    taken_at: str | None = None
    date_source: str | None = None
    offset: str | None = None
    latitude: float | None = None
    longitude: float | None = None
    camera: str | None = None
    lens: str | None = None
    focal: float | None = None
    focal_35: float | None = None
    keywords: tuple[str, ...] = ()
    title: str | None = None
    description: str | None = None
    rating: int | None = None
    format: str | None = None

    def to_json(self) -> str:
        """Write one line of JSON without what is not known."""
        values = {name: value for name, value in asdict(self).items() if value not in (None, ())}
        return json.dumps(values, ensure_ascii=False, separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str) -> Facts:
        """Read what `to_json` wrote. Raises ValueError for anything else."""
        data: dict[str, Any] = json.loads(text)
        names = {field.name for field in fields(cls)}
        data = {name: value for name, value in data.items() if name in names}
        return cls(**{**data, "keywords": tuple(data.get("keywords", ()))})


def combined(
    embedded: Facts,
    sidecar: Facts | None = None,
    path: bytes = b"",
    of_folders: str | None = None,
) -> Facts:
    """Combine what the file, its sidecar, its name and its folders say of a photo.

    of_folders: the date that these have in their names.

    The date is the one that `best_date` chooses. For the rest a sidecar, which a person's
    program wrote later, goes before the file itself; keywords of both count.
    """
    beside = sidecar or Facts()
    dated: list[Dated] = [
        (facts.taken_at, facts.offset, facts.date_source)
        for facts in (beside, embedded)
        if facts.taken_at and facts.date_source in DATE_SOURCES
    ]
    if named := date_in_name(path):
        dated.append((named, None, NAME))
    if of_folders:
        dated.append((of_folders, None, FOLDER))
    taken_at, offset, source = best_date(dated) or (None, None, None)
    place = beside if beside.latitude is not None else embedded
    keywords = {word.casefold(): word for word in (*beside.keywords, *embedded.keywords)}
    return replace(
        embedded,
        taken_at=taken_at,
        date_source=source,
        offset=offset,
        latitude=place.latitude,
        longitude=place.longitude,
        camera=embedded.camera or beside.camera,
        lens=embedded.lens or beside.lens,
        focal=embedded.focal or beside.focal,
        focal_35=embedded.focal_35 or beside.focal_35,
        keywords=tuple(keywords.values()),
        title=beside.title or embedded.title,
        description=beside.description or embedded.description,
        rating=beside.rating if beside.rating is not None else embedded.rating,
    )


# -- dates -------------------------------------------------------------------------------------


def best_date(dated: Sequence[Dated]) -> Dated | None:
    """Return the date of the best source, or the year or month that a person wrote instead.

    Devices write full dates, so a person wrote a year or a month. A full date outside of it is the
    day of the scan.
    """
    best = min(dated, key=lambda each: DATE_SOURCES.index(each[2]), default=None)
    typed = next((d for d in dated if d[2] in (XMP, IPTC) and len(d[0]) < 10), None)
    return best if best is None or typed is None or best[0].startswith(typed[0]) else typed


def part_of_date(year: int, month: int = 0, day: int = 0) -> str | None:
    """Write a date of which only the year (0: no month) or only the month (0: no day) is known.

    None if it is not in the calendar, or no photo can be of it.
    """
    try:
        # A year alone was written by a person, even if it is the one of a clock never set.
        moment = datetime(year, month or 1, day or 2)
    except ValueError:
        return None
    if not believable(moment):
        return None
    return "-".join(
        [f"{year:04}", *(f"{part:02}" for part in (month, day if month else 0) if part)]
    )


def believable(moment: datetime) -> bool:
    """Tell whether a photo can have been taken at a moment (naive, local).

    Not before photography, in the future, or at the zero of a clock that was never set.
    """
    tomorrow = datetime.now() + timedelta(days=1)  # cameras of other time zones are ahead
    return FIRST_PHOTOGRAPH <= moment <= tomorrow and moment not in UNSET_CLOCKS


# Compact dates only where a name starts with them or after the word that a camera or program puts
# there: any eight digits are not a date. The last group is the time, where there is one.
_SEPARATED = re.compile(
    r"(?<!\d)(\d{4})([-_.])(\d{2})\2(\d{2})(?!\d)"
    r"(?:(?:[ T_-]|[ _-](?:at|alle)[ _-])(\d{2})[-_.:h]?(\d{2})[-_.:m]?(\d{2})(?!\d{1,2}(?:\D|$)))?"
)
_COMPACT = re.compile(
    r"(?:^|^[A-Za-z][A-Za-z ]{0,20}[-_ ]?)(\d{4})()(\d{2})(\d{2})"
    r"(?:[-_ T]?(\d{2})(\d{2})(\d{2})(?:\d{3})?)?(?=$|[^\d])"
)


def date_in_name(path: bytes) -> str | None:
    """Read the date in the name of a file, ISO 8601, with the time where the name has it.

    IMG_20190814_103005, IMG-20190814-WA0001 (WhatsApp), signal-2019-08-14-103005,
    Screenshot_2019-08-14-10-30-05, PXL_20190814_083005123. A date that cannot be is refused.
    """
    name = Path(os.fsdecode(path)).stem
    for pattern in (_SEPARATED, _COMPACT):
        match = pattern.search(name)
        if match is None:
            continue
        year, _, month, day, *clock = match.groups()
        try:
            moment = datetime(int(year), int(month), int(day))
            # Google's Pixel names its files in UTC: the day is right, the hour is not.
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
    """Return the first day that a `Facts.taken_at` may be of: 1 August of "2019-08"."""
    return date.fromisoformat(taken_at[:10] + "0001-01-01"[len(taken_at) :])


def hour_of(taken_at: str) -> int | None:
    """Return the hour, 0 to 23, of a `Facts.taken_at`; None where the day at most is known."""
    return int(taken_at[11:13]) if len(taken_at) >= 19 else None
