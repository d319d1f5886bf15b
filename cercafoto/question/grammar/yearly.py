"""Days that return every year: some days of the calendar, a feast, or the bridge of a feast."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

from cercafoto.question.grammar.calendar_days import Span, month_end
from cercafoto.question.grammar.feasts import BRIDGES, FEASTS, bridge_in, feast_in


class Yearly(NamedTuple):
    """Days that return every year.

    phrase: the days in Italian ("ad agosto").
    first, last: (month, day), both included. If `last` is before `first`, the days end in the next
        year.
    feast: key in `feasts.FEASTS`; if not None, `first` and `last` do not count.
    bridge: whether the days that join the feast to a weekend are included.
    """

    phrase: str
    first: tuple[int, int] = (1, 1)
    last: tuple[int, int] = (12, 31)
    feast: str | None = None
    bridge: bool = False

    def in_year(self, year: int) -> Span | None:
        """Return the days that begin in `year` (for a feast, the days of the feast of `year`); None
        if that year has none (29 February), or outside the calendar."""
        try:
            if self.feast is not None:
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
        """Return the latest of these yearly days that ended before `day`; None if none did."""
        for year in range(day.year + 1, day.year - 10, -1):
            span = self.in_year(year)
            if span is not None and span.last is not None and span.last < day:
                return span
        return None


def every_year(key: str, bridge: bool = False) -> Yearly:
    """Return the yearly days of a feast of `feasts.FEASTS`, or of its bridge."""
    phrase = FEASTS[key][0]
    if bridge:
        phrase = BRIDGES.get(key, phrase)
    return Yearly(phrase, feast=key, bridge=bridge)
