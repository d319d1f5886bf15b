"""Tell which photos that state a year before digital cameras may be of a season: "estate 1987".

Nobody knows the month of most scans. A scan in the folder "1987 Rimini" may be of that summer, one
in "Agosto 1987" is, one in "Natale 1987" is not.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterator
from datetime import date

from cercafoto.archive.records import OwnWords
from cercafoto.base.word_stems import fold, stem, stems
from cercafoto.photos.folder_dates import months_in
from cercafoto.photos.named_years import FIRST_SCANS, stating_name, years_stated
from cercafoto.question.grammar.calendar_days import MONTHS, Span
from cercafoto.question.grammar.feasts import NAMES, feast_in
from cercafoto.question.grammar.vocabulary import SEASONS
from cercafoto.search.own_words import names_of


def is_old_season(span: Span) -> bool:
    """Whether some days are a season of a year before digital cameras."""
    year = span.first.year if span.first is not None else FIRST_SCANS
    return year < FIRST_SCANS and any(each.in_year(year) == span for each in SEASONS.values())


def states_season(photo: OwnWords, span: Span) -> bool | None:
    """Whether a photo states that it is of a season; None if it states only the year."""
    name = stating_name(names_of(photo))
    said = {*stems(name or "").split(), *photo.title.split(), *photo.keywords.split()}
    inside, outside = set[str](), set[str]()
    for word, is_inside in _named_times(span):
        (inside if is_inside else outside).add(stem(word))
    months = _months(name or "", span)
    if said & inside or any(months):
        return True
    return False if said & outside or months else None


def _months(name: str, span: Span) -> list[bool]:
    """Return of each month that a name states in figures ("1987-08") whether it is in a season."""
    return [
        Span(date(year, month, 1), date(year, month, monthrange(year, month)[1])) & span is not None
        for year in years_stated(name)
        for month in months_in(fold(name))
    ]


def _named_times(span: Span) -> Iterator[tuple[str, bool]]:
    """Yield the names of months, seasons and feasts of one word, and whether they are in a season:
    in its year or, if it is a winter, in the next."""
    assert span.first is not None
    assert span.last is not None
    for year in {span.first.year, span.last.year}:
        for number, month in enumerate(MONTHS, 1):
            yield month, Span(date(year, number, 1), date(year, number, 28)) & span is not None
        for name, season in SEASONS.items():
            yield name, season.in_year(year) == span
        for words, feast in NAMES.items():
            if len(words) == 1:
                yield words[0], feast_in(feast, year) & span is not None
