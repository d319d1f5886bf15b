"""Find the photos whose folder, file name, title or keyword states a year of a question although
their date is another: a scan of 1987 has the date of the scanner."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from cercafoto.archive.archive import Rows
from cercafoto.archive.records import OwnWords
from cercafoto.base.file_kinds import SCAN
from cercafoto.photos.named_years import decade_mark, stating_name, year_mark
from cercafoto.question.context import Own
from cercafoto.question.filters.days import DAYS
from cercafoto.question.filters.filter import Filters
from cercafoto.question.filters.kinds import with_names
from cercafoto.question.filters.missing import MISSING, Lack
from cercafoto.question.grammar.calendar_days import Span
from cercafoto.results.answer import FOLDER, NAME, TITLE
from cercafoto.search.evidence import DOUBTFUL, Evidence
from cercafoto.search.own_words import names_of
from cercafoto.search.season_matches import is_old_season, states_season

MOST_MARKS = 24  # years of a question, or decades


def years_asked(own: Own, filters: Filters) -> tuple[Span, ...]:
    """Return the whole years, or the season of a year before digital cameras, that words of a
    question name; () if they name other days, or if the days come from options, which are about
    dates only."""
    days = DAYS.of(filters)
    named = any(name == DAYS.name for name, _ in own)
    spans = days.spans if days is not None and named and not days.recurring else ()
    if len(spans) == 1 and is_old_season(spans[0]):
        return spans
    return spans if all(map(_is_whole, spans)) else ()


def _is_whole(span: Span) -> bool:
    first, last = span.first, span.last
    if first is None or last is None:
        return False
    return (first.month, first.day, last.month, last.day) == (1, 1, 12, 31)


def year_matches(
    rows: Rows, own: Own, filters: Filters, most: int | None = None
) -> dict[int, Evidence]:
    """Return content id -> evidence, for the photos that state a year of the question and have
    another date, or none. The evidence is DOUBTFUL if a camera that is no scanner took a photo on
    another day, or if it only may be of the season asked for.

    own, filters: see `Query`.
    most: photos of a year to look up; None for as many as any words may have.
    """
    spans = years_asked(own, filters)
    if not spans:
        return {}
    others = Filters({MISSING.name: (Lack("", (DAYS, spans)),)})
    (season,) = spans if is_old_season(spans[0]) else (None,)
    limit = {} if most is None or season else {"most": most}
    found = dict[int, Evidence]()
    for mark in _marks(spans):
        for photo in rows.words.photos_marked(mark, others, **limit):
            is_of_season = True if season is None else states_season(photo, season)
            if is_of_season is not False:
                rank = 0.0 if is_of_season else DOUBTFUL
                found[photo.content_id] = _evidence(photo)._replace(rank=rank)
    if found and not limit:
        _, scanners = with_names(SCAN, rows.words.camera_names, rows.words.lens_names)
        for content in rows.photos.dated_by_camera([*found], scanners):
            if found[content].is_doubtful:  # the camera knew the month
                del found[content]
            else:
                found[content] = found[content]._replace(rank=DOUBTFUL)
    return found


def _marks(spans: Sequence[Span]) -> list[str]:
    return [mark for span in spans for mark in _marks_of(span)][:MOST_MARKS]


def _marks_of(span: Span) -> Iterator[str]:
    """Yield the marks of the years of a span, or of its decades if it has only whole decades."""
    assert span.first is not None
    assert span.last is not None
    first, last = span.first.year, span.last.year
    if first % 10 == 0 and last % 10 == 9 and _is_whole(span):
        yield from map(decade_mark, range(first, last, 10))
    else:
        yield from map(year_mark, range(first, last + 1))


def _evidence(photo: OwnWords) -> Evidence:
    """Return the evidence of a photo that states a year, with the name of the folder that does."""
    *folders, file = names_of(photo)
    name = stating_name([*folders, file])
    if name is None:
        return Evidence(TITLE, 0.0, path=photo.path)
    if name == file:
        return Evidence(NAME, 0.0, path=photo.path)
    return Evidence(FOLDER, 0.0, path=photo.path, what=name)
