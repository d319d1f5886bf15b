"""Read the days of today in other years: "oggi negli anni scorsi", "in questo giorno", "questa
settimana negli anni scorsi", "due anni fa oggi"."""

from __future__ import annotations

from datetime import date

from cercafoto.question.grammar.calendar_days import Span, units_before
from cercafoto.question.grammar.from_today import read_counted
from cercafoto.question.grammar.sayings import say_days
from cercafoto.question.grammar.tokens import word_set
from cercafoto.question.grammar.vocabulary import IN, OF, THIS, When, Words, count, key
from cercafoto.question.grammar.yearly import Yearly

PAST = word_set("scorsi passati precedenti")
OTHER = PAST | {"altri"}
LONGEST = 31  # days of "questo mese"


def read_in_past_years(t: Words, i: int, now: date) -> When | None:
    """Return the days at `i` if they are those of today, or of this week, in other years; None if
    they are not."""
    at = i + (key(t, i) in IN | OF)
    return _in_other_years(t, at, now) or _ago_today(t, at, now)


def _in_other_years(t: Words, i: int, now: date) -> When | None:
    """Return days around today that return every year: before this year if the words say so."""
    if key(t, i) in THIS and key(t, i + 1) == "giorno":
        span, end = Span(now, now), i + 2
    else:
        period = read_counted(t, i, now) if key(t, i) in THIS | {"oggi", "ieri"} else None
        if period is None or period.span is None or period.hours:
            return None
        span, end = period.span, period.end
    first, last = span.first, span.last
    if first is None or last is None or (last - first).days > LONGEST:
        return None
    past = _in_past(t, end) or _every_year(t, end)
    in_this = key(t, i - 1) == "in" and key(t, i + 1) == "giorno" and key(t, end) not in OF
    if past == end and not in_this:
        return None
    days = (first.month, first.day), (last.month, last.day)
    before = (Span(None, date(now.year - 1, 12, 31)),) if _in_past(t, end) else ()
    return When(max(past, end), before, (Yearly(say_days(*days), *days),))


def _in_past(t: Words, i: int) -> int:
    """Return where "negli anni scorsi" at `i` ends; 0 if it is not there."""
    at = i + (key(t, i) in IN | OF | {"gli"})
    words = key(t, at), key(t, at + 1)
    said = (words[0] == "anni" and words[1] in PAST) or (words[0] in OTHER and words[1] == "anni")
    return at + 2 if at > i and said else 0


def _every_year(t: Words, i: int) -> int:
    """Return where "di ogni anno" at `i` ends; `i` if it is not there."""
    at = i + (key(t, i) in OF)
    return at + 2 if (key(t, at), key(t, at + 1)) == ("ogni", "anno") else i


def _ago_today(t: Words, i: int, now: date) -> When | None:
    """Return the day at `i` that was so long ago today: "un anno fa oggi", "oggi, due anni fa"."""
    at = i
    if key(t, i) == "oggi":
        at = i + 1 + (key(t, i + 1) == ",")
    number, unit = count(key(t, at)), key(t, at + 1)
    if not number or unit in ("giorno", "giorni") or key(t, at + 2) != "fa":
        return None
    end = at + 3
    if at == i:
        inside = end + (key(t, end) == "in")
        if key(t, end) == "oggi":
            end += 1
        elif key(t, inside) in THIS and key(t, inside + 1) == "giorno":
            end = inside + 2
        else:
            return None
    try:
        day = units_before(now, number, unit)
    except (ValueError, OverflowError):
        return None
    return When(end, (Span(day, day),)) if day is not None else None
