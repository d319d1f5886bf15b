"""Resolve a query's days against the archive's first and last photo and build its conditions.

A query may name days of any year, movable feasts and bridges; the catalogue knows ranges of days.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from cercafoto.question.conditions import Conditions, Saying
from cercafoto.question.query import Query


def to_conditions(
    query: Query,
    folders: Sequence[bytes],
    outside: Sequence[bytes],
    dated: tuple[date, date] | None,
    texts: Sequence[Saying] = (),
) -> Conditions | None:
    """Build the conditions of a query; None when no photo can fulfil them.

    folders, outside: those of the question, as bytes.
    dated: the days of the first and of the last photo, None where no photo has a date.
    texts: those of the query, with the contents that say them.
    """
    periods: tuple[tuple[date | None, date | None], ...] = ()
    if query.days or query.recurring:
        if dated is None:
            return None
        periods = tuple((span.first, span.last) for span in query.day_ranges(*dated))
        if not periods:
            return None
    hours: tuple[tuple[int, int], ...] = ()
    if query.hours is not None:
        first, end = query.hours
        hours = ((first, (end - 1) % 24),)
    return Conditions(
        periods=periods,
        weekdays=query.weekdays,
        hours=hours,
        place=query.place.condition if query.place else None,
        camera=query.camera,
        format=query.format,
        shape=query.orientation,
        rating=query.rating,
        keywords=query.keywords,
        folders=tuple(folders),
        outside=tuple(outside),
        labels=query.labels,
        monochrome=query.monochrome,
        texts=tuple(texts),
    )
