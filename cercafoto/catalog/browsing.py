"""Queries of a page that shows the archive itself: photos by date a page at a time, how many of
them are of which year, place and label, and all that is known of one."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence

from cercafoto.catalog.database import Database
from cercafoto.catalog.where import where
from cercafoto.photos.facts import BY_HAND
from cercafoto.question.conditions import Conditions
from cercafoto.results import Facets, PhotoDetail, Tile

MOST_NAMED = 12  # places and labels that are counted by name


_TILE = "photos.id, path, digest, width, height, taken_at"
_FROM = "FROM photos JOIN contents ON contents.id = photos.content_id"


class Browsing(Database):
    """The part of the catalogue that is looked through."""

    def browse(self, conditions: Conditions, limit: int, after: str = "") -> list[Tile]:
        """List photos that fulfil the conditions, the latest first, those without a date last.

        after: `cursor` of the last one of the page before.

        Raises ValueError for any other text.
        """
        sql, values = where(conditions)
        tiles: list[Tile] = []
        moment, last = _read_cursor(after) if after else ("", 0)
        if not after or moment:
            seek, at = "photos.taken_at IS NOT NULL", list[object]()
            if after:
                # As a range first, which the index on the date serves.
                seek = "photos.taken_at <= ? AND (photos.taken_at < ? OR photos.id < ?)"
                at = [moment, moment, last]
            tiles = self._tiles(
                f"SELECT {_TILE} {_FROM} WHERE {sql} AND {seek} "
                "ORDER BY photos.taken_at DESC, photos.id DESC LIMIT ?",
                *(*values, *at, limit),
            )
            last = 0
        if len(tiles) < limit:
            undated = "photos.taken_at IS NULL AND (? = 0 OR photos.id < ?)"
            tiles += self._tiles(
                f"SELECT {_TILE} {_FROM} WHERE {sql} AND {undated} ORDER BY photos.id DESC LIMIT ?",
                *(*values, last, last, limit - len(tiles)),
            )
        return tiles

    def tiles_of(self, photo_ids: Iterable[int]) -> dict[int, Tile]:
        """List the visible photos of these ids."""
        ids = list(photo_ids)
        if not ids:
            return {}
        marks = ", ".join("?" * len(ids))
        tiles = self._tiles(
            f"SELECT {_TILE} {_FROM} WHERE photos.id IN ({marks}) AND state = 'ok'", *ids
        )
        return {tile.photo_id: tile for tile in tiles}

    def _tiles(self, sql: str, *values: object) -> list[Tile]:
        return [Tile(*row) for row in self._rows(sql, *values)]

    def facets(self, conditions: Conditions, among: Sequence[int] | None = None) -> Facets:
        """Count the photos that fulfil the conditions by year, place and label, in one pass.

        among: of these ids only.
        """
        sql, values = where(conditions)
        # From a few photos to their labels: SQLite, which cannot tell how few, would go through
        # the labels of all photos. For all photos that is the shorter way.
        join = "JOIN" if among is None and not conditions else "CROSS JOIN"
        if among is not None:
            sql += " AND photos.id IN (SELECT value FROM json_each(?))"
            values.append(json.dumps(list(among)))
        rows = self._rows(
            "WITH chosen AS MATERIALIZED "
            "(SELECT id, content_id, substr(taken_at, 1, 7) AS month, place_id FROM photos "
            f"WHERE {sql}), "
            "months AS MATERIALIZED (SELECT month, count(*) AS n FROM chosen "
            "WHERE month IS NOT NULL GROUP BY month), "
            "towns AS (SELECT place_id, count(*) AS n FROM chosen WHERE place_id IS NOT NULL "
            "GROUP BY place_id), "
            "named AS (SELECT coalesce(nullif(comune, ''), nullif(provincia, ''), "
            "nullif(regione, ''), paese) AS name, sum(n) AS n FROM towns "
            "JOIN places ON places.id = towns.place_id GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT ?), "
            "labelled AS (SELECT label AS name, count(DISTINCT chosen.id) AS n FROM chosen "
            f"{join} tags ON tags.content_id = chosen.content_id GROUP BY label "
            "ORDER BY 2 DESC, 1 LIMIT ?) "
            "SELECT 0, '', count(*) FROM chosen UNION ALL SELECT 1, month, n FROM months "
            "UNION ALL SELECT 2, name, n FROM named UNION ALL SELECT 3, name, n FROM labelled",
            *(*values, MOST_NAMED, MOST_NAMED),
        )
        parts: tuple[list[tuple[str, int]], ...] = ([], [], [], [])
        for kind, name, number in rows:
            parts[kind].append((name, number))
        years: dict[str, int] = {}
        for month, number in sorted(parts[1], reverse=True):
            years[month[:4]] = years.get(month[:4], 0) + number
        months = tuple(sorted(parts[1])) if len(years) == 1 else ()
        return Facets(
            parts[0][0][1], tuple(years.items()), months, tuple(parts[2]), tuple(parts[3])
        )

    def detail(self, photo_id: int) -> PhotoDetail | None:
        """Tell all that is known of a photo; None where no visible photo has this id."""
        row = self._row(
            f"SELECT {_TILE}, content_id, size, date_source, comune, provincia, regione, paese, "
            "cameras.name, format, rating, facts, sidecar_facts "
            f"{_FROM} LEFT JOIN places ON places.id = place_id "
            "LEFT JOIN cameras ON cameras.id = camera_id WHERE photos.id = ? AND state = 'ok'",
            photo_id,
        )
        if row is None:
            return None
        tile, (content, size, source), names = Tile(*row[:6]), row[6:9], row[9:13]
        camera, format_, rating, embedded, beside = row[13:]
        facts = json.loads(embedded or "{}") | json.loads(beside or "{}")
        labels = self._rows(
            "SELECT label, max(confidence) AS sure, max(label_file = ?) FROM tags "
            "WHERE content_id = ? GROUP BY label ORDER BY sure DESC, label",
            BY_HAND,
            content,
        )
        return PhotoDetail(
            tile,
            content,
            size,
            source,
            tuple(name for name in names if name),
            camera,
            format_,
            rating,
            facts,
            tuple((label, sure, bool(by_hand)) for label, sure, by_hand in labels),
        )


def cursor(tile: Tile) -> str:
    """Say where a page that ends with this photo goes on."""
    return f"{tile.taken_at or ''}|{tile.photo_id}"


def _read_cursor(text: str) -> tuple[str, int]:
    moment, bar, last = text.rpartition("|")
    if not (bar and last.isascii() and last.isdigit()):
        raise ValueError(f"no cursor: {text!r}")
    return moment, int(last)
