"""Divide photos that come by date into months, into days where a day has many photos, and into
several months together where these have few."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import NamedTuple

from cercafoto.archive.records import LAST, cursor_before
from cercafoto.browse.photo_facts import say_day
from cercafoto.question.grammar.periods import read_period
from cercafoto.question.grammar.tokens import tokens
from cercafoto.results.photos import Tile

MANY_A_DAY = 24  # photos of a day that get a heading of their own: some four rows
FEW = 8  # photos of months that share a heading: two rows
MOST_NAMED = 14  # years named beside the grid; the others have only their room
UNDATED = ""
Days = Sequence[tuple[str, int]]  # as `PhotoAlbum.days` returns them
_MONTH, _DAY = 7, 10  # letters of a month and of a day in a date


class Section(NamedTuple):
    """Photos under one heading.

    key: the first day, or month, or year, of the photos.
    month: the key of the `Stop` to which the photos belong.
    photos: None if they were not counted.
    """

    key: str
    month: str
    title: str
    photos: int | None = None


class Stop(NamedTuple):
    """A month to jump to, or some months with few photos.

    key: the month, "2019-08", or the last of some months; "2019" for photos whose month is unknown,
        UNDATED for photos without a date.
    after: `Answer.after` of the page that begins with this month.
    """

    key: str
    title: str
    photos: int
    after: str


class Year(NamedTuple):
    """The months of a year.

    name: "" if there is no room for the name.
    """

    name: str
    stops: tuple[Stop, ...]


@dataclass(frozen=True)
class Timeline:
    """All photos of an answer that comes by date, the latest first.

    sections: day, as `PhotoAlbum.days` counts it -> the section of its photos. Empty if the days
        were not counted.
    """

    sections: dict[str, Section]
    stops: tuple[Stop, ...] = ()

    @classmethod
    def of(cls, days: Days) -> Timeline:
        """Return the timeline of photos that were counted by `PhotoAlbum.days`."""
        sections, stops = dict[str, Section](), list[Stop]()
        for counted in _months(days):
            (last, _), (first, _), photos = counted[0], counted[-1], _sum(counted)
            key = last[:_MONTH]
            title = _say_months(key, first[:_MONTH])
            for run in _runs(counted):
                section = Section(run[0][0], key, title, photos)
                if len(run) < len(counted) or _is_busy(run[0]):
                    section = Section(run[0][0], key, _say_run(run), _sum(run))
                sections |= dict.fromkeys((day for day, _ in run), section)
            if key != LAST:
                stops.append(Stop(key, title, photos, cursor_before(key)))
        return cls(sections, tuple(stops))

    def section(self, tile: Tile) -> Section:
        """Return the section of a photo; its month if the days were not counted."""
        day = LAST if tile.doubtful else (tile.taken_at or UNDATED)[:_DAY]
        month = day[:_MONTH]
        return self.sections.get(day) or Section(month, month, _say(month))

    def newer(self, tile: Tile) -> Stop | None:
        """Return the month after that of a photo, None if there is none."""
        month = self.section(tile).month
        places = {stop.key: place for place, stop in enumerate(self.stops)}
        place = places.get(month, len(self.stops))
        return self.stops[place - 1] if place else None

    def years(self) -> list[Year]:
        """Return the years, each with its months. Those that are too near to the one before to be
        named have no name."""
        step, at, named = len(self.stops) / MOST_NAMED, 0.0, float("-inf")
        years = []
        for name, group in groupby(self.stops, lambda stop: stop.key[:4]):
            stops = tuple(group)
            is_named = at - named >= step
            years.append(Year((name or "Senza data") if is_named else "", stops))
            named, at = at if is_named else named, at + len(stops)
        return years


NO_TIMELINE = Timeline({})


def after_date(text: str, today: date | None = None) -> str | None:
    """Return `Answer.after` of the page that begins with a date, written in Italian or as
    2019-08-14; None if the text is no date with a year."""
    words = tokens(text)
    period = read_period(words, 0, today or date.today())
    if period is None or period.end < len(words) or period.span is None or not period.span.last:
        return None
    return cursor_before(period.span.last.isoformat())


def _months(days: Days) -> list[list[tuple[str, int]]]:
    """Return the days of each month; those of months with few photos, one after the other in a
    year, together."""
    months: list[list[tuple[str, int]]] = []
    for month, group in groupby(days, lambda counted: counted[0][:_MONTH]):
        counted = list(group)
        before = months[-1] if months else []
        dated = len(month) == _MONTH and before and len(before[-1][0]) >= _MONTH
        if dated and before[0][0][:4] == month[:4] and _sum(before) + _sum(counted) <= FEW:
            before += counted
        else:
            months.append(counted)
    return months


def _runs(counted: Days) -> list[list[tuple[str, int]]]:
    """Return the days of a month in runs: a day with many photos is a run of its own."""
    return [list(group) for _, group in groupby(counted, lambda day: _is_busy(day) and day[0])]


def _is_busy(day: tuple[str, int]) -> bool:
    return len(day[0]) == _DAY and day[1] >= MANY_A_DAY


def _sum(counted: Days) -> int:
    return sum(number for _, number in counted)


def _say_run(run: Days) -> str:
    """Return in Italian from when to when some days of a month are, the last of them first."""
    last, first = run[0][0], run[-1][0]
    if len(first) < _DAY:  # of these photos only the month is known
        return _say(first)
    if first == last:
        return _capital(say_day(first))
    return f"{int(first[8:])}–{int(last[8:])} {say_day(first[:_MONTH])}"


def _say_months(last: str, first: str) -> str:
    """Return in Italian from which to which month of a year photos are."""
    if first == last:
        return _say(last)
    return f"{_say(first).split()[0]}–{say_day(last)}"


def _say(month: str) -> str:
    """Return in Italian the title of the photos of a month."""
    if month == LAST:
        return "Forse: non è certo chi c'è"
    if month == UNDATED:
        return "Senza data"
    return _capital(say_day(month)) if len(month) == _MONTH else f"{month}, senza mese"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
