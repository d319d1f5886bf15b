"""Read times with a beginning or an end: "prima del 2015", "dal 3 al 10 maggio 2020", "tra Natale e
Capodanno"."""

from __future__ import annotations

from datetime import date

from cercafoto.question.grammar.calendar_days import DAY, Span
from cercafoto.question.grammar.periods import read_period
from cercafoto.question.grammar.sayings import say_days
from cercafoto.question.grammar.vocabulary import (
    ARTICLES,
    FROM,
    OF,
    TO,
    Period,
    When,
    Words,
    count,
    key,
    read_number,
)
from cercafoto.question.grammar.yearly import Yearly


def when_of(period: Period) -> When:
    """Return a period as a phrase of time."""
    if period.problem:
        return When(period.end, problem=period.problem)
    spans = (period.span,) if period.span is not None else ()
    yearly = (period.yearly,) if period.yearly is not None else ()
    return When(period.end, spans, yearly, hours=period.hours)


def _period_after(t: Words, i: int, now: date, skip: frozenset[str]) -> Period | None:
    """Return the period at `i`, or after a word of `skip` at `i`; None if there is none."""
    if key(t, i) in skip:
        return read_period(t, i + 1, now) or read_period(t, i, now)
    return read_period(t, i, now)


def read_until(t: Words, i: int, now: date) -> When | None:
    """Return the time at `i` that only has an end: "prima del 2015", "fino al 2018", "entro il
    2020"; None if there is none."""
    word, after = key(t, i), key(t, i + 1)
    strict = word == "prima"
    if (strict and after in OF) or (word in ("fino", "sino") and after in TO):
        period = _period_after(t, i + 2, now, ARTICLES)
    elif (word, after) == ("piu", "di") and count(key(t, i + 2)):  # più di due anni fa
        period = read_period(t, i + 2, now)
        if period is None or key(t, period.end - 1) != "fa":
            return None
    elif word == "entro":
        period = _period_after(t, i + 1, now, ARTICLES)
    else:
        return None
    if period is None or period.problem:
        return when_of(period) if period else None
    span = period.span or _this_time(period.yearly, now)
    if span is None or span.first is None or span.last is None:
        return None
    return When(period.end, (Span(None, span.first - DAY if strict else span.last),))


def read_since(t: Words, i: int, now: date) -> When | None:
    """Return the time at `i` that has a beginning and perhaps an end: "dopo il 2020", "a partire da
    agosto 2019", "dal 3 al 10 maggio 2020"; None if there is none."""
    if key(t, i) == "dopo":
        period = _period_after(t, i + 1, now, ARTICLES | OF)
        if period is None or period.problem:
            return when_of(period) if period else None
        span = period.span or _this_time(period.yearly, now)
        if span is None or span.last is None:
            return None
        return When(period.end, (Span(span.last + DAY, None),))
    if key(t, i) == "a" and key(t, i + 1) == "partire" and key(t, i + 2) in FROM:
        i += 2
        fixed = True
    elif key(t, i) in FROM:
        fixed = False
    else:
        return None
    begin = read_period(t, i + 1, now) or read_number(t, i + 1)
    if begin is None:
        return None
    if key(t, i) == "da" and begin.kind == "year" and not fixed:
        return None  # "una banconota da 2000"
    at = begin.end + (key(t, begin.end) in ("fino", "sino"))
    if key(t, at) in TO:
        end = read_period(t, at + 1, now)
        if end is not None:
            return _from_to(begin, end)
    for tail in (("in", "poi"), ("in", "avanti")):
        if (key(t, begin.end), key(t, begin.end + 1)) == tail:
            begin, fixed = begin._replace(end=begin.end + 2), True
            break
    if begin.problem:
        return when_of(begin)
    span = begin.span or (_this_time(begin.yearly, now) if fixed or begin.kind == "day" else None)
    if span is None or span.first is None:
        return None
    return When(begin.end, (Span(span.first, None),))


def _this_time(yearly: Yearly | None, now: date) -> Span | None:
    """Return the latest of the yearly days that has begun by today, for words without a year
    ("prima di Natale", "dal 5 maggio"); None if `yearly` is None."""
    if yearly is None:
        return None
    begun = (s for y in range(now.year, now.year - 9, -1) if (s := yearly.in_year(y)) is not None)
    return next((s for s in begun if s.first is not None and s.first <= now), None)


def read_between(t: Words, i: int, now: date) -> When | None:
    """Return the time at `i` like "tra il 2010 e il 2012", "fra Natale e Capodanno"; None if there
    is none."""
    if key(t, i) not in ("tra", "fra"):
        return None
    at = i + 1 + (key(t, i + 1) in ARTICLES)
    begin = read_period(t, at, now) or read_number(t, at)
    if begin is None or key(t, begin.end) not in ("e", "ed"):
        return None
    end = _period_after(t, begin.end + 1, now, ARTICLES)
    return _from_to(begin, end, swap=True) if end is not None else None


def _from_to(begin: Period, end: Period, swap: bool = False) -> When | None:
    """Return the time from one period to another; each takes from the other the month or the year
    that it lacks. None if the periods do not make a time.

    swap: whether the periods may be in the wrong order.
    """
    if begin.problem or end.problem:
        return When(end.end, problem=begin.problem or end.problem)
    if begin.kind == "number":
        begin = numbered(begin, end)
        if begin.problem or begin.kind == "number":
            return When(end.end, problem=begin.problem) if begin.problem else None
    first, last = begin.span, end.span
    if first is None and last is None:
        return _yearly_from_to(begin, end) or When(end.end, problem="serve l'anno")
    if first is None and begin.yearly is not None and last is not None and last.last is not None:
        for year in (last.last.year, last.last.year - 1):
            first = begin.yearly.in_year(year)
            if first is not None and first.first is not None and first.first <= last.last:
                break
    if last is None and end.yearly is not None and first is not None and first.first is not None:
        for year in (first.first.year, first.first.year + 1):
            last = end.yearly.in_year(year)
            if last is not None and last.last is not None and first.first <= last.last:
                break
    if first is None or last is None or first.first is None or last.last is None:
        return None
    if first.first > last.last:
        if not swap:
            return When(end.end, problem="la fine viene prima dell'inizio")
        first, last = last, first
    return When(end.end, (Span(first.first, last.last),))


def numbered(begin: Period, end: Period) -> Period:
    """Return `begin`, a day without a month ("dal 3"), with the month and year of `end` ("al 10
    maggio 2020"); unchanged if `end` is not a day. If `begin` is after `end`, `problem` says so."""
    if end.kind != "day":
        return begin
    if end.span is not None and end.span.first is not None:
        last = end.span.first
        if begin.number > last.day:
            return begin._replace(problem="la fine viene prima dell'inizio")
        return begin._replace(kind="day", span=Span(last.replace(day=begin.number), None))
    assert end.yearly is not None
    month, day = end.yearly.first
    if begin.number > day:
        return begin._replace(problem="la fine viene prima dell'inizio")
    at = (month, begin.number)
    return begin._replace(kind="day", yearly=Yearly(say_days(at, at), at, at))


def _yearly_from_to(begin: Period, end: Period) -> When | None:
    """Return the days from one period to another in any year ("da giugno a settembre"); None if
    either has a year, or is a movable feast."""
    first, last = begin.yearly, end.yearly
    if first is None or last is None:
        return None
    days = []
    for edge, yearly in (("first", first), ("last", last)):
        years = {(d.month, d.day) for y in (2021, 2022) if (s := yearly.in_year(y)) is not None
                 and (d := getattr(s, edge)) is not None}  # fmt: skip
        if len(years) != 1:
            return None  # a movable feast
        days.append(years.pop())
    if yearly.feast is None and last.last == (2, 29):
        days[1] = (2, 29)
    return When(end.end, yearly=(Yearly(say_days(days[0], days[1]), days[0], days[1]),))
