"""Say days, orders and limits in Italian."""

from __future__ import annotations

from datetime import date

from cercafoto.base.italian_counts import thousands
from cercafoto.question.grammar.calendar_days import MONTHS, Span, month_end
from cercafoto.question.values import BY_CONFIDENCE, BY_NAME, LATEST, OLDEST

# Orders in Italian.
ORDERED = {
    LATEST: "dalla più recente",
    OLDEST: "dalla più vecchia",
    BY_NAME: "in ordine di nome",
    BY_CONFIDENCE: "in ordine di fiducia",
}
ELIDED = {"il": "l", "al": "all", "dal": "dall"}


def say_span(span: Span) -> str:
    """Return days in Italian: "di agosto 2019", "dal 3 al 5 agosto 2019", "il 3 maggio 2020", "fino
    al 2 maggio 2014"."""
    first, last = span.first, span.last
    if (whole := _whole(span)) is not None:
        return f"del {whole}" if whole.isdecimal() else f"di {whole}"
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


def say_stretch(span: Span) -> str:
    """Return days in Italian, a whole month or year by its name: "agosto 2019", "2019"."""
    return _whole(span) or say_span(span)


def _whole(span: Span) -> str | None:
    """Return the name of a whole month or year: "agosto 2019", "2019"; None if it is neither."""
    first, last = span.first, span.last
    if first is None or last is None or first.day > 1 or first.year != last.year:
        return None
    if (first.month, last.month, last.day) == (1, 12, 31):
        return str(first.year)
    if first.month == last.month and last.day == month_end(last.year, last.month):
        return f"{MONTHS[first.month - 1]} {first.year}"
    return None


def say_days(first: tuple[int, int], last: tuple[int, int]) -> str:
    """Return days of any year, (month, day), in Italian: "il 2 giugno", "dal 3 al 10 maggio"."""
    (month, day), (end_month, end_day) = first, last
    end = f"{MONTHS[end_month - 1]}"
    if first == last:
        return f"{_elided('il', day)} {end}"
    begin = "" if month == end_month and day <= end_day else f" {MONTHS[month - 1]}"
    return f"{_elided('dal', day)}{begin} {_elided('al', end_day)} {end}"


def say_in_month(month: int) -> str:
    """Return a month, 1 to 12, in Italian with its preposition: "ad agosto", "a maggio"."""
    name = MONTHS[month - 1]
    return f"{'ad' if name[0] in 'aeiou' else 'a'} {name}"


def _with(article: str, day: date) -> str:
    return f"{_elided(article, day.day)} {MONTHS[day.month - 1]} {day.year}"


def _elided(article: str, number: int) -> str:
    """Return a day of the month with its article: "il 3", but "l'8", "l'11" and "dal 1º"."""
    if number in (8, 11):
        return f"{ELIDED[article]}'{number}"
    return f"{article} {number}{'º' if number == 1 else ''}"


def say_limit(limit: int) -> str:
    """Return a limit in Italian: "al massimo 5 foto"."""
    return "una foto sola" if limit == 1 else f"al massimo {thousands(limit)} foto"
