"""All filters, in the order in which they are parsed, told to the person and turned into SQL."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from types import MappingProxyType
from typing import Any

from cercafoto.question.filters.days import DAYS
from cercafoto.question.filters.excepted import EXCEPTED
from cercafoto.question.filters.exposure_filters import (
    APERTURE,
    EXPOSURE_TIME,
    FLASH,
    FOCAL,
    SENSITIVITY,
)
from cercafoto.question.filters.file_filters import (
    CAMERA,
    COLOR_LABEL,
    FORMAT,
    LENS,
    MONOCHROME,
    ORIENTATION,
    RATING,
    VIDEO,
)
from cercafoto.question.filters.filter import OWN, AskedArchive, Facet, Filter, Filters, Option
from cercafoto.question.filters.hours import HOURS, WEEKDAYS
from cercafoto.question.filters.kinds import FILE_KIND
from cercafoto.question.filters.missing import MISSING
from cercafoto.question.filters.names import COLLECTIONS, FOLDERS, KEYWORDS, LABELS, MINE, OUTSIDE
from cercafoto.question.filters.people_count import PEOPLE_COUNT
from cercafoto.question.filters.place import PLACE
from cercafoto.question.filters.quality import QUALITY
from cercafoto.question.filters.rectangle import RECTANGLE
from cercafoto.question.filters.with_people import NOT_PEOPLE, PEOPLE
from cercafoto.question.filters.written import TEXTS

FILTERS: tuple[Filter[Any], ...] = (
    *(DAYS, WEEKDAYS, HOURS, PLACE, RECTANGLE, PEOPLE_COUNT, MONOCHROME),
    *(CAMERA, LENS, FOCAL, SENSITIVITY, APERTURE, EXPOSURE_TIME, FLASH),
    *(FORMAT, ORIENTATION, QUALITY, RATING, COLOR_LABEL),
    *(PEOPLE, NOT_PEOPLE, KEYWORDS, MINE, LABELS, COLLECTIONS, FOLDERS, OUTSIDE, TEXTS, VIDEO),
    *(FILE_KIND, MISSING, EXCEPTED),
)
OPTIONS: tuple[Option, ...] = tuple(option for each in FILTERS for option in each.options)
# Filters whose values page and screen offer: first those that are counted at once.
FACETS: tuple[tuple[Filter[Any], Facet], ...] = tuple(
    sorted(((each, each.facet) for each in FILTERS if each.facet), key=lambda of: not of[1].at_once)
)


def given(filters: Filters) -> list[tuple[Filter[Any], Any]]:
    """Return the filters that have a value, in order, each with its value."""
    return [(each, filters[each.name]) for each in FILTERS if each.name in filters]


def resolved(
    filters: Filters, archive: AskedArchive, own: Mapping[str, Sequence[int]] = MappingProxyType({})
) -> Filters | None:
    """Return filters with values that SQL can compare; None if no photo can fulfil them.

    own: name of a filter -> ids of the contents that fulfil it by their own words, ascending.

    Raises UsageError for a folder that the archive does not know.
    """
    values = {each.name: each.resolve(value, archive) for each, value in given(filters)}
    if DAYS.name in own and values.get(DAYS.name, ()) is None:
        from cercafoto.question.grammar.calendar_days import Span

        # No day at all: only the contents in `own` fulfil the filter.
        values[DAYS.name] = (Span(date.max, date.min),)
    return None if None in values.values() else Filters(values, **{OWN: tuple(own.items())})
