"""SQL conditions: `Conditions` -> the WHERE of a query over `photos`."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import NamedTuple

from cercafoto.base.paths import prefix_range
from cercafoto.base.word_stems import fold, stems
from cercafoto.question.conditions import (
    KINDS,
    LUOGO,
    SAME_FORMAT,
    Circle,
    Conditions,
    PlaceCondition,
)

KM_PER_DEGREE = 111.195  # of latitude, on a sphere of 6371.009 km

Clause = tuple[str, Sequence[object]]


class Dialect(NamedTuple):
    """What engines say differently; marks stand for values in all of them.

    visible: of the photos that are there.
    plus: before a column, keeps from searching by it.
    weekday: 0 for Monday, of the photos whose day is known.
    position: of a text in another, from 1; 0 where it is not.
    keyword: bearing one.
    not_in_colour: of contents without colour, or of which that is not known.
    among: of the photos whose content is in a list, as JSON.
    """

    visible: str
    plus: str
    weekday: str
    position: str
    keyword: str
    not_in_colour: str
    among: str


SQLITE = Dialect(
    visible="photos.state = 'ok'",
    plus="+",
    # SQLite's week begins on Sunday. Of a year alone it would make the day of a Julian calendar.
    weekday="length(photos.taken_at) >= 10 AND (strftime('%w', photos.taken_at) + 6) % 7",
    position="instr",
    keyword="photos.id IN (SELECT photo_id FROM keywords WHERE keyword = ?)",
    not_in_colour="monochrome IS NOT 0",
    among="photos.content_id IN (SELECT value FROM json_each(?))",
)


def where(conditions: Conditions, dialect: Dialect = SQLITE) -> tuple[str, list[object]]:
    """Make SQL that is true for the visible photos that fulfil the conditions, and its values.

    Raises ValueError for a kind of place that there is not.
    """
    parts, values = [dialect.visible], list[object]()
    # Without finer statistics SQLite takes "vertical" for as telling as a month; a plus sign
    # keeps it from searching by what most photos have in common.
    coarse = replace(conditions, shape=None, format=None, hours=(), outside=())
    if coarse.monochrome is False:
        coarse = replace(coarse, monochrome=None)
    plus = dialect.plus if coarse else ""
    for sql, clause_values in _clauses(conditions, dialect, plus):
        parts.append(sql)
        values += clause_values
    return " AND ".join(parts), values


def _clauses(conditions: Conditions, dialect: Dialect, plus: str) -> Iterator[Clause]:
    if conditions.periods:
        yield _any(_period(since, until) for since, until in conditions.periods)
    if conditions.weekdays:
        numbers = ", ".join(str(int(day)) for day in sorted(conditions.weekdays))
        yield f"{dialect.weekday} IN ({numbers})", []
    if conditions.hours:
        yield _any_range(f"{plus}photos.hour", conditions.hours)
    if conditions.place is not None:
        yield _place(conditions.place)
    if conditions.camera is not None:
        # A whole name is that camera alone: "iPhone 12" is not the 12 Pro as well.
        yield (
            "photos.camera_id IS NOT NULL AND photos.camera_id IN (SELECT id FROM cameras WHERE "
            f"folded = ? OR ({dialect.position}(folded, ?) > 0 AND NOT EXISTS "
            "(SELECT 1 FROM cameras WHERE folded = ?)))",
            [fold(conditions.camera)] * 3,
        )
    if conditions.format is not None:
        name = conditions.format.upper().lstrip(".")
        yield f"{plus}photos.format = ?", [SAME_FORMAT.get(name, name)]
    if conditions.shape is not None:
        yield f"{plus}photos.shape = ?", [conditions.shape]
    if conditions.rating is not None and conditions.rating > 0:
        yield "photos.rating >= ? AND photos.rating > 0", [conditions.rating]
    for keyword in conditions.keywords:
        yield dialect.keyword, [stems(keyword)]
    for label in conditions.labels:
        yield "photos.content_id IN (SELECT content_id FROM tags WHERE label = ?)", [label]
    for text in conditions.texts:
        yield dialect.among, [json.dumps(text.contents)]
    if conditions.monochrome is not None:
        # Few are without colour, and of none is it unknown once all were read.
        some = " AND monochrome = 1" if conditions.monochrome else ""
        yield (
            f"photos.content_id {'' if conditions.monochrome else 'NOT '}IN (SELECT id "
            f"FROM contents WHERE {dialect.not_in_colour}{some})",
            [],
        )
    if conditions.folders:
        yield _any(_at_or_under(folder) for folder in conditions.folders)
    if conditions.outside:
        sql, values = _any(_at_or_under(folder) for folder in conditions.outside)
        yield f"NOT {sql}", values


def _at_or_under(folder: bytes) -> Clause:
    sql = "photos.path = ? OR (photos.path >= ? AND photos.path < ?)"
    return sql, [folder, *prefix_range(folder)]


def _period(since: date | None, until: date | None) -> Clause:
    """Make a condition on days, both included; texts in ISO 8601 sort as their moments do. Where
    only the month or the year of a photo is known, all of its days must be among them."""
    sql, values = ["photos.taken_at IS NOT NULL"], list[object]()
    if since is not None:
        sql.append("photos.taken_at >= ?")
        values.append(_beginning(since))
    if until is not None and until < date.max:
        end = _beginning(until + timedelta(days=1))
        sql.append("photos.taken_at < ?")
        values.append(end)
        # "2019" sorts before "2019-08", and not all of it is before August.
        around = [end[:length] for length in (4, 7) if length < len(end)]
        if around:
            sql.append(f"photos.taken_at NOT IN ({', '.join('?' * len(around))})")
            values += around
    return " AND ".join(sql), values


def _beginning(day: date) -> str:
    """Write a day so that the month or the year that begins with it sorts behind it."""
    return day.isoformat().removesuffix("-01").removesuffix("-01")


def _any(clauses: Iterator[Clause]) -> Clause:
    sql, values = [], list[object]()
    for clause, clause_values in clauses:
        sql.append(f"({clause})")
        values += clause_values
    return "(" + " OR ".join(sql) + ")", values


def _any_range(column: str, ranges: Sequence[tuple[int, int]]) -> Clause:
    """Make a condition on ranges with both ends; one that ends before it begins goes over
    midnight."""
    return _any(
        (f"{column} BETWEEN ? AND ?", [low, high])
        if low <= high
        else (f"{column} >= ? OR {column} <= ?", [low, high])
        for low, high in ranges
    )


def _place(place: PlaceCondition) -> Clause:
    if place.circles:
        return _any(box for circle in place.circles for box in _boxes(circle))
    if place.kind not in KINDS or place.kind == LUOGO:
        raise ValueError(f"no column for places of kind {place.kind!r}")
    return (
        "photos.place_id IS NOT NULL "
        f"AND photos.place_id IN (SELECT id FROM places WHERE {place.kind} = ?)",
        [place.name],
    )


def _boxes(circle: Circle) -> Iterator[Clause]:
    """Turn a circle into a box, which the index serves, and a distance on the plane that touches
    the earth there: within 1 % of the great circle up to 200 km from the centre in the latitudes
    where people live. A circle over the 180th meridian is two."""
    across = KM_PER_DEGREE * max(math.cos(math.radians(circle.latitude)), 0.01)
    up, aside = circle.km / KM_PER_DEGREE, circle.km / across
    centres = [circle.longitude]
    if circle.longitude + aside > 180:
        centres.append(circle.longitude - 360)
    if circle.longitude - aside < -180:
        centres.append(circle.longitude + 360)
    for longitude in centres:
        yield (
            "photos.latitude IS NOT NULL AND photos.latitude BETWEEN ? AND ? "
            "AND photos.longitude BETWEEN ? AND ? AND "
            "(photos.latitude - ?) * (photos.latitude - ?) * ? + "
            "(photos.longitude - ?) * (photos.longitude - ?) * ? <= ?",
            [
                circle.latitude - up,
                circle.latitude + up,
                longitude - aside,
                longitude + aside,
                circle.latitude,
                circle.latitude,
                KM_PER_DEGREE**2,
                longitude,
                longitude,
                across**2,
                circle.km**2,
            ],
        )
