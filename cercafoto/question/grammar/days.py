"""Days: stretches of the calendar, those that return every year, and how Italian says them."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from cercafoto.errors import UsageError

ELIDED = {"il": "l", "al": "all", "dal": "dall"}
DAY = timedelta(days=1)
MONTHS = ("gennaio", "febbraio", "marzo", "aprile", "maggio", "giugno", "luglio", "agosto",
          "settembre", "ottobre", "novembre", "dicembre")  # fmt: skip
WEEKDAYS = ("lunedì", "martedì", "mercoledì", "giovedì", "venerdì", "sabato", "domenica")
# Photography begins in 1826; a number beyond these is no year of a photo.
FIRST_YEAR, LAST_YEAR = 1826, 2199


def today() -> date:
    """The day on this machine, or the one that CERCAFOTO_OGGI fixes. Raises UsageError."""
    fixed = os.environ.get("CERCAFOTO_OGGI", "").strip()
    if not fixed:
        return date.today()
    try:
        return date.fromisoformat(fixed)
    except ValueError:
        raise UsageError(
            f"CERCAFOTO_OGGI vuole una data come 2024-06-15, non «{fixed}».",
            "Correggila, oppure toglila: di norma vale il giorno di oggi.",
        ) from None


def month_end(year: int, month: int) -> int:
    """The number of the month's last day."""
    leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    return (31, 28 + leap, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)[month - 1]


def months_before(day: date, number: int) -> date:
    """The same day so many months earlier (later, if negative), or the last one of that month.
    Raises ValueError outside the calendar."""
    year, month = divmod(day.year * 12 + day.month - 1 - number, 12)
    return date(year, month + 1, min(day.day, month_end(year, month + 1)))


@dataclass(frozen=True)
class Span:
    """The days from `first` to `last`, both included; None: without an end on that side."""

    first: date | None = None
    last: date | None = None

    def __and__(self, other: Span) -> Span | None:
        """The days in both, or None when there is none."""
        firsts = [d for d in (self.first, other.first) if d is not None]
        lasts = [d for d in (self.last, other.last) if d is not None]
        both = Span(max(firsts, default=None), min(lasts, default=None))
        if both.first is not None and both.last is not None and both.first > both.last:
            return None
        return both

    def __contains__(self, day: date) -> bool:
        return (self.first is None or self.first <= day) and (self.last is None or day <= self.last)


def union(spans: Iterable[Span]) -> tuple[Span, ...]:
    """The same days as disjoint spans in order: what overlaps or follows on becomes one."""
    ordered = sorted(spans, key=lambda s: s.first or date.min)
    merged: list[Span] = []
    for span in ordered:
        before = merged[-1] if merged else None
        if before is None or (
            before.last is not None
            and span.first is not None
            and before.last < span.first - (DAY if span.first > date.min else timedelta(0))
        ):
            merged.append(span)
        else:
            last = None if before.last is None or span.last is None else max(before.last, span.last)
            merged[-1] = Span(before.first, last)
    return tuple(merged)


@dataclass(frozen=True)
class Yearly:
    """Days that return every year. said: as the reading line says it ("ad agosto").

    first, last: (month, day) both included; last before first: the stretch ends in the next year.
    feast: instead of them, the key of a feast in `feasts.FEASTS`; bridge: with the days that join
    it to the weekend.
    """

    said: str
    first: tuple[int, int] = (1, 1)
    last: tuple[int, int] = (12, 31)
    feast: str | None = None
    bridge: bool = False

    def in_year(self, year: int) -> Span | None:
        """The days that it takes when it begins in `year`; None in a year without it (29
        February) or outside the calendar."""
        try:
            if self.feast is not None:
                from cercafoto.question.grammar.feasts import bridge_in, feast_in

                return (bridge_in if self.bridge else feast_in)(self.feast, year)
            ends = year + (self.last < self.first)
            (month, day), (end_month, end_day) = self.first, self.last
            if self.last == (2, 29):
                end_day = month_end(ends, 2)
                if self.first == self.last and end_day == 28:
                    return None
            return Span(date(year, month, min(day, month_end(year, month))), date(
                ends, end_month, end_day))  # fmt: skip
        except (ValueError, OverflowError):
            return None

    def before(self, day: date) -> Span | None:
        """The latest time that was over before `day`."""
        for year in range(day.year + 1, day.year - 10, -1):
            span = self.in_year(year)
            if span is not None and span.last is not None and span.last < day:
                return span
        return None


# -- as Italian says it -------------------------------------------------------------------------


def say_span(span: Span) -> str:
    """ "dal 1 al 31 agosto 2019", "il 3 maggio 2020", "fino al 31 dicembre 2014"."""
    first, last = span.first, span.last
    if first is None:
        return f"fino {_with('al', last)}" if last is not None else "in qualunque giorno"
    if last is None:
        return f"{_with('dal', first)} in poi"
    if first == last:
        return _with("il", first)
    if (first.year, first.month) == (last.year, last.month):
        begin = _elided("dal", first.day)
    elif first.year == last.year:
        begin = f"{_elided('dal', first.day)} {MONTHS[first.month - 1]}"
    else:
        begin = _with("dal", first)
    return f"{begin} {_with('al', last)}"


def say_days(first: tuple[int, int], last: tuple[int, int]) -> str:
    """The same without a year: "il 2 giugno", "dal 3 al 10 maggio"."""
    (month, day), (end_month, end_day) = first, last
    end = f"{MONTHS[end_month - 1]}"
    if first == last:
        return f"{_elided('il', day)} {end}"
    begin = "" if month == end_month and day <= end_day else f" {MONTHS[month - 1]}"
    return f"{_elided('dal', day)}{begin} {_elided('al', end_day)} {end}"


def say_in_month(month: int) -> str:
    """ "ad agosto", "a maggio"."""
    name = MONTHS[month - 1]
    return f"{'ad' if name[0] in 'aeiou' else 'a'} {name}"


def _with(article: str, day: date) -> str:
    return f"{_elided(article, day.day)} {MONTHS[day.month - 1]} {day.year}"


def _elided(article: str, number: int) -> str:
    """The article before a day: "il 3" but "l'8" and "l'11"; the first keeps "dal 1"."""
    if number in (8, 11):
        return f"{ELIDED[article]}'{number}"
    return f"{article} {number}"
