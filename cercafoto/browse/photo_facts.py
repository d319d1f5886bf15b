"""Say in Italian what is known of a photo: its date, place, camera, size."""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import datetime

from cercafoto.base.italian_counts import clock
from cercafoto.base.paths import printable
from cercafoto.question.grammar.calendar_days import MONTHS, WEEKDAYS
from cercafoto.results.answer import AWAY, EVIDENCE_IN_WORDS, Hit, doubt_in_words
from cercafoto.results.photo_fields import SAID
from cercafoto.results.photos import PhotoDetail, Tile

FIRST = ("Titolo", "Descrizione")  # before the date
DATE_SOURCES = {
    "name": "dal nome del file",
    "folder": "dal nome della cartella",
    "gps": "dal GPS",
    "digitized": "della digitalizzazione",
}
EVERY_SOURCE = DATE_SOURCES | {
    "exif": "dai dati EXIF",
    "xmp": "dai dati XMP",
    "iptc": "dai dati IPTC",
}


def name_of(tile: Tile) -> str:
    """Return the name of a photo's file, to be shown."""
    return printable(os.fsdecode(tile.path).rpartition(os.sep)[2])


def line_about(hit: Hit, words: Mapping[str, str] = EVIDENCE_IN_WORDS) -> str:
    """Return an Italian line about a hit: whom it only may show, the time in a video, its evidence,
    how many copies it has, and whether its disk is disconnected; "" if there is nothing to say.

    words: kind of evidence -> Italian words.
    """
    copies = f"e {len(hit.copies)} {'copia' if len(hit.copies) == 1 else 'copie'}"
    why, away = words[hit.evidence], "" if hit.reachable else AWAY
    when = "" if hit.frame is None else f"a {clock(hit.frame)}"
    said = (doubt_in_words(hit.doubtful), when, why, copies if hit.copies else "", away)
    return ", ".join(filter(None, said))


def facts_of(detail: PhotoDetail, *, for_owner: bool = False) -> list[tuple[str, str]]:
    """Return (name, value) of all that is known about a photo, in Italian.

    for_owner: also what a visitor of the page may not see, such as the position.
    """
    tile, sources = detail.tile, EVERY_SOURCE if for_owner else DATE_SOURCES
    pixels = f"{tile.width} × {tile.height} pixel" if tile.width else ""
    kind = ", ".join(filter(None, (detail.format, pixels, say_size(detail.tile.size))))
    people = (*(person.name for person in detail.people), doubt_in_words(detail.doubtful))
    known = [(field.title, field.said(detail.data)) for field in SAID if for_owner or field.on_page]
    rows = [
        *(row for row in known if row[0] in FIRST),
        ("Data", say_moment(tile.taken_at, detail.date_source, sources)),
        ("Persone", ", ".join(filter(None, people))),
        *(row for row in known if row[0] not in FIRST),
        ("File", kind),
        ("Data del file", "" if tile.taken_at else _say_time(tile.mtime_ns)),
    ]
    return [(name, printable(value)) for name, value in rows if value]


def say_moment(
    taken_at: str | None, source: str | None, sources: Mapping[str, str] = DATE_SOURCES
) -> str:
    """Return in Italian when a photo was taken, with the source of the date; "" if not known.

    sources: source -> its Italian words.
    """
    if not taken_at:
        return ""
    source_words = sources.get(source or "")
    return say_day(taken_at) + (f" ({source_words})" if source_words else "")


def say_day(taken_at: str | None) -> str:
    """Return a date in Italian: "mercoledì 14 agosto 2019, ore 10:30" for "2019-08-14T10:30",
    "agosto 2019" for "2019-08"; "" for None."""
    if not taken_at:
        return ""
    year, *month = taken_at[:7].split("-")
    if len(taken_at) < 10:
        return " ".join([*(MONTHS[int(number) - 1] for number in month), year])
    moment = datetime.fromisoformat(taken_at)
    day = f"{WEEKDAYS[moment.weekday()]} {moment.day} {MONTHS[moment.month - 1]} {moment.year}"
    return f"{day}, ore {moment:%H:%M}" if len(taken_at) >= 16 else day


def say_date(taken_at: str | None) -> str:
    """Return a day in Italian, without its name and hour: "14 agosto 2019", or as much as is known
    ("agosto 2019", "2019"); "" for None."""
    if not taken_at:
        return ""
    year, *rest = taken_at[:10].split("-")
    month = [MONTHS[int(number) - 1] for number in rest[:1]]
    return " ".join([*(str(int(number)) for number in rest[1:]), *month, year])


def say_shortly(taken_at: str | None) -> str:
    """Return a date for little room: "14 ago 2019, 10:30", "ago 2019", "2019"; "" for None."""
    if not taken_at:
        return ""
    year, *rest = taken_at[:10].split("-")
    month = [MONTHS[int(number) - 1][:3] for number in rest[:1]]
    day = " ".join([*(str(int(number)) for number in rest[1:]), *month, year])
    return f"{day}, {taken_at[11:16]}" if len(taken_at) >= 16 else day


def _say_time(mtime_ns: int) -> str:
    """Return the time of a file in Italian; "" if it was never set."""
    try:
        moment = datetime.fromtimestamp(mtime_ns // 1_000_000_000)
    except (OverflowError, OSError, ValueError):
        return ""
    return say_day(moment.isoformat()) if mtime_ns > 0 else ""


def say_size(size: int) -> str:
    """Return a number of bytes in kB or MB, written as in Italian: "1,5 MB"."""
    if size < 1_000_000:
        return f"{max(1, round(size / 1000))} kB"
    return f"{size / 1e6:.1f} MB".replace(".", ",")
