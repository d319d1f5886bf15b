"""Read years, "2019", "'98", "l'anno scorso", "tre anni fa", and the year of a month or a feast."""

from __future__ import annotations

from datetime import date
from functools import cache

from cercafoto.question.grammar.calendar_days import FIRST_YEAR, LAST_YEAR, Span
from cercafoto.question.grammar.vocabulary import (
    AND,
    FROM,
    IN,
    LAST,
    NEXT,
    NUMBERS,
    OF,
    TENS,
    THIS,
    TO,
    Period,
    Words,
    count,
    key,
)
from cercafoto.question.grammar.yearly import Yearly

# "Nel sessantotto", not "sessantotto gatti", "il quaranta, rosso"
BEFORE_SPELT = frozenset({"nel", "nell'", "del", "dell'"})


def year_at(t: Words, i: int, now: date) -> int | None:
    """Return the year at `i` ("2019", "'98", "sessantotto" after "nel"); None if there is none."""
    word = key(t, i)
    if len(word) == 4 and word.isascii() and word.isdigit():
        return int(word) if FIRST_YEAR <= int(word) <= LAST_YEAR else None
    if len(word) == 3 and word[0] == "'" and word[1:].isascii() and word[1:].isdigit():
        return century(int(word[1:]), now)
    if key(t, i - 1) in BEFORE_SPELT or _is_in_range(t, i):
        return _spelt_at(t, i)
    return None


def _spelt_at(t: Words, i: int) -> int | None:
    return _spelt_years().get(key(t, i)) if _ends_at(t, i + 1) else None


def _is_in_range(t: Words, i: int) -> bool:
    """Whether the word at `i` is one of the two years in letters of "dal sessantotto al
    settantuno"."""
    first = i - 2 if key(t, i - 1) in TO else i
    if key(t, first - 1) not in FROM or key(t, first + 1) not in TO:
        return False
    return _spelt_at(t, first) is not None and _spelt_at(t, first + 2) is not None


@cache
def _spelt_years() -> dict[str, int]:
    """Return the years that people write in letters: "sessantotto", "millenovecentosessantotto".
    "Trenta" and "trentuno" are days of a month too, and no years."""
    units = ["", "uno", *list(NUMBERS)[2:10]]
    years = {}
    for name, ten in TENS.items():
        for unit, word in enumerate(units):
            if ten > 20:
                spelt = (name[:-1] if unit in (1, 8) else name) + word
                years[f"millenovecento{spelt}"] = 1900 + ten + unit
                if ten + unit > 31:
                    years[spelt] = 1900 + ten + unit
    return years


def century(number: int, now: date) -> int:
    """Return the year that two digits mean: in the century of `now` if that is next year at the
    latest, else in the century before."""
    year = now.year // 100 * 100 + number
    return year if year <= now.year + 1 else year - 100


def read_year(t: Words, i: int, now: date) -> Period | None:
    """Return the year at `i`, with or without "anno" before it; None if there is none."""
    at = i + 1 if key(t, i) == "anno" else i
    year = year_at(t, at, now)
    return Period(at + 1, "year", whole_year(year)) if year is not None else None


def whole_year(year: int) -> Span:
    """Return all days of a year."""
    return Span(date(year, 1, 1), date(year, 12, 31))


def which_year(t: Words, i: int, now: date) -> tuple[str, int, int] | None:
    """Return the year that the words at `i` give to the month, season or feast before these words:
    ("year", 2019, end), or ("last", 0, end) for "scorso", ("next", 0, end) for "prossimo"; None if
    the words give none."""
    if key(t, i) in LAST | NEXT:
        return "last" if key(t, i) in LAST else "next", 0, i + 1
    at = i + 1 if key(t, i) in OF | {"nel"} else i
    year = year_at(t, at, now)
    if year is not None:
        return "year", year, at + 1
    ago = relative_year(t, at, now)
    if ago is None and at == i:
        ago = relative_year(t, i + 1, now) if key(t, i) in ("l'", "lo") else None
    return ("year", *ago) if ago is not None else None


def relative_year(t: Words, i: int, now: date) -> tuple[int, int] | None:
    """Return (year, end) of words like "anno scorso", "quest'anno", "tre anni fa" at `i`; None if
    there are no such words."""
    first, second, third = key(t, i), key(t, i + 1), key(t, i + 2)
    if "anno" in (first, second) and (first in LAST or second in LAST):
        return now.year - 1, i + 2
    if "anno" in (first, second) and (first in NEXT or second in NEXT):
        return now.year + 1, i + 2
    if first in THIS and second == "anno":
        return now.year, i + 2
    number = count(first)
    if number and second in ("anno", "anni") and third == "fa":
        return now.year - number, i + 3
    return None


def placed(t: Words, i: int, now: date, kind: str, yearly: Yearly, end: int) -> Period:
    """Return a month, a season or a feast in its year, if the words say the year: "agosto 2019",
    "Natale scorso", "lo scorso Natale"; else in any year.

    i: index of the first word: of "scorso" in "scorso Natale".
    kind: kind of the period, see `Period`.
    yearly: days of the month, season or feast in any year.
    end: index of the token after the name of the month, season or feast.
    """
    if i < end - 1 and key(t, i) in LAST | NEXT | THIS:
        which = ("last" if key(t, i) in LAST else "next" if key(t, i) in NEXT else "this", 0, end)
    else:
        stated = which_year(t, end, now) or short_year(t, end, now, kind)
        if stated is None:
            return Period(end, kind, yearly=yearly)
        which = stated
    how, year, after = which
    if how == "year":
        span = yearly.in_year(year)
    elif how == "last":
        span = yearly.before(now)
    else:
        span = _next(yearly, now, how == "this")
    if span is None:
        return Period(after, kind, problem="la data non esiste")
    return Period(after, kind, span, origin=yearly)


def short_year(t: Words, i: int, now: date, kind: str) -> tuple[str, int, int] | None:
    """Return ("year", year, end) of a year of two digits without an apostrophe at `i`, at the end
    of a phrase: "estate 98"; None if there is none.

    kind: kind of the period before the number, see `Period`. Except after a season, a number up to
        31 may be a day, and does not count.
    """
    word = key(t, i)
    if not (len(word) == 2 and word.isascii() and word.isdigit()):
        return None
    if kind != "season" and int(word) <= 31:
        return None
    if not _ends_at(t, i + 1):
        return None
    return "year", century(int(word), now), i + 1


def _ends_at(t: Words, i: int) -> bool:
    """Whether a number ends a phrase of time before `i`: "nel 67 al mare", not "67 gatti"."""
    return i >= len(t) or key(t, i) in IN | TO | AND | {",", ";", ".", "con", "senza"}


def _next(yearly: Yearly, now: date, this: bool) -> Span | None:
    """Return the next of the yearly days that begin after today; None if there are none.

    this: whether days that have begun and are not over also count.
    """
    before = yearly.before(now)
    years = range(now.year - 1, now.year + 9)
    for span in map(yearly.in_year, years):
        if span is None or span.first is None or (before and span.first <= before.first):  # type: ignore[operator]
            continue
        if this or span.first > now:
            return span
    return None
