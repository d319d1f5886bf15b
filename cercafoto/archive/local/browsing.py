"""Queries of a page that shows the archive itself: photos by date a page at a time, how many of
them are of which year, place, folder, camera and label, and all that is known of one."""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from cercafoto.archive.local.checksums import sound
from cercafoto.archive.local.database import Database
from cercafoto.archive.local.where import where
from cercafoto.base.paths import folder_of
from cercafoto.photos.facts import BY_HAND
from cercafoto.question.filters.filter import Filters
from cercafoto.results import Facets, PhotoDetail, Tile

MOST_NAMED = 12  # places, cameras and labels that are counted by name
MOST_FOLDERS = 60
_PATH, _LABEL = sound("photos", "path"), sound("tags", "label")
_COMUNE, _CAMERA = sound("places", "comune"), sound("cameras", "name")
TILE = "photos.id, path, digest, width, height, taken_at, mtime_ns, size"
_SOUND_TILE = TILE.replace("path, digest", f"{_PATH}, {sound('contents', 'digest')}")
_LATEST = 2**63 - 1  # behind the time of any file
FROM = "FROM photos JOIN contents ON contents.id = photos.content_id"
# What `detail_of` takes, of one photo; CONTENT: where its content is in that.
DETAIL = (
    f"SELECT {TILE}, content_id, date_source, comune, provincia, regione, paese, "
    f"cameras.name, format, rating, facts, sidecar_facts {FROM} "
    "LEFT JOIN places ON places.id = place_id LEFT JOIN cameras ON cameras.id = camera_id "
    "WHERE photos.id = ?"
)
_SOUND_DETAIL = (
    DETAIL.replace(TILE, _SOUND_TILE)
    .replace("paese", sound("places", "paese", "place_id"))
    .replace("cameras.name", sound("cameras", "name", "camera_id"))
)
CONTENT = 8

# A label that two label files give to a photo counts once. Most are of one file, that of the row in
# the middle: for these there is nothing to compare, and counting takes 60 % of what count(DISTINCT)
# does.
_USUAL_LABEL_FILE = (
    "SELECT label_file FROM tags WHERE rowid >= (SELECT max(rowid) / 2 FROM tags) LIMIT 1"
)
_LABELLED_ONCE = (
    "(tags.label_file = (SELECT label_file FROM usual) OR NOT EXISTS (SELECT 1 FROM tags AS other "
    "WHERE other.content_id = tags.content_id AND other.label = tags.label AND "
    "(other.label_file = (SELECT label_file FROM usual) OR other.label_file < tags.label_file)))"
)


class Browsing(Database):
    """The part of the catalogue that is looked through."""

    def browse(self, filters: Filters, limit: int, after: str = "") -> list[Tile]:
        """List photos that fulfil the filters, the latest first, those without a date last, in
        the order of their files' times.

        after: `cursor` of the last one of the page before.

        Raises ValueError for any other text.
        """
        # SQLite takes those of no date for few, and would put all of them in order.
        undated = "" if filters else "INDEXED BY photos_undated"
        return browse_page(self._rows, where(filters), limit, after, undated, _SOUND_TILE)

    def tiles_of(self, photo_ids: Iterable[int]) -> dict[int, Tile]:
        """List the visible photos of these ids."""
        ids = list(photo_ids)
        if not ids:
            return {}
        marks = ", ".join("?" * len(ids))
        tiles = self._tiles(
            f"SELECT {_SOUND_TILE} {FROM} WHERE photos.id IN ({marks}) AND state = 'ok'", *ids
        )
        return {tile.photo_id: tile for tile in tiles}

    def _tiles(self, sql: str, *values: object) -> list[Tile]:
        return [Tile(*row) for row in self._rows(sql, *values)]

    def facets(self, filters: Filters, among: Sequence[int] | None = None) -> Facets:
        """Count the photos that fulfil the filters by year, place, folder, camera and label, in
        one pass.

        among: of these ids only.
        """
        sql, values = where(filters)
        # From a few photos to their labels: SQLite, which cannot tell how few, would go through
        # the labels of all photos. For all photos that is the shorter way.
        whole = among is None and not filters
        join = "JOIN" if whole else "CROSS JOIN"
        # Places and cameras of all photos are counted in their indexes. The rows themselves, which
        # no index holds, are read in their order: twice as fast as in that of the filters.
        towns = "photos WHERE state = 'ok' AND" if whole else "chosen WHERE"
        rows_of = "(SELECT id FROM chosen ORDER BY id) AS c CROSS JOIN photos ON photos.id = c.id"
        files = "photos WHERE state = 'ok'" if whole else "files"
        if among is not None:
            sql += " AND photos.id IN (SELECT value FROM json_each(?))"
            values.append(json.dumps(list(among)))
        rows = self._rows(
            "WITH chosen AS MATERIALIZED "
            "(SELECT id, content_id, substr(taken_at, 1, 7) AS month, place_id FROM photos "
            f"WHERE {sql}), "
            f"files AS MATERIALIZED (SELECT path, camera_id FROM {rows_of}), "
            "months AS MATERIALIZED (SELECT month, count(*) AS n FROM chosen "
            "WHERE month IS NOT NULL GROUP BY month), "
            f"towns AS (SELECT place_id, count(*) AS n FROM {towns} place_id IS NOT NULL "
            "GROUP BY place_id), "
            f"named AS (SELECT coalesce(nullif({_COMUNE}, ''), nullif(provincia, ''), "
            "nullif(regione, ''), paese) AS name, sum(n) AS n FROM towns "
            "JOIN places ON places.id = towns.place_id GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT ?), "
            f"usual AS MATERIALIZED ({_USUAL_LABEL_FILE}), "
            "labelled AS (SELECT label AS name, count(*) AS n FROM chosen "
            f"{join} tags ON tags.content_id = chosen.content_id WHERE {_LABELLED_ONCE} "
            "GROUP BY label ORDER BY 2 DESC, 1 LIMIT ?), "
            f"shot AS (SELECT camera_id, count(*) AS n FROM {files} "
            f"{'AND' if whole else 'WHERE'} camera_id IS NOT NULL GROUP BY camera_id "
            "ORDER BY 2 DESC LIMIT ?) "
            "SELECT 0, '', count(*) FROM chosen UNION ALL SELECT 1, month, n FROM months "
            "UNION ALL SELECT 2, name, n FROM named UNION ALL SELECT 3, "
            f"(SELECT {_LABEL} FROM tags WHERE label = labelled.name LIMIT 1), n FROM labelled "
            f"UNION ALL SELECT 4, {_CAMERA}, n FROM shot JOIN cameras ON cameras.id = camera_id "
            # As one value, which is parted and counted here in half the time of a GROUP BY.
            f"UNION ALL SELECT 5, CAST(group_concat(path, char(0)) AS BLOB), 0 FROM {files}",
            *(*values, MOST_NAMED, MOST_NAMED, MOST_NAMED),
        )
        parts: tuple[list[tuple[Any, int]], ...] = ([], [], [], [], [], [])
        for kind, name, number in rows:
            parts[kind].append((name, number))
        years, months = years_and_months(parts[1])
        paths = (parts[5][0][0] or b"").split(b"\0")
        folders = Counter(folder_of(path) for path in paths if path)
        return Facets(
            parts[0][0][1],
            years,
            months,
            tuple(parts[2]),
            tuple(parts[3]),
            tuple(first_folders(folders)[:MOST_FOLDERS]),
            tuple(sorted(parts[4], key=lambda camera: (-camera[1], camera[0]))),
        )

    def detail(self, photo_id: int) -> PhotoDetail | None:
        """Tell all that is known of a photo; None where no visible photo has this id."""
        row = self._row(f"{_SOUND_DETAIL} AND state = 'ok'", photo_id)
        if row is None:
            return None
        content = row[CONTENT]
        labels = self._rows(
            f"SELECT {_LABEL}, max(confidence) AS sure, max(label_file = ?) FROM tags "
            "WHERE content_id = ? GROUP BY label ORDER BY sure DESC, label",
            BY_HAND,
            content,
        )
        copies = self._rows(
            f"SELECT {_PATH} FROM photos WHERE content_id = ? AND state = 'ok' AND id <> ? "
            "ORDER BY path",
            content,
            photo_id,
        )
        return detail_of(row, labels, [path for (path,) in copies])


def detail_of(
    row: tuple[Any, ...], labels: Iterable[tuple[str, float, Any]], copies: Iterable[bytes]
) -> PhotoDetail:
    """Put together all that is known of a photo.

    row: what `DETAIL` found.
    labels: name, confidence, whether it was given by hand. copies: their paths.
    """
    tile, (content, source), names = Tile(*row[:8]), row[CONTENT:10], row[10:14]
    camera, format_, rating, embedded, beside = row[14:]
    return PhotoDetail(
        tile,
        content,
        source,
        tuple(name for name in names if name),
        camera,
        format_,
        rating,
        json.loads(embedded or "{}") | json.loads(beside or "{}"),
        tuple((label, sure, bool(by_hand)) for label, sure, by_hand in labels),
        tuple(copies),
    )


def browse_page(
    rows: Callable[..., list[Any]],
    which: tuple[str, list[object]],
    limit: int,
    after: str = "",
    by_time: str = "",
    tile: str = TILE,
) -> list[Tile]:
    """List photos as `Browsing.browse` does.

    rows: asks the engine, with marks for values.
    which: SQL of the filters, and its values.
    by_time: tells the engine to look for photos without a date by the times of their files.
    tile: the columns of a tile.
    """
    sql, values = which
    tiles: list[Tile] = []
    moment, saved, last = _read_cursor(after) if after else ("", _LATEST, 0)
    if not after or moment:
        seek, at = "photos.taken_at IS NOT NULL", list[object]()
        if after:
            # As a range first, which the index on the date serves.
            seek = "photos.taken_at <= ? AND (photos.taken_at < ? OR photos.id < ?)"
            at = [moment, moment, last]
        found = rows(
            f"SELECT {tile} {FROM} WHERE {sql} AND {seek} "
            "ORDER BY photos.taken_at DESC, photos.id DESC LIMIT ?",
            *(*values, *at, limit),
        )
        tiles = [Tile(*row) for row in found]
        saved, last = _LATEST, 0
    if len(tiles) < limit:
        undated = (
            "photos.taken_at IS NULL AND photos.mtime_ns <= ? "
            "AND (photos.mtime_ns < ? OR photos.id < ?)"
        )
        found = rows(
            f"SELECT {tile} FROM photos {by_time} "
            f"JOIN contents ON contents.id = photos.content_id WHERE {sql} AND {undated} "
            "ORDER BY photos.mtime_ns DESC, photos.id DESC LIMIT ?",
            *(*values, saved, saved, last, limit - len(tiles)),
        )
        tiles += [Tile(*row) for row in found]
    return tiles


def years_and_months(
    counted: Iterable[tuple[str, int]],
) -> tuple[tuple[tuple[str, int], ...], tuple[tuple[str, int], ...]]:
    """Count by year, the latest first, and where all are of one year, by month, the earliest first.

    counted: photos by the first letters of their dates, YYYY-MM; YYYY where that is all there is.
    """
    ordered = sorted(counted)
    years: dict[str, int] = {}
    for month, number in reversed(ordered):
        years[month[:4]] = years.get(month[:4], 0) + number
    months = tuple(pair for pair in ordered if len(pair[0]) == 7) if len(years) == 1 else ()
    return tuple(years.items()), months


def first_folders(photos: Mapping[bytes, int]) -> list[tuple[bytes, int]]:
    """List the folders that tell photos apart first, with how many there are at or under each, in
    the order of their paths: below the folder that all photos have in common, and each as deep as
    its own photos have it in common.

    photos: how many lie in a folder itself, by its path.
    """
    if not photos:
        return []
    separator = os.fsencode(os.sep)
    common = os.path.commonpath(photos)
    # Photos of several sources of a shared archive have nothing in common.
    begin = len(common.rstrip(separator)) + 1 if common else 0
    below: dict[bytes, list[bytes]] = {}
    for folder in photos:
        if folder != common:
            below.setdefault(folder[begin:].partition(separator)[0], []).append(folder)
    return sorted(
        (os.path.commonpath(folders), sum(photos[folder] for folder in folders))
        for folders in below.values()
    )


def cursor(tile: Tile) -> str:
    """Say where a page that ends with this photo goes on."""
    return f"{tile.taken_at or ''}|{tile.mtime_ns}|{tile.photo_id}"


def _read_cursor(text: str) -> tuple[str, int, int]:
    moment, *numbers = text.split("|")
    saved, last = map(int, numbers)
    if max(abs(saved), abs(last)) > _LATEST:
        raise ValueError(f"no cursor: {text!r}")
    return moment, saved, last
