"""Translate each filter into SQL."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from cercafoto.archive.queries.kind_sql import of_kind, screenshot
from cercafoto.archive.queries.sql_dialect import Clause, Dialect
from cercafoto.base.paths import prefix_range
from cercafoto.base.word_stems import fold, stems
from cercafoto.question.filters import missing
from cercafoto.question.filters.all_filters import given
from cercafoto.question.filters.days import DAYS
from cercafoto.question.filters.excepted import EXCEPTED, Case
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
from cercafoto.question.filters.filter import OWN, Filter, Filters
from cercafoto.question.filters.hours import HOURS, WEEKDAYS
from cercafoto.question.filters.kinds import FILE_KIND
from cercafoto.question.filters.missing import MISSING, Lack
from cercafoto.question.filters.names import COLLECTIONS, FOLDERS, KEYWORDS, LABELS, MINE, OUTSIDE
from cercafoto.question.filters.people_count import PEOPLE_COUNT
from cercafoto.question.filters.place import PLACE
from cercafoto.question.filters.quality import LOOKED_AT, QUALITY
from cercafoto.question.filters.rectangle import RECTANGLE
from cercafoto.question.filters.with_people import NOT_PEOPLE, PEOPLE
from cercafoto.question.filters.written import TEXTS
from cercafoto.question.lens_names import folded_lens
from cercafoto.question.values import (
    ABROAD,
    KINDS,
    LUOGO,
    SAME_FORMAT,
    VIDEO_FORMATS,
    Circle,
    PlaceCondition,
    Rectangle,
    Saying,
    Stretch,
)

if TYPE_CHECKING:
    from cercafoto.question.grammar.calendar_days import Span

KM_PER_DEGREE = 111.195  # of latitude, on a sphere of 6371.009 km

Sql = Callable[[Any, Dialect], Clause]
SQL: dict[str, Sql] = {}


def sql_of(which: Filter[Any]) -> Callable[[Sql], Sql]:
    """Return a decorator that registers the function which makes SQL of a filter's resolved
    value."""

    def declare(sql: Sql) -> Sql:
        SQL[which.name] = sql
        return sql

    return declare


def clauses(filters: Filters, dialect: Dialect) -> Iterator[Clause]:
    """Yield (SQL, values) of each filter. Raises ValueError for an unknown kind of place."""
    asked = given(filters)
    # SQLite's statistics make "vertical" look as selective as a month. A plus sign keeps SQLite
    # from using an index on a value that most photos share.
    if all(which.is_common(value) for which, value in asked):
        dialect = dialect._replace(no_index="")
    own = dict(filters.get(OWN, ()))
    for which, value in asked:
        if which.name not in own:
            yield SQL[which.name](value, dialect)
            continue
        # SQLite's indexes cover only visible photos. It uses an index for each alternative only if
        # each alternative says "visible" and contains no OR; otherwise it reads all photos.
        parts = (SQL[which.name](part, dialect) for part in _alternatives(which, value))
        by_filter = [(f"{dialect.visible} AND {sql}", values) for sql, values in parts]
        among = dialect.in_list.format("photos.content_id")
        yield _any([*by_filter, (among, [dialect.listed(own[which.name])])])


def _alternatives(which: Filter[Any], value: Any) -> list[Any]:
    """Split a filter's resolved value into values of which a photo must match at least one."""
    if which is DAYS:
        return [(span,) for span in value]
    if which is PLACE and value.either:
        return [each for place in value.either for each in _alternatives(which, place)]
    if which is PLACE and value.circles:
        return [value._replace(circles=(circle,)) for circle in value.circles]
    return [value]


@sql_of(DAYS)
def _days(spans: Sequence[Span], dialect: Dialect) -> Clause:
    return _any(_period(span.first, span.last) for span in spans)


@sql_of(WEEKDAYS)
def _weekdays(days: frozenset[int], dialect: Dialect) -> Clause:
    return f"{dialect.weekday} IN ({', '.join(str(int(day)) for day in sorted(days))})", []


@sql_of(HOURS)
def _hours(hours: tuple[int, int], dialect: Dialect) -> Clause:
    """Return SQL for photos taken from the first hour up to, but not including, the second. A photo
    whose hour is not known never matches."""
    column, low, high = f"{dialect.no_index}photos.hour", hours[0], (hours[1] - 1) % 24
    if low <= high:
        return f"{column} BETWEEN ? AND ?", [low, high]
    return f"({column} >= ? OR {column} <= ?)", [low, high]  # over midnight


@sql_of(PLACE)
def _place(place: PlaceCondition, dialect: Dialect) -> Clause:
    if place.either:
        return _any(_place(each, dialect) for each in place.either)
    if place.circles:
        return _any(box for circle in place.circles for box in _boxes(circle))
    parts = place.parts or ((place.kind, place.name),)
    which, names = zip(*map(_division, parts), strict=True)
    return (
        "photos.place_id IS NOT NULL "
        f"AND photos.place_id IN (SELECT id FROM places WHERE {' OR '.join(which)})",
        names,
    )


def _division(part: tuple[str, str]) -> tuple[str, str]:
    """Return SQL for the rows of `places` in one division, or in every other country, and its
    name. part: (kind, name)."""
    kind, name = part
    if kind == ABROAD:
        return "paese <> '' AND paese <> ?", name
    if kind not in KINDS or kind == LUOGO:
        raise ValueError(f"no column for places of kind {kind!r}")
    return f"{kind} = ?", name


# Degrees. A larger rectangle may have most photos, which are found sooner by their dates.
WIDE = 1.5


@sql_of(RECTANGLE)
def _rectangle(where: Rectangle, dialect: Dialect) -> Clause:
    east_ends = [where.east] if where.west <= where.east else [180.0, where.east]
    west_ends = [where.west, -180.0][: len(east_ends)]
    width = where.east - where.west + 360 * (where.west > where.east)
    wide = width >= WIDE and where.north - where.south >= WIDE
    latitude = f"{dialect.no_index if wide else ''}photos.latitude"
    return _any(
        (
            f"{latitude} IS NOT NULL AND {latitude} BETWEEN ? AND ? "
            "AND photos.longitude BETWEEN ? AND ?",
            [where.south, where.north, west, east],
        )
        for west, east in zip(west_ends, east_ends, strict=True)
    )


LARGEST = 2**31 - 1  # that both engines can compare; a question may name any number


@sql_of(PEOPLE_COUNT)
def _people_count(people: tuple[int, int | None], dialect: Dialect) -> Clause:
    least, most = people
    sql = "people >= ?" if most is None else "people BETWEEN ? AND ?"
    return (
        f"photos.content_id IN (SELECT content_id FROM things WHERE {sql})",
        [min(bound, LARGEST) for bound in (least, most) if bound is not None],
    )


@sql_of(MONOCHROME)
def _monochrome(monochrome: bool, dialect: Dialect) -> Clause:
    # Contents without colour are few; unknown ones too, since `index` reads those again.
    some = " AND monochrome = 1" if monochrome else ""
    sql = (
        f"photos.content_id {'' if monochrome else 'NOT '}IN (SELECT id "
        f"FROM contents WHERE {dialect.not_in_colour}{some})"
    )
    if not monochrome:
        return sql, []
    # The screenshot of a page of text has no colour either, and is no photo in black and white.
    shown, values = screenshot(dialect)
    return f"{sql} AND NOT ({shown})", values


@sql_of(CAMERA)
def _camera(cameras: Sequence[str], dialect: Dialect) -> Clause:
    return _named("camera_id", "cameras", [fold(camera) for camera in cameras], dialect)


@sql_of(LENS)
def _lens(lenses: Sequence[int | str], dialect: Dialect) -> Clause:
    focal = [lens for lens in lenses if isinstance(lens, int)]
    names = [folded_lens(lens) for lens in lenses if isinstance(lens, str)]
    either = list[Clause]()
    if focal:
        among = ", ".join("?" * len(focal))
        either.append((f"photos.focal IS NOT NULL AND photos.focal IN ({among})", focal))
    if names:
        either.append(_named("lens_id", "lenses", names, dialect))
    return _any(either)


def _named(column: str, table: str, names: Sequence[str], dialect: Dialect) -> Clause:
    """Return SQL for photos whose camera or lens is called by one of some folded names."""
    # A complete name matches only itself: "iPhone 12" does not also match the 12 Pro.
    called = (
        f"folded = ? OR ({dialect.position}(folded, ?) > 0 AND NOT EXISTS "
        f"(SELECT 1 FROM {table} WHERE folded = ?))"
    )
    return (
        f"photos.{column} IS NOT NULL AND photos.{column} IN (SELECT id FROM {table} WHERE "
        f"{' OR '.join([called] * len(names))})",
        [name for name in names for _ in range(3)],
    )


@sql_of(FOCAL)
def _focal(asked: Stretch, dialect: Dialect) -> Clause:
    return _within("photos.focal", asked)


@sql_of(SENSITIVITY)
def _sensitivity(asked: Stretch, dialect: Dialect) -> Clause:
    return _within("photos.iso", asked)


# Of an aperture, which is stored with one decimal, and of a time: 1/60 is 1/64 in some cameras, and
# telephones have 1/121; the next step of a camera is 26 % away.
APERTURE_OFF, TIME_OFF = 0.01, 0.1


@sql_of(APERTURE)
def _aperture(asked: Stretch, dialect: Dialect) -> Clause:
    return _within("photos.aperture", asked, APERTURE_OFF)


@sql_of(EXPOSURE_TIME)
def _exposure_time(asked: Stretch, dialect: Dialect) -> Clause:
    return _within("photos.exposure_time", asked, TIME_OFF)


def _within(column: str, asked: Stretch, off: float = 0) -> Clause:
    """Return SQL for photos whose number lies within a stretch. off: share by which a number may
    differ from a limit and still be meant; a limit that is left out is not met so."""
    sql, values = [f"{column} IS NOT NULL"], list[object]()
    off = -off if asked.strict else off
    equal = "" if asked.strict else "="
    least, most = asked.least, asked.most
    if not off:  # a whole number, which PostgreSQL looks up only by another
        up, down = (math.floor, math.ceil) if asked.strict else (math.ceil, math.floor)
        least, most = least and up(least), most and down(most)
    if least is not None:
        sql.append(f"{column} >{equal} ?")
        values.append(min(least * (1 - off) if off else least, LARGEST))
    if most is not None:
        sql.append(f"{column} <{equal} ?")
        values.append(min(most * (1 + off) if off else most, LARGEST))
    return " AND ".join(sql), values


@sql_of(FLASH)
def _flash(fired: bool, dialect: Dialect) -> Clause:
    return f"photos.flash IS NOT NULL AND photos.flash = {int(fired)}", []


@sql_of(FORMAT)
def _format(format: str, dialect: Dialect) -> Clause:
    name = format.upper().lstrip(".")
    return f"{dialect.no_index}photos.format = ?", [SAME_FORMAT.get(name, name)]


@sql_of(ORIENTATION)
def _orientation(shape: str, dialect: Dialect) -> Clause:
    return f"{dialect.no_index}photos.shape = ?", [shape]


@sql_of(QUALITY)
def _quality(qualities: Sequence[str], dialect: Dialect) -> Clause:
    if qualities == LOOKED_AT:
        # As `index --qualita` does, which leaves out videos and what cannot be decoded.
        return _any([(f"photos.content_id IN {dialect.looked()}", []), _video(True, dialect)])
    among = ", ".join("?" * len(qualities))
    return (
        f"photos.content_id IN (SELECT content_id FROM quality WHERE clarity IN ({among}) "
        f"UNION SELECT content_id FROM quality WHERE exposure IN ({among}))",
        [*qualities, *qualities],
    )


@sql_of(RATING)
def _rating(stars: int, dialect: Dialect) -> Clause:
    return "photos.rating >= ? AND photos.rating > 0", [stars]


@sql_of(COLOR_LABEL)
def _color_label(colors: Sequence[str], dialect: Dialect) -> Clause:
    among = ", ".join("?" * len(colors))
    return f"photos.color_label IS NOT NULL AND photos.color_label IN ({among})", colors


@sql_of(KEYWORDS)
def _keywords(keywords: Sequence[str], dialect: Dialect) -> Clause:
    return _all((dialect.keyword, [stems(keyword)]) for keyword in keywords)


@sql_of(LABELS)
def _labels(labels: Sequence[str], dialect: Dialect) -> Clause:
    bearing = "photos.content_id IN (SELECT content_id FROM tags WHERE label = ?)"
    return _all((bearing, [label]) for label in labels)


@sql_of(MINE)
@sql_of(COLLECTIONS)
def _listed(contents: Sequence[int], dialect: Dialect) -> Clause:
    return dialect.in_list.format("photos.content_id"), [dialect.listed(contents)]


@sql_of(TEXTS)
def _written(phrases: Sequence[Saying], dialect: Dialect) -> Clause:
    return _all((dialect.shown_in, [dialect.listed(phrase.contents)]) for phrase in phrases)


@sql_of(PEOPLE)
def _people(groups: Sequence[Sequence[int]], dialect: Dialect) -> Clause:
    return _all((dialect.shown_in, [dialect.listed(contents)]) for contents in groups)


@sql_of(NOT_PEOPLE)
def _not_people(groups: Sequence[Sequence[int]], dialect: Dialect) -> Clause:
    contents = sorted({content for group in groups for content in group})
    return f"NOT {dialect.shown_in}", [dialect.listed(contents)]


@sql_of(VIDEO)
def _video(video: bool, dialect: Dialect) -> Clause:
    among = f"IN ({', '.join('?' * len(VIDEO_FORMATS))})"
    if video:
        return f"photos.format {among}", VIDEO_FORMATS
    return f"({dialect.no_index}photos.format IS NULL OR photos.format NOT {among})", VIDEO_FORMATS


@sql_of(FOLDERS)
def _folders(folders: Sequence[bytes], dialect: Dialect) -> Clause:
    return _any(_at_or_under(folder) for folder in folders)


@sql_of(OUTSIDE)
def _outside(folders: Sequence[bytes], dialect: Dialect) -> Clause:
    sql, values = _any(_at_or_under(folder) for folder in folders)
    return f"NOT {sql}", values


@sql_of(FILE_KIND)
def _file_kind(kinds: Sequence[tuple[str, Sequence[str]]], dialect: Dialect) -> Clause:
    return _all(of_kind(kind, names, dialect) for kind, names in kinds)


# What the photos of other kinds of data have in common.
_BEARING = {
    missing.LABELS: "photos.content_id IN (SELECT content_id FROM tags)",
    missing.KEYWORDS: "photos.id IN (SELECT photo_id FROM {keywords})",
    missing.TITLE: "photos.id IN (SELECT {word_photo} FROM words WHERE title <> '')",
}


@sql_of(MISSING)
def _missing(lacks: Sequence[Lack], dialect: Dialect) -> Clause:
    return _all(_lacking(lack, dialect) for lack in lacks)


def _lacking(lack: Lack, dialect: Dialect) -> Clause:
    if lack.bearing is None:
        names = {"keywords": dialect.keywords, "word_photo": dialect.word_photo}
        return f"NOT {_BEARING[lack.kind].format(**names)}", []
    which, value = lack.bearing
    return _unless(SQL[which.name](value, dialect))


@sql_of(EXCEPTED)
def _excepted(cases: Sequence[Case], dialect: Dialect) -> Clause:
    return _all(
        _unless(_all(SQL[which.name](value, dialect) for which, value in case)) for case in cases
    )


def _unless(clause: Clause) -> Clause:
    """Return SQL for all photos that a clause does not select."""
    # Not NOT: where the column is NULL, neither the condition nor its opposite is true.
    sql, values = clause
    return f"({sql}) IS NOT TRUE", values


def _at_or_under(folder: bytes) -> Clause:
    sql = "photos.path = ? OR (photos.path >= ? AND photos.path < ?)"
    return sql, [folder, *prefix_range(folder)]


def _period(since: date | None, until: date | None) -> Clause:
    """Return SQL for photos taken from `since` to `until`, both included; None for no limit.

    A photo of which only the month or year is known matches if that whole month or year lies in the
    period. Dates are compared as ISO 8601 texts, which sort by time.
    """
    sql, values = ["photos.taken_at IS NOT NULL"], list[object]()
    if since is not None:
        sql.append("photos.taken_at >= ?")
        values.append(_beginning(since))
    if until is not None and until < date.max:
        end = _beginning(until + timedelta(days=1))
        sql.append("photos.taken_at < ?")
        values.append(end)
        # "2019" sorts before "2019-08", but not all of 2019 is before August.
        around = [end[:length] for length in (4, 7) if length < len(end)]
        if around:
            sql.append(f"photos.taken_at NOT IN ({', '.join('?' * len(around))})")
            values += around
    return " AND ".join(sql), values


def _beginning(day: date) -> str:
    """Return a day as text, in the shortest form: the first of a month as YYYY-MM, the first of a
    year as YYYY. A photo of which only that month or year is known then does not sort before it."""
    return day.isoformat().removesuffix("-01").removesuffix("-01")


def _any(clauses: Iterable[Clause]) -> Clause:
    return _joined(" OR ", clauses)


def _all(clauses: Iterable[Clause]) -> Clause:
    return _joined(" AND ", clauses)


def _joined(operator: str, clauses: Iterable[Clause]) -> Clause:
    sql, values = [], list[object]()
    for clause, clause_values in clauses:
        sql.append(f"({clause})")
        values += clause_values
    return f"({operator.join(sql)})", values


def _boxes(circle: Circle) -> Iterator[Clause]:
    """Yield SQL for the photos within a circle; two clauses if this crosses the 180th meridian.

    Each clause has a box, for which the index can be used, and a distance on the plane that touches
    the earth at the centre: within 1 % of the great circle up to 200 km from it, at the latitudes
    where people live.
    """
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
