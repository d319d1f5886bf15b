"""Read times counted from today: "ieri sera", "la settimana scorsa", "negli ultimi tre mesi"."""

from __future__ import annotations

from datetime import date, timedelta

from cercafoto.question.grammar.calendar_days import (
    DAY,
    Span,
    month_end,
    months_before,
    units_before,
)
from cercafoto.question.grammar.vocabulary import (
    ARTICLES,
    HOURS,
    IN,
    LAST,
    NEXT,
    THIS,
    WEEKDAY,
    WEEKEND,
    Period,
    When,
    Words,
    count,
    key,
    length_of_any,
)
from cercafoto.question.grammar.years import relative_year, whole_year

# Words -> days before today.
NEAR = {"dopodomani": -2, "domani": -1, "oggi": 0, "ieri": 1, "altroieri": 2, "avantieri": 2}
TWO_DAYS_AGO = (("l'", "altro", "ieri"), ("ieri", "l'", "altro"), ("altro", "ieri"))


def read_counted(t: Words, i: int, now: date) -> Period | None:
    """Return the time counted from today that begins at `i`; None if there is none."""
    first, second, third = key(t, i), key(t, i + 1), key(t, i + 2)
    if length := length_of_any(t, i, TWO_DAYS_AGO):
        return Period(i + length, "relative", _single(now - 2 * DAY))
    if first in NEAR:
        day = now - NEAR[first] * DAY
        if second in HOURS:
            return _part_of(day, second, i + 2)
        return Period(i + 1, "relative", _single(day))
    part = {"stamattina": "mattina", "stamani": "mattina", "stamane": "mattina", "stasera": "sera"}
    if first in part:
        return _part_of(now, part[first], i + 1)
    if first in THIS and second in ("mattina", "pomeriggio", "sera"):
        return _part_of(now, second, i + 2)
    if first == "stanotte" or (first in THIS and second == "notte"):
        return Period(i + 1 + (first != "stanotte"), "relative", _single(now), hours=(0, 6))
    year = relative_year(t, i, now)
    if year is not None:
        return Period(year[1], "relative", whole_year(year[0]))
    number = count(first)
    if number and third == "fa":
        span = _ago(second, number, now)
        return Period(i + 3, "relative", span) if span else None
    if number and second == "o" and count(third) > number and key(t, i + 4) == "fa":
        spans = [_ago(key(t, i + 3), n, now) for n in (count(third), number)]
        if spans[0] is not None and spans[1] is not None:  # "due o tre anni fa"
            return Period(i + 5, "relative", Span(spans[0].first, spans[1].last))
    return _this_or_last(t, i, now)


def _part_of(day: date, part: str, end: int) -> Period:
    """Return the hours of a part of a day ("sera"); the night goes on into the next day."""
    span = Span(day, day + DAY) if part == "notte" else _single(day)
    return Period(end, "relative", span, hours=HOURS[part])


def _single(day: date) -> Span:
    return Span(day, day)


def _ago(unit: str, number: int, now: date) -> Span | None:
    """Return the day, week, month or year `number` units before today; None for another unit."""
    day = units_before(now, number, unit)
    if day is None:
        return None
    if unit in ("giorno", "giorni"):
        return _single(day)
    if unit in ("settimana", "settimane"):
        return _week(day)
    return _month_of(day) if unit in ("mese", "mesi") else whole_year(day.year)


def _week(day: date) -> Span:
    monday = day - timedelta(day.weekday())
    return Span(monday, monday + 6 * DAY)


def _month_of(day: date) -> Span:
    return Span(day.replace(day=1), day.replace(day=month_end(day.year, day.month)))


def _unit(t: Words, i: int) -> tuple[str, int]:
    """Return ("weekend", end) if the words at `i` mean a weekend, else (the word at `i`, end)."""
    length = length_of_any(t, i, WEEKEND)
    return ("weekend", i + length) if length else (key(t, i), i + 1)


def _this_or_last(t: Words, i: int, now: date) -> Period | None:
    """Return the time at `i` if it is like "settimana scorsa", "questo mese", "lo scorso weekend",
    "domenica scorsa"; else None."""
    before = key(t, i) in LAST | NEXT | THIS
    unit, end = _unit(t, i + before)
    which = key(t, i) if before else key(t, end)
    if which not in LAST | NEXT and not (before and which in THIS):
        return None
    end += not before
    step = -1 if which in LAST else 1 if which in NEXT else 0
    if unit == "settimana":
        return Period(end, "relative", _week(now + 7 * step * DAY))
    if unit == "mese":
        return Period(end, "relative", _month_of(months_before(now.replace(day=1), -step)))
    if unit == "weekend":
        saturday = now + timedelta(5 - now.weekday() + 7 * step)
        return Period(end, "relative", Span(saturday, saturday + DAY))
    if unit in WEEKDAY:
        ahead = (WEEKDAY[unit] - now.weekday()) % 7
        if step == 0:
            day = now + timedelta(WEEKDAY[unit] - now.weekday())
        else:
            day = now + timedelta((ahead or 7) if step == 1 else ahead - 7)
        return Period(end, "relative", _single(day))
    return None


def read_recent(t: Words, i: int, now: date) -> When | None:
    """Return the days at `i` if they are like "negli ultimi tre mesi", "nell'ultima settimana";
    else None."""
    at = i + (key(t, i) in IN | ARTICLES)
    if key(t, at) not in ("ultimi", "ultime", "ultimo", "ultima", "ultim'"):
        return None
    number = count(key(t, at + 1))
    unit = key(t, at + 1 + bool(number))
    number = number or (1 if key(t, at) in ("ultimo", "ultima") and at > i else 0)
    if not number:
        return None
    end = at + 2 + bool(count(key(t, at + 1)))
    try:
        first = units_before(now, number, unit)
    except (ValueError, OverflowError):
        return None
    return When(end, (Span(first, now),)) if first is not None else None
