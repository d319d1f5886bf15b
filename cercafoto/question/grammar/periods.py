"""Read words that name some days: "3 maggio 2020", "ponte del 2 giugno", "anni '90".

`time_phrases` decides, by the words before such a period, whether it is meant as a date.
"""

from __future__ import annotations

from datetime import date, timedelta

from cercafoto.question.grammar import feasts
from cercafoto.question.grammar.calendar_days import FIRST_YEAR, LAST_YEAR, MONTHS, Span, month_end
from cercafoto.question.grammar.from_today import read_counted
from cercafoto.question.grammar.sayings import say_days, say_in_month
from cercafoto.question.grammar.vocabulary import (
    LAST,
    MONTH,
    NEXT,
    OF,
    SEASONS,
    SEASONS_MANY,
    SHORT,
    TENS,
    THIS,
    WEEKDAY,
    Period,
    Words,
    count,
    day_number,
    key,
)
from cercafoto.question.grammar.yearly import Yearly, every_year
from cercafoto.question.grammar.years import century, placed, read_year, which_year, year_at


def read_period(t: Words, i: int, now: date) -> Period | None:
    """Return the longest period that begins at token `i`; None if there is none."""
    try:
        for reader in (
            _numeric, read_counted, _day, _bridge, _feast, _month, _season, _decade, _century,
            _third,
        ):  # fmt: skip
            period = reader(t, i, now)
            if period is not None:
                return period
        return read_year(t, i, now)
    except (ValueError, OverflowError):  # outside the calendar: "9999 anni fa"
        return None


def _numeric(t: Words, i: int, now: date) -> Period | None:
    """Return the days in digits at `i`: 3/5/2020 (the day first), 3-5-20, 2020-05-03, 05/2019, 3/5,
    1974/75, 2019-2021, "3-10 maggio"; None if there are none."""
    word = key(t, i)
    if not word[:1].isdigit() or word.isdigit():
        return None
    if key(t, i + 1) in MONTH:
        return _days_of_month(t, i, now)
    mark = next((m for m in "/-." if m in word), "")
    pieces = word.split(mark) if mark else []
    if not all(p.isascii() and p.isdigit() for p in pieces) or len(pieces) not in (2, 3):
        return None
    numbers = [int(p) for p in pieces]
    if len(pieces) == 2:
        if len(pieces[1]) == 4 and len(pieces[0]) <= 2 and 1 <= numbers[0] <= 12:
            month, year = numbers
        elif (
            mark == "-"
            and len(pieces[0]) == 4
            and len(pieces[1]) == 2
            and numbers[1] in range(1, 13)
        ):
            year, month = numbers
        elif (
            mark in "-/"
            and len(pieces[0]) == len(pieces[1]) == 4
            and (FIRST_YEAR <= numbers[0] < numbers[1] <= LAST_YEAR)
        ):
            return Period(i + 1, "relative", _years(*numbers))
        elif (
            len(pieces[0]) == 4
            and numbers[1] == (numbers[0] + 1) % 100
            and (mark == "/" or numbers[1] > 12)
            and FIRST_YEAR <= numbers[0] <= LAST_YEAR
        ):  # a school year: 1974/75
            return Period(i + 1, "relative", _years(numbers[0], numbers[0] + 1))
        elif mark != "/" or max(map(len, pieces)) > 2:
            return None
        else:
            return _date_in(numbers[0], numbers[1], None, i + 1)
        if not FIRST_YEAR <= year <= LAST_YEAR:
            return None
        return Period(i + 1, "month", _month_in(month).in_year(year))
    if len(pieces[0]) == 4 and len(pieces[1]) <= 2 and len(pieces[2]) <= 2:
        year, month, day = numbers
    elif len(pieces[0]) <= 2 and len(pieces[1]) <= 2 and len(pieces[2]) in (2, 4):
        day, month, year = numbers
        if len(pieces[2]) == 2:
            year = century(year, now)
    else:
        return None
    if not FIRST_YEAR <= year <= LAST_YEAR:
        return None
    return _date_in(day, month, year, i + 1)


def _years(first: int, last: int) -> Span:
    return Span(date(first, 1, 1), date(last, 12, 31))


def _days_of_month(t: Words, i: int, now: date) -> Period | None:
    """Return the days of a month at `i`: "3-10 maggio 2020", "24/25 dicembre"; None if there are
    none."""
    first, mark, last = key(t, i).replace("/", "-").partition("-")
    begin, last_day = day_number(first), day_number(last)
    if not mark or not 0 < begin < last_day:
        return None
    end = placed(t, i + 2, now, "month", _month_in(MONTH[key(t, i + 1)]), i + 2)
    month = MONTH[key(t, i + 1)]
    for day in (begin, last_day):
        bare = _date_in(day, month, None, end.end)
        if bare.problem:
            return bare
    if end.span is not None and end.span.first is not None and end.span.last is not None:
        if last_day > end.span.last.day:
            return _date_in(last_day, month, end.span.first.year, end.end)
        days = Span(end.span.first.replace(day=begin), end.span.first.replace(day=last_day))
        return Period(end.end, "day", days)
    at = (month, begin), (month, last_day)
    return Period(end.end, "day", yearly=Yearly(say_days(*at), *at))


def _date_in(day: int, month: int, year: int | None, end: int) -> Period:
    """Return a day as a period, in any year if `year` is None. If there is no such day, `problem`
    says why.

    end: index of the token after the words.
    """
    if not 1 <= month <= 12:
        return Period(end, "day", problem=f"il mese {month} non esiste (prima si scrive il giorno)")
    name = MONTHS[month - 1]
    if not 1 <= day <= month_end(2020 if year is None else year, month):
        return Period(end, "day", problem=f"{name} non ha il giorno {day}" if day != 29 or (
            month != 2) else f"nel {year} {name} non ha il giorno 29")  # fmt: skip
    if year is None:
        return Period(end, "day", yearly=Yearly(
            say_days((month, day), (month, day)), (month, day), (month, day)))  # fmt: skip
    return Period(end, "day", Span(date(year, month, day), date(year, month, day)))


def _day(t: Words, i: int, now: date) -> Period | None:
    """Return the day at `i`: [sabato] 3 maggio [del 2020 | scorso | di due anni fa]; None if there
    is none."""
    at = i + 1 if key(t, i) in WEEKDAY else i
    day = day_number(key(t, at))
    name = at + 1 + (key(t, at + 1) in ("di", "d'") and key(t, at).isdigit())  # 3 di maggio
    word, end = key(t, name), name + 1
    month = MONTH.get(word, 0) or (SHORT.get(word, 0) if year_at(t, end, now) else 0)
    if not day or not month:
        return None
    bare = _date_in(day, month, None, end)
    if bare.yearly is not None:
        period = placed(t, end, now, "day", bare.yearly, end)
        if period.problem:
            why = f"in quell'anno {MONTHS[month - 1]} non ha il giorno {day}"
            return period._replace(problem=why)
        return period
    which = which_year(t, end, now)
    return bare._replace(end=which[2] if which else end)


def _month_in(month: int) -> Yearly:
    """Return the days of a month in any year."""
    return Yearly(say_in_month(month), (month, 1), (month, 29 if month == 2 else month_end(
        2021, month)))  # fmt: skip


def _month(t: Words, i: int, now: date) -> Period | None:
    """Return the month at `i`: "maggio 2020", "lo scorso maggio", "maggio-giugno", "ott. 2019";
    None if there is none."""
    at = i + 1 if key(t, i) in LAST | NEXT | THIS else i
    first, mark, last = key(t, at).partition("-")
    if mark and first in MONTH and last in MONTH:  # maggio-giugno 2020
        days = (MONTH[first], 1), _month_in(MONTH[last]).last
        return placed(t, i, now, "month", Yearly(say_days(*days), *days), at + 1)
    if key(t, at) in MONTH:
        return placed(t, i, now, "month", _month_in(MONTH[key(t, at)]), at + 1)
    end = at + 1 + (key(t, at + 1) == ".")  # ott. 2019
    if key(t, at) in SHORT and year_at(t, end, now) is not None:
        return placed(t, i, now, "month", _month_in(SHORT[key(t, at)]), end)
    return None


def _season(t: Words, i: int, now: date) -> Period | None:
    """Return the season at `i`: "estate 2019", "la scorsa estate", "due estati fa", "inverno
    2019/20"; None if there is none."""
    at = i + 1 if key(t, i) in LAST | NEXT | THIS else i
    season = SEASONS.get(key(t, at))
    number = count(key(t, i))
    if number and key(t, i + 1) in SEASONS_MANY and key(t, i + 2) == "fa":
        last = SEASONS[SEASONS_MANY[key(t, i + 1)]].before(now)
        assert last is not None and last.first is not None
        back = SEASONS[SEASONS_MANY[key(t, i + 1)]].in_year(last.first.year - number + 1)
        return Period(i + 3, "season", back)
    if season is None:
        return None
    years = key(t, at + 1)  # inverno 2019/20, inverno 2019-2020
    if years[:4].isdigit() and len(years) in (7, 9) and years[4] in "/-":
        year, until = int(years[:4]), int(years[5:])
        if until in (year + 1, (year + 1) % 100) and FIRST_YEAR <= year <= LAST_YEAR:
            return Period(at + 2, "season", season.in_year(year))
    return placed(t, i, now, "season", season, at + 1)


def _feast_name(t: Words, i: int) -> tuple[str, int] | None:
    """Return (key in FEASTS, end) of the longest name of a feast at `i`; None if there is none."""
    for length in range(4, 0, -1):
        words = tuple(key(t, i + n) for n in range(length))
        if words in feasts.NAMES:
            return feasts.NAMES[words], i + length
    return None


def _feast(t: Words, i: int, now: date) -> Period | None:
    """Return the feast at `i`: "Natale 2019", "lo scorso Natale"; None if there is none."""
    feast = _feast_name(t, i)
    if feast is not None:  # first, because "ultimo dell'anno" is a feast and not last year
        return placed(t, feast[1], now, "feast", every_year(feast[0]), feast[1])
    feast = _feast_name(t, i + 1) if key(t, i) in LAST | NEXT | THIS else None
    if feast is None:
        return None
    return placed(t, i, now, "feast", every_year(feast[0]), feast[1])


def _bridge(t: Words, i: int, now: date) -> Period | None:
    """Return the bridge at `i`: "ponte del 2 giugno [2022]", but not "ponte di Rialto"; None if
    there is none."""
    if key(t, i) != "ponte" or key(t, i + 1) not in OF:
        return None
    feast = _feast_name(t, i + 2)
    if feast is None and key(t, i + 2) in feasts.ONLY_IN_BRIDGES:
        feast = key(t, i + 2), i + 3
    if feast is None:
        day, month = day_number(key(t, i + 2)), MONTH.get(key(t, i + 3), 0)
        if (month, day) not in feasts.BY_DAY:
            return None
        feast = feasts.BY_DAY[(month, day)], i + 4
    name, end = feast
    if name not in feasts.BRIDGES:
        return None
    return placed(t, i, now, "feast", every_year(name, bridge=True), end)


# Words -> which third of a period.
THIRDS = {"inizio": 0, "inizi": 0, "primi": 0, "meta": 1, "fine": 2}


def _third(t: Words, i: int, now: date) -> Period | None:
    """Return the third of a period at `i`: "inizio 2020", "metà agosto", "fine dell'estate", "primi
    anni 60", "fine Ottocento"; None if there is none."""
    if key(t, i) not in THIRDS:
        return None
    at = i + 1 + (key(t, i + 1) in OF)
    whole = _month(t, at, now) or _season(t, at, now) or _decade(t, at, now)
    whole = whole or _century(t, at, now) or read_year(t, at, now)
    if whole is None or whole.problem:
        return whole
    number = THIRDS[key(t, i)]
    year = now.year if whole.span is None else 0
    span = whole.span or (whole.yearly.in_year(year) if whole.yearly else None)
    if span is None or span.first is None or span.last is None:
        return None
    if whole.kind in ("decade", "century"):
        is_decade = whole.kind == "decade"
        years = 3 if is_decade else 33
        begin = span.first.year + years * number
        return Period(whole.end, "third" if is_decade else "century", _years(begin, begin + years))
    if whole.kind == "year":
        months = date(span.first.year, 1 + 4 * number, 1), date(span.first.year, 4 + 4 * number, 1)
        return Period(whole.end, "third", Span(months[0], months[1].replace(
            day=month_end(months[1].year, months[1].month))))  # fmt: skip
    length = (span.last - span.first).days + 1
    first = span.first + timedelta(length * number // 3)
    last = span.first + timedelta(length * (number + 1) // 3 - 1)
    if whole.span is not None:
        return Period(whole.end, "third", Span(first, last))
    days = (first.month, first.day), (last.month, last.day)
    if days[1] == (2, 28):
        days = days[0], (2, 29)
    return Period(whole.end, "third", yearly=Yearly(say_days(*days), *days))


def _decade(t: Words, i: int, now: date) -> Period | None:
    """Return the decade at `i`: "anni '90", "anni novanta", "anni 2000", "anni Duemila"; None if
    there is none."""
    return decade_at(t, i + 1, now) if key(t, i) == "anni" else None


def decade_at(t: Words, i: int, now: date) -> Period | None:
    """Return the decade whose number is at `i`, after "anni": "'90", "novanta", "2000"; None if
    there is none."""
    word = key(t, i)
    number = TENS.get(word) or (int(word.lstrip("'")) if word.lstrip("'").isascii() and (
        word.lstrip("'").isdigit()) else None)  # fmt: skip
    if word in ("duemila", "2000"):
        year = 2000
    elif number is None or number % 10:
        return None
    elif number < 100:
        year = century(number, now) if word not in TENS else 1900 + number
        year = year if number >= 30 else 2000 + number if 2000 + number <= now.year else year
    elif FIRST_YEAR <= number <= LAST_YEAR:
        year = number
    else:
        return None
    return Period(i + 1, "decade", _years(year, year + 9))


# Centuries by the number in which their years begin.
CENTURIES = {"ottocento": 18, "800": 18, "novecento": 19, "900": 19}
_ROMAN = {"xix": 18, "xx": 19, "xxi": 20}


def _century(t: Words, i: int, now: date) -> Period | None:
    """Return the century at `i`: "secolo scorso", "XIX secolo", "Novecento", "'900"; None if there
    is none."""
    first, second = key(t, i), key(t, i + 1)
    if "secolo" in (first, second):
        other, end = second if first == "secolo" else first, i + 2
        is_counted = other in LAST | THIS
        number = now.year // 100 - (other in LAST) if is_counted else _ROMAN.get(other)
    else:
        at = i + (first == "'")  # "nel '900"
        end = at + 1
        is_short = not key(t, at).isdigit() or key(t, at - 1).endswith("'")
        number = CENTURIES.get(key(t, at)) if is_short else None
    if number is None:
        return None
    return Period(end, "century", _years(number * 100, number * 100 + 99))
