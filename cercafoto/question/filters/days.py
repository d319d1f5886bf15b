"""The filter for the days on which a photo was taken, of one year or of any year."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from typing import TYPE_CHECKING, Any, NamedTuple

from cercafoto.errors import UsageError
from cercafoto.question.filters.filter import (
    AskedArchive,
    Counts,
    Facet,
    Filter,
    Filters,
    Needed,
    Option,
    Typed,
    each_once,
)

if TYPE_CHECKING:
    from cercafoto.question.grammar.calendar_days import Span
    from cercafoto.question.grammar.yearly import Yearly

FUTURE = "nel futuro"
_HELP = "Da quando, e fino a quando: 14/8/2019, agosto 2019."
_EXAMPLE = "agosto 2019"
SINCE = Option("--da", "since", "DATA", _HELP, title="Dal giorno", example=_EXAMPLE)
UNTIL = Option("--a", "until", "DATA", _HELP, title="Fino al giorno", example=_EXAMPLE)


class Days(NamedTuple):
    """The days on which a photo may have been taken.

    spans: stretches of days, in order and disjoint; the photo must be from one of them. () for all
        days.
    recurring: days that return every year; if there are any, the photo must also be from one of
        them.
    today: the day that "oggi" means.
    """

    spans: tuple[Span, ...] = ()
    recurring: tuple[Yearly, ...] = ()
    today: date | None = None

    def __bool__(self) -> bool:
        return bool(self.spans or self.recurring)

    def between(self, first: date, last: date) -> tuple[Span, ...]:
        """Return the allowed days from `first` to `last`, as disjoint spans in order."""
        from cercafoto.question.grammar.calendar_days import Span, union

        allowed = [s for d in (self.spans or (Span(),)) if (s := d & Span(first, last)) is not None]
        if not self.recurring:
            return union(allowed)
        return union(
            both
            for a in allowed
            for r in self._recurring(first, last)
            if (both := a & r) is not None
        )

    def _recurring(self, first: date, last: date) -> Iterator[Span]:
        """Yield the recurring days of each year from `first` to `last`, and of the year before."""
        for yearly in self.recurring:
            # Days that begin in the year before may go on into this one, as winter does.
            for year in range(max(first.year - 1, 1), min(last.year + 1, 9999) + 1):
                span = yearly.in_year(year)
                if span is not None:
                    yield span


def _parse(typed: Typed) -> Days | None:
    """Return the days from --da to --a; None if neither is given. Raises UsageError if a value is
    not a date, or --da is after --a."""
    from cercafoto.question.grammar.calendar_days import Span

    since, until = _days(typed, SINCE), _days(typed, UNTIL)
    if since is None and until is None:
        return None
    first, last = since.first if since else None, until.last if until else None
    if first is not None and last is not None and first > last:
        raise UsageError(
            f"--da {typed.values[SINCE.key]} viene dopo --a {typed.values[UNTIL.key]}.",
            "Scambia le due date.",
        )
    return Days((Span(first, last),), today=typed.today)


def _days(typed: Typed, option: Option) -> Span | None:
    """Return the days that the value of --da or --a names; None if the option was not given. Raises
    UsageError if the value is not a date with a year."""
    text = typed.one(option)
    if text is None:
        return None
    from cercafoto.question.grammar.periods import read_period
    from cercafoto.question.grammar.tokens import tokens
    from cercafoto.question.grammar.vocabulary import ARTICLES, key

    words = tokens(text)
    at = 1 if key(words, 0) in ARTICLES and len(words) > 1 else 0
    period = read_period(words, at, typed.today) or read_period(words, 0, typed.today)
    value = typed.values[option.key]
    if period is None or period.end < len(words) or (period.span is None and not period.problem):
        raise UsageError(
            f"{option.flag} vuole una data, non «{value}».",
            "Per esempio: 14/8/2019, agosto 2019, 2019, ieri.",
        )
    if period.problem:
        raise UsageError(f"{option.flag} {value}: {period.problem}.")
    return period.span


def _both(days: Days, other: Days) -> Days:
    """Return the recurring days of either phrase, and the days that their spans mean together."""
    from cercafoto.question.grammar.calendar_days import of_two_phrases

    spans = of_two_phrases(days.spans, other.spans)
    return Days(spans, each_once(days.recurring, other.recurring), days.today)


def _narrow(option: Days, words: Days) -> tuple[Days, str]:
    """Return the days of the words from --da to --a, and no note (""). If no such days are left,
    the days from --da to --a count, and a note says so."""
    from cercafoto.question.grammar.calendar_days import in_both

    spans = in_both(words.spans, option.spans)
    lost = bool(words.spans) and not spans
    note = "valgono --da e --a, non il periodo scritto nella domanda" if lost else ""
    return Days(spans or option.spans, words.recurring, option.today), note


def _say(days: Days) -> str:
    from cercafoto.question.grammar.sayings import say_span

    said = []
    if days.spans:
        said.append(" e ".join(say_span(s) + _when_future(s, days.today) for s in days.spans))
    if days.recurring:
        said.append(f"{' o '.join(y.phrase for y in days.recurring)} di ogni anno")
    return ", ".join(said)


def _when_future(span: Span, today: date | None) -> str:
    return f" ({FUTURE})" if span.first and today and span.first > today else ""


def _data(days: Days) -> dict[str, Any]:
    return every_period(days if len(days.spans) > 1 else days._replace(spans=()))


def every_period(days: Days) -> dict[str, Any]:
    """Return the JSON entries of days: all stretches, and the days of every year."""
    return {
        "periods": [[iso(span.first), iso(span.last)] for span in days.spans],
        "recurring": [_yearly_data(yearly) for yearly in days.recurring],
    }


def _yearly_data(yearly: Yearly) -> dict[str, Any]:
    if yearly.feast is not None:
        return {"name": yearly.phrase, "feast": yearly.feast, "bridge": yearly.bridge}
    (month, day), (end_month, end_day) = yearly.first, yearly.last
    return {
        "name": yearly.phrase,
        "from": f"{month:02}-{day:02}",
        "to": f"{end_month:02}-{end_day:02}",
    }


def iso(day: date | None) -> str | None:
    """Return a day in the form of JSON ("2019-08-14"); None for None."""
    return day.isoformat() if day is not None else None


def _any_day() -> tuple[Span, ...]:
    """Return the filter's value that every photo with a date fulfils."""
    from cercafoto.question.grammar.calendar_days import Span

    return (Span(),)


def _resolve(days: Days, archive: AskedArchive) -> tuple[Span, ...] | None:
    dated = archive.days()
    return (days.between(*dated) or None) if dated else None


def _choose(typed: Filters, when: str) -> Filters:
    said = say_when(when)
    return typed.but(**{SINCE.key: said, UNTIL.key: said})


def say_when(when: str) -> str:
    """Return a year or month in Italian: "agosto 2019" for "2019-08", "2019" for "2019"."""
    from cercafoto.question.grammar.calendar_days import MONTHS

    year, _, month = when.partition("-")
    return f"{MONTHS[int(month) - 1]} {year}" if month else year


def _one_chip(typed: Filters) -> tuple[str, str]:
    """Return "agosto 2019" for the days that --da and --a give. Raises UsageError if these are no
    days."""
    from cercafoto.question.grammar.calendar_days import current_day
    from cercafoto.question.grammar.sayings import say_stretch

    days = _parse(Typed(typed, current_day(), None)) or Days()
    return "quando", " e ".join(map(say_stretch, days.spans))


def _in_order(counted: Iterable[tuple[str, int]]) -> Counts:
    """Return how many photos are of each year, latest first; if there is one year, of each of its
    months, earliest first.

    counted: months are "2019-08", or "2019" if only the year is known.
    """
    months = sorted(counted)
    years: dict[str, int] = {}
    for month, number in reversed(months):
        years[month[:4]] = years.get(month[:4], 0) + number
    known = tuple((month, number) for month, number in months if len(month) == 7)
    return (known if len(years) == 1 else ()) or tuple(years.items())


DAYS = Filter[Days](
    name="periods",
    say=_say,
    hidden="non è del periodo",
    options=(SINCE, UNTIL),
    parse=_parse,
    data=_data,
    both=_both,
    narrow=_narrow,
    resolve=_resolve,
    needs=Needed(
        _any_day,
        "una foto non ha data",
        "{} foto non hanno data",
        "nessuna foto ha una data",
    ),
    facet=Facet("Quando", _choose, say_when, _in_order, at_once=True),
    one_chip=_one_chip,
)
