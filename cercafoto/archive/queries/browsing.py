"""Queries for looking through the archive without a search: photos by date, a page at a time; all
that is known about one photo; numbers of photos by year, place, label, folder and camera."""

from __future__ import annotations

import json
import math
import os
from abc import ABC, abstractmethod
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from cercafoto.archive.queries.facet_sql import COLUMNS
from cercafoto.archive.queries.query_engine import Engine, Queries
from cercafoto.archive.queries.sql_dialect import Clause
from cercafoto.archive.records import FACETS, LAST, LATEST, cursor
from cercafoto.base.word_stems import stems
from cercafoto.photos.facts import combined, nameless
from cercafoto.photos.sources import BY_HAND
from cercafoto.question.filters.days import DAYS
from cercafoto.question.filters.file_filters import CAMERA
from cercafoto.question.filters.filter import MOST_COUNTED, NO_FILTERS, Filter, Filters, arrange
from cercafoto.question.filters.names import FOLDERS, KEYWORDS, LABELS, OUTSIDE
from cercafoto.question.filters.place import PLACE
from cercafoto.question.filters.rectangle import RECTANGLE
from cercafoto.question.values import KINDS, LUOGO, Rectangle
from cercafoto.results.photo_fields import PlaceNames, Stored, data_of
from cercafoto.results.photos import Facets, PhotoDetail, PhotoGroup, PhotosByPlace, Tile

MOST_FOLDERS = 60
MOST_GROUPS = 300  # on a large screen, a cell in three
_FROM = "FROM photos JOIN contents ON contents.id = photos.content_id"
_DESCRIBED = (
    "LEFT JOIN places ON places.id = place_id "
    "LEFT JOIN quality ON quality.content_id = photos.content_id"
)
_CONTENT = 8  # position of content_id in the row that `detail` reads


class BrowsingQueries(Queries, ABC):
    """Queries for looking through an archive. They cover only visible photos."""

    def __init__(self, engine: Engine) -> None:
        super().__init__(engine)
        checked = self._dialect.checked
        self._tile = (
            f"photos.id, {checked('photos', 'path')}, {checked('contents', 'digest')}, "
            "width, height, taken_at, mtime_ns, size"
        )
        self._stored = (
            f"comune, provincia, regione, {checked('places', 'paese', 'place_id')}, "
            f"{checked('contents', 'facts')}, {checked('photos', 'sidecar_facts')}, "
            f"{checked('quality', 'clarity', 'quality.content_id')}, exposure"
        )

    def facets(self, filters: Filters, among: Sequence[int] | None = None) -> Facets:
        """Return how many photos fulfil the filters, by year, place, folder, camera and label.

        among: count only photos with these ids; None for all.
        """
        facets = None if filters or among is not None else self._kept_facets()
        facets = facets or self._count_facets(filters, among)
        folders = tuple((self._engine.shown(path), n) for path, n in facets.of(FOLDERS))
        return Facets(facets.photos, {**facets.counted, FOLDERS.name: folders})

    def count(
        self, which: Filter[Any], filters: Filters, among: Sequence[int] | None = None
    ) -> Iterable[tuple[Any, int]]:
        """Return (value, number of photos that fulfil the filters) of each value of a filter.

        which: a filter that `facets` does not count.
        among: count only photos with these ids; None for all.
        """
        if which is OUTSIDE:
            facets = self.facets(filters, among)
            return [(folder, facets.photos - number) for folder, number in facets.of(FOLDERS)]
        sql, values = self._where(filters)
        if among is not None:
            sql += f" AND {self._dialect.in_list.format('photos.id')}"
            values.append(self._dialect.listed(among))
        if which is KEYWORDS:
            return self._count_keywords(sql, values)
        column, joined, names = COLUMNS[which.name]
        counted = (
            f"SELECT {column} AS value, count(*) AS n FROM photos {joined} "
            f"WHERE {sql} AND {column} IS NOT NULL GROUP BY 1"
        )
        if names:
            name = self._dialect.checked(names, "name")
            counted = f"SELECT {name}, n FROM ({counted}) AS c JOIN {names} ON {names}.id = value"
        return self._engine.rows(counted, *values)

    def _count_keywords(self, sql: str, values: Sequence[object]) -> list[tuple[str, int]]:
        """Return the keywords of most photos as one of the photos spells them, each with its
        number of photos."""
        rows = self._engine.rows(
            f"SELECT keyword, count(*), min(photos.id) FROM photos JOIN {self._dialect.keywords} "
            f"ON photo_id = photos.id WHERE {sql} GROUP BY keyword ORDER BY 2 DESC, 1 LIMIT ?",
            *(*values, MOST_COUNTED),
        )
        return [(self._spelt(stem, photo_id), number) for stem, number, photo_id in rows]

    def _spelt(self, stem: str, photo_id: int) -> str:
        """Return the keyword of a photo that has these stems; the stems if there is none."""
        photo = self.detail(photo_id)
        known = photo.data["keywords"] if photo is not None else ()
        return next((word for word in known or () if stems(word) == stem), stem)

    def facets_to_keep(self) -> str:
        """Count all visible photos. Return the counts as a text to store in `meta` under FACETS,
        from which `facets` takes them until the archive changes."""
        changes = self._engine.changes()  # before: a change during the count makes it out of date
        facets = self._count_facets(NO_FILTERS, None)
        folders = [(path.hex(), number) for path, number in facets.of(FOLDERS)]
        counted = {**facets.counted, FOLDERS.name: folders}
        return json.dumps({"photos": facets.photos, "numbers": counted, "changes": changes})

    def _kept_facets(self) -> Facets | None:
        """Return the counts kept in `meta`, None if they are missing or out of date."""
        kept = self._engine.row(
            f"SELECT {self._dialect.checked('meta', 'value')} FROM meta WHERE key = ?", FACETS
        )
        values = json.loads(kept[0]) if kept else {}
        if values.get("changes") != self._engine.changes() or "numbers" not in values:
            return None
        lists = {name: tuple(map(tuple, counts)) for name, counts in values["numbers"].items()}
        folders = tuple((bytes.fromhex(path), number) for path, number in lists[FOLDERS.name])
        return Facets(values["photos"], lists | {FOLDERS.name: folders})

    @abstractmethod
    def _count_facets(self, filters: Filters, among: Sequence[int] | None) -> Facets:
        """Return the counts of `facets`, with folders as stored paths."""

    def page(
        self, filters: Filters, limit: int, after: str = "", last: Collection[int] = ()
    ) -> list[Tile]:
        """Return at most `limit` photos that fulfil the filters, latest first. Photos without a
        date come last, by the time of their file.

        after: `records.cursor` of the last photo of the previous page; "" for the first page.
        last: ids of the contents whose photos come after all others.

        Raises ValueError if `after` is no cursor.
        """
        where = self._where(filters)
        is_last, after = after.startswith(LAST), after.removeprefix(LAST)
        if not (last or is_last):
            return self._by_date(where, limit, after)
        sql, values = where
        among = self._dialect.in_list.format("photos.content_id")
        values = [*values, self._dialect.listed(last)]
        tiles: list[Tile] = []
        if not is_last:
            tiles, after = self._by_date((f"{sql} AND NOT {among}", values), limit, after), ""
        if len(tiles) < limit:
            tiles += self._by_date((f"{sql} AND {among}", values), limit - len(tiles), after)
        return tiles

    def _by_date(self, where: Clause, limit: int, after: str) -> list[Tile]:
        """Return a page of the photos that fulfil a condition; see `page`."""
        sql, values = where
        tiles: list[Tile] = []
        moment, saved, last = _read_cursor(after) if after else ("", LATEST, 0)
        if not after or moment:
            seek, at = "photos.taken_at IS NOT NULL", list[object]()
            if after:
                # The first condition is a range, for which the index on the date can be used.
                seek = "photos.taken_at <= ? AND (photos.taken_at < ? OR photos.id < ?)"
                at = [moment, moment, last]
            tiles = self._tiles(
                f"{_FROM} WHERE {sql} AND {seek} "
                "ORDER BY photos.taken_at DESC, photos.id DESC LIMIT ?",
                *(*values, *at, limit),
            )
            saved, last = LATEST, 0
        if len(tiles) < limit:
            # SQLite expects few photos without a date, and without a hint would sort them all.
            by_time = self._dialect.undated if sql == self._dialect.visible else ""
            tiles += self._tiles(
                f"FROM photos {by_time} JOIN contents ON contents.id = photos.content_id "
                f"WHERE {sql} AND photos.taken_at IS NULL AND photos.mtime_ns <= ? "
                "AND (photos.mtime_ns < ? OR photos.id < ?) "
                "ORDER BY photos.mtime_ns DESC, photos.id DESC LIMIT ?",
                *(*values, saved, saved, last, limit - len(tiles)),
            )
        return tiles

    def days(self, filters: Filters, last: Collection[int] = ()) -> list[tuple[str, int]]:
        """Return (day, number of photos) of the photos that fulfil the filters, in the order of
        `page`. The day is a month or a year if no more is known, "" for photos without a date, and
        LAST for the photos of the contents `last`."""
        sql, values = self._where(filters)
        day = "coalesce(substr(photos.taken_at, 1, 10), '')"
        if last:
            among = self._dialect.in_list.format("photos.content_id")
            day = f"CASE WHEN {among} THEN '{LAST}' ELSE {day} END"
            values = [self._dialect.listed(last), *values]
        counted = self._engine.rows(
            f"SELECT {day} AS day, count(*) FROM photos WHERE {sql} GROUP BY 1", *values
        )
        return sorted(counted, key=lambda row: (row[0] != LAST, row[0]), reverse=True)

    def groups(
        self, filters: Filters, view: Rectangle, step: float, among: Sequence[int] | None = None
    ) -> list[PhotoGroup]:
        """Return the photos in a rectangle of the map that fulfil the filters, in groups, one for
        each cell of a grid; at most MOST_GROUPS, those with most photos.

        step: width of a cell in degrees of longitude. A cell is as high as it is wide on the map.
        among: only photos with these ids; None for all.
        """
        sql, values = self._located(filters, among)
        within, corners = self._where(Filters({RECTANGLE.name: view}))
        high = step * max(math.cos(math.radians((view.south + view.north) / 2)), 0.05)
        floor = self._dialect.floor
        row = floor.format(f"(photos.latitude + 90) / {high:.9f}")
        column = floor.format(f"(photos.longitude + 180) / {step:.9f}")
        rows = self._engine.rows(
            "SELECT count(*), max(photos.id), avg(photos.latitude), avg(photos.longitude), "
            "min(photos.latitude), min(photos.longitude), max(photos.latitude), "
            f"max(photos.longitude) FROM photos WHERE {sql} AND {within} GROUP BY {row}, {column} "
            "ORDER BY 1 DESC, 2 LIMIT ?",
            *(*values, *corners, MOST_GROUPS),
        )
        return [
            PhotoGroup(number, photo_id, latitude, longitude, Rectangle(*area))
            for number, photo_id, latitude, longitude, *area in rows
        ]

    def by_place(self, filters: Filters, among: Sequence[int] | None = None) -> PhotosByPlace:
        """Return where the photos that fulfil the filters were taken. among: only photos with these
        ids; None for all."""
        sql, values = self._located(filters, among)
        names = [
            self._dialect.checked("places", kind, "place_id") for kind in KINDS if kind != LUOGO
        ]
        rows = self._engine.rows(
            f"SELECT {', '.join(names)}, n, south, west, north, east FROM (SELECT place_id, "
            "count(*) AS n, min(photos.latitude) AS south, min(photos.longitude) AS west, "
            "max(photos.latitude) AS north, max(photos.longitude) AS east FROM photos "
            f"WHERE {sql} GROUP BY place_id) AS c LEFT JOIN places ON places.id = place_id "
            "ORDER BY n DESC, 1, 2",
            *values,
        )
        if not rows:
            return PhotosByPlace(0)
        souths, wests, norths, easts = ([row[i] for row in rows] for i in range(5, 9))
        return PhotosByPlace(
            0,
            sum(row[4] for row in rows),
            Rectangle(min(souths), min(wests), max(norths), max(easts)),
            tuple((row[:4], row[4]) for row in rows if row[0] is not None),
        )

    def _located(self, filters: Filters, among: Sequence[int] | None) -> tuple[str, list[object]]:
        """Return (SQL condition for the photos with a position that fulfil the filters, values)."""
        sql, values = self._where(filters)
        if among is not None:
            sql += f" AND {self._dialect.in_list.format('photos.id')}"
            values.append(self._dialect.listed(among))
        return f"{sql} AND photos.latitude IS NOT NULL", values

    def tiles(self, photo_ids: Iterable[int]) -> dict[int, Tile]:
        """Return photo id -> tile, for the visible photos with these ids."""
        which = f"{self._dialect.in_list.format('photos.id')} AND {self._dialect.visible}"
        tiles = self._tiles(f"{_FROM} WHERE {which}", self._dialect.listed(photo_ids))
        return {tile.photo_id: tile for tile in tiles}

    def data(self, photo_ids: Iterable[int]) -> dict[int, dict[str, Any]]:
        """Return photo id -> what is known of each visible photo with one of these ids; see
        `photo_fields.data_of`."""
        rows = self._engine.rows(
            f"SELECT photos.id, {self._stored} {_FROM} {_DESCRIBED} WHERE "
            f"{self._dialect.in_list.format('photos.id')} AND {self._dialect.visible}",
            self._dialect.listed(photo_ids),
        )
        return {photo_id: data_of(_stored(*row)) for photo_id, *row in rows}

    def lengths(self, photo_ids: Iterable[int]) -> dict[int, float | None]:
        """Return photo id -> length in seconds of these videos; None if the file does not say."""
        rows = self._engine.rows(
            f"SELECT photos.id, facts {_FROM} WHERE {self._dialect.in_list.format('photos.id')} "
            f"AND {self._dialect.visible}",
            self._dialect.listed(photo_ids),
        )
        return {number: nameless(facts, None)[0].duration for number, facts in rows}

    def neighbours(self, tile: Tile) -> tuple[int | None, int | None]:
        """Return the ids of the photos before and after a photo in the order of `page` without
        filters; None at the ends."""
        visible, undated = self._dialect.visible, self._dialect.undated
        moment, saved, number = tile.taken_at, tile.mtime_ns, tile.photo_id
        by_date = "ORDER BY photos.taken_at, photos.id LIMIT 1"
        if moment:
            before = self._engine.row(
                f"SELECT photos.id FROM photos WHERE {visible} AND photos.taken_at >= ? "
                f"AND (photos.taken_at > ? OR photos.id > ?) {by_date}",
                *(moment, moment, number),
            )
        else:
            before = self._engine.row(
                f"SELECT photos.id FROM photos {undated} WHERE {visible} "
                "AND photos.taken_at IS NULL AND photos.mtime_ns >= ? "
                "AND (photos.mtime_ns > ? OR photos.id > ?) "
                "ORDER BY photos.mtime_ns, photos.id LIMIT 1",
                *(saved, saved, number),
            ) or self._engine.row(
                f"SELECT photos.id FROM photos WHERE {visible} AND photos.taken_at IS NOT NULL "
                + by_date
            )
        after = self.page(NO_FILTERS, 1, cursor(tile))
        return before[0] if before else None, after[0].photo_id if after else None

    def detail(self, photo_id: int) -> PhotoDetail | None:
        """Return all that is known about a photo, None if no visible photo has this id."""
        checked = self._dialect.checked
        row = self._engine.row(
            f"SELECT {self._tile}, photos.content_id, date_source, format, {self._stored} "
            f"{_FROM} {_DESCRIBED} WHERE photos.id = ? AND {self._dialect.visible}",
            photo_id,
        )
        if row is None:
            return None
        content = row[_CONTENT]
        labels = self._engine.rows(
            f"SELECT {checked('tags', 'label')}, max(confidence) AS sure, "
            "max(CASE WHEN label_file = ? THEN 1 ELSE 0 END) FROM tags "
            "WHERE content_id = ? GROUP BY label ORDER BY sure DESC, label",
            BY_HAND,
            content,
        )
        copies = self._engine.rows(
            f"SELECT {checked('photos', 'path')} FROM photos "
            f"WHERE content_id = ? AND id <> ? AND {self._dialect.visible} ORDER BY path",
            content,
            photo_id,
        )
        source, format_, *stored = row[_CONTENT + 1 :]
        return PhotoDetail(
            self._as_tile(row[:_CONTENT]),
            content,
            source,
            format_,
            data_of(_stored(*stored)),
            tuple((label, sure, bool(by_hand)) for label, sure, by_hand in labels),
            tuple(self._engine.shown(path) for (path,) in copies),
        )

    def _tiles(self, sql: str, *values: object) -> list[Tile]:
        return [
            self._as_tile(row) for row in self._engine.rows(f"SELECT {self._tile} {sql}", *values)
        ]

    def _as_tile(self, row: tuple[Any, ...]) -> Tile:
        photo_id, path, *rest = row
        return Tile(photo_id, self._engine.shown(path), *rest)

    def _facets(
        self, counted: Iterable[tuple[int, str, int]], folders: Mapping[bytes, int]
    ) -> Facets:
        """Build `Facets` from the rows of the counting query.

        counted: (kind, name, number of photos); kind 0: all photos, without a name, 1: a month, 2:
            a place, 3: a label, 4: a camera.
        folders: path -> number of photos directly in that folder.
        """
        parts: tuple[list[tuple[str, int]], ...] = ([], [], [], [], [])
        for kind, name, number in counted:
            parts[kind].append((name, number))
        kinds: tuple[Filter[Any], ...] = (DAYS, PLACE, LABELS, CAMERA)
        arranged = {
            kind.name: arrange(kind, part) for kind, part in zip(kinds, parts[1:], strict=True)
        }
        folders_to_offer = tuple(first_folders(folders)[:MOST_FOLDERS])
        return Facets(parts[0][0][1], {**arranged, FOLDERS.name: folders_to_offer})


def _stored(
    comune: str | None,
    provincia: str | None,
    regione: str | None,
    paese: str | None,
    embedded: str | None,
    beside: str | None,
    clarity: str | None,
    exposure: str | None,
) -> Stored:
    """Return what a row has of a photo: names of its place, metadata of file and sidecar, and how
    it came out."""
    names = PlaceNames(comune or "", provincia or "", regione or "", paese or "")
    qualities = tuple(filter(None, (clarity, exposure)))
    return Stored(names if any(names) else None, combined(*nameless(embedded, beside)), qualities)


def first_folders(photos: Mapping[bytes, int]) -> list[tuple[bytes, int]]:
    """Return (folder, number of photos in and under it) of the topmost folders worth choosing
    between, sorted by path.

    There is one for each subfolder of the deepest folder that contains all photos. If all photos of
    a subfolder are in one folder further down, that folder is returned instead.

    photos: path -> number of photos directly in that folder.
    """
    if not photos:
        return []
    separator = os.fsencode(os.sep)
    common = os.path.commonpath(photos)
    # Photos from several sources of a shared archive have no common folder.
    begin = len(common.rstrip(separator)) + 1 if common else 0
    below: dict[bytes, list[bytes]] = {}
    for folder in photos:
        if folder != common:
            below.setdefault(folder[begin:].partition(separator)[0], []).append(folder)
    return sorted(
        (os.path.commonpath(folders), sum(photos[folder] for folder in folders))
        for folders in below.values()
    )


def _read_cursor(text: str) -> tuple[str, int, int]:
    moment, *numbers = text.split("|")
    saved, last = map(int, numbers)
    if max(abs(saved), abs(last)) > LATEST:
        raise ValueError(f"no cursor: {text!r}")
    return moment, saved, last
