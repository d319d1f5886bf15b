"""Queries of a page that shows a shared archive itself; as `catalog.browsing` has them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from cercafoto.archive.local.browsing import (
    CONTENT,
    DETAIL,
    FROM,
    MOST_FOLDERS,
    MOST_NAMED,
    TILE,
    browse_page,
    detail_of,
    first_folders,
    years_and_months,
)
from cercafoto.archive.shared.queries import Queries
from cercafoto.photos.facts import BY_HAND
from cercafoto.question.filters.filter import Filters
from cercafoto.results import Counts, Facets, PhotoDetail, Tile


class SharedBrowsing(Queries):
    """The part of a shared archive that is looked through."""

    def browse(self, filters: Filters, limit: int, after: str = "") -> list[Tile]:
        tiles = browse_page(self.rows, self.where(filters), limit, after)
        return [self._here(tile) for tile in tiles]

    def tiles_of(self, photo_ids: Iterable[int]) -> dict[int, Tile]:
        rows = self.rows(f"SELECT {TILE} {FROM} WHERE photos.id = ANY(?)", list(photo_ids))
        return {row[0]: self._here(Tile(*row)) for row in rows}

    def facets(self, filters: Filters, among: Sequence[int] | None = None) -> Facets:
        sql, values = self.where(filters)
        if among is not None:
            sql += " AND photos.id = ANY(?)"
            values.append(list(among))
        rows = self.rows(
            "WITH chosen AS MATERIALIZED (SELECT id, content_id, place_id, camera_id, folder_id, "
            f"substr(taken_at, 1, 7) AS month FROM photos WHERE {sql}), "
            "months AS (SELECT month, count(*) AS n FROM chosen WHERE month IS NOT NULL "
            "GROUP BY month), "
            "towns AS (SELECT place_id, count(*) AS n FROM chosen WHERE place_id IS NOT NULL "
            "GROUP BY place_id), "
            "named AS (SELECT coalesce(nullif(comune, ''), nullif(provincia, ''), "
            "nullif(regione, ''), paese) AS name, sum(n)::bigint AS n FROM towns "
            "JOIN places ON places.id = place_id GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT ?), "
            "labelled AS (SELECT label AS name, count(DISTINCT chosen.id) AS n FROM chosen "
            "JOIN tags USING (content_id) GROUP BY label ORDER BY 2 DESC, 1 LIMIT ?), "
            "shot AS (SELECT name, n FROM (SELECT camera_id, count(*) AS n FROM chosen "
            "WHERE camera_id IS NOT NULL GROUP BY camera_id ORDER BY 2 DESC LIMIT ?) AS most "
            "JOIN cameras ON cameras.id = camera_id), "
            "inside AS (SELECT folder_id, count(*) AS n FROM chosen GROUP BY folder_id) "
            "SELECT 0, '', count(*) FROM chosen UNION ALL SELECT 1, month, n FROM months "
            "UNION ALL SELECT 2, name, n FROM named UNION ALL SELECT 3, name, n FROM labelled "
            "UNION ALL SELECT 4, name, n FROM shot "
            "UNION ALL SELECT 5, encode(path, 'hex'), n FROM inside "
            "JOIN folders ON folders.id = folder_id",
            *(*values, MOST_NAMED, MOST_NAMED, MOST_NAMED),
        )
        parts: tuple[list[tuple[str, int]], ...] = ([], [], [], [], [], [])
        for kind, name, number in rows:
            parts[kind].append((name, number))
        years, months = years_and_months(parts[1])
        folders = first_folders({bytes.fromhex(path): n for path, n in parts[5]})
        return Facets(
            parts[0][0][1],
            years,
            months,
            tuple(sorted(parts[2], key=_most_frequent)),
            tuple(sorted(parts[3], key=_most_frequent)),
            tuple((self._shown(path), n) for path, n in folders[:MOST_FOLDERS]),
            tuple(sorted(parts[4], key=_most_frequent)),
        )

    def detail(self, photo_id: int) -> PhotoDetail | None:
        rows = self.rows(DETAIL, photo_id)
        if not rows:
            return None
        content = rows[0][CONTENT]
        labels = self.rows(
            "SELECT label, max(confidence) AS sure, bool_or(label_file = ?) FROM tags "
            "WHERE content_id = ? GROUP BY label ORDER BY sure DESC, label",
            BY_HAND,
            content,
        )
        copies = self.rows(
            "SELECT path FROM photos WHERE content_id = ? AND id <> ? ORDER BY path",
            content,
            photo_id,
        )
        detail = detail_of(rows[0], labels, [self._shown(path) for (path,) in copies])
        return replace(detail, tile=self._here(detail.tile))

    def counts(self) -> Counts:
        (row,) = self.rows(
            "SELECT count(*), count(DISTINCT content_id), "
            "count(*) FILTER (WHERE date_source NOT IN ('name', 'folder')), "
            "count(*) FILTER (WHERE latitude IS NOT NULL), "
            "(SELECT count(*) FROM vectors), (SELECT count(*) FROM tags) FROM photos"
        )
        photos, contents, dated, located, vectors, tags = row
        return Counts(photos, contents, 0, 0, vectors, tags, dated, located)

    def small_copy(self, digest: bytes) -> bytes | None:
        """Look up the small copy of a content, None where its source sent none."""
        rows = self.rows(
            "SELECT picture FROM small_copies JOIN contents ON id = content_id WHERE digest = ?",
            digest,
        )
        return rows[0][0] if rows else None

    def _here(self, tile: Tile) -> Tile:
        return replace(tile, path=self._shown(tile.path))


def _most_frequent(counted: tuple[str, int]) -> tuple[int, str]:
    return -counted[1], counted[0]
