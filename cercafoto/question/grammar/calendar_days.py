"""Spans of days, and arithmetic with months."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from cercafoto.errors import UsageError

DAY = timedelta(days=1)
MONTHS = ("gennaio", "febbraio", "marzo", "aprile", "maggio", "giugno", "luglio", "agosto",
          "settembre", "ottobre", "novembre", "dicembre")  # fmt: skip
WEEKDAYS = ("lunedì", "martedì", "mercoledì", "giovedì", "venerdì", "sabato", "domenica")
# Units of time -> (months, days).
UNITS = {"giorno": (0, 1), "giorni": (0, 1), "settimana": (0, 7), "settimane": (0, 7),
         "mese": (1, 0), "mesi": (1, 0), "anno": (12, 0), "anni": (12, 0)}  # fmt: skip
# A number before or after is not the year of a photo: photography begins in 1826.
FIRST_YEAR, LAST_YEAR = 1826, 2199


def current_day() -> date:
    """Return today's date: CERCAFOTO_OGGI, or the date of this machine if that is empty.

    Raises UsageError if CERCAFOTO_OGGI is not a date.
    """
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
    """Return how many days a month has."""
    leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    return (31, 28 + leap, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)[month - 1]


def months_before(day: date, number: int) -> date:
    """Return the same day of the month `number` months earlier (later if `number` is negative), or
    the last day of that month if it is shorter. Raises ValueError outside the calendar."""
    year, month = divmod(day.year * 12 + day.month - 1 - number, 12)
    return date(year, month + 1, min(day.day, month_end(year, month + 1)))


def units_before(day: date, number: int, unit: str) -> date | None:
    """Return the day `number` units ("settimane", "anni") before a day; None for another unit.
    Raises ValueError or OverflowError outside the calendar."""
    months, days = UNITS.get(unit, (0, 0))
    return months_before(day, number * months) - number * days * DAY if months or days else None


@dataclass(frozen=True)
class Span:
    """The days from `first` to `last`, both included. If `first` is None, all days up to `last`; if
    `last` is None, all days from `first` on."""

    first: date | None = None
    last: date | None = None

    def __and__(self, other: Span) -> Span | None:
        """Return the days in both spans; None if there are none."""
        firsts = [d for d in (self.first, other.first) if d is not None]
        lasts = [d for d in (self.last, other.last) if d is not None]
        both = Span(max(firsts, default=None), min(lasts, default=None))
        if both.first is not None and both.last is not None and both.first > both.last:
            return None
        return both

    def __contains__(self, day: date) -> bool:
        return (self.first is None or self.first <= day) and (self.last is None or day <= self.last)


def union(spans: Iterable[Span]) -> tuple[Span, ...]:
    """Return the days of some spans as disjoint spans in order; adjacent spans are merged too."""
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


def in_both(spans: Iterable[Span], others: Sequence[Span]) -> tuple[Span, ...]:
    """Return the days that are in one of `spans` and in one of `others`."""
    return union(both for a in spans for b in others if (both := a & b) is not None)


def of_two_phrases(spans: tuple[Span, ...], more: tuple[Span, ...]) -> tuple[Span, ...]:
    """Return the days that two phrases together mean: the days in both ("ad agosto 2019, dal 3"),
    or the days in either if no day is in both ("nel 2018 e nel 2020"). () sets no limit."""
    if not spans or not more:
        return spans or more
    return in_both(spans, more) or union([*spans, *more])
