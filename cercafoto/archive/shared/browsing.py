"""Count photos by year, place, label, folder and camera in PostgreSQL."""

from __future__ import annotations

from collections.abc import Sequence

from cercafoto.archive.queries.browsing import BrowsingQueries
from cercafoto.archive.queries.facet_sql import named_places
from cercafoto.question.filters.filter import MOST_COUNTED, Filters
from cercafoto.results.photos import Facets

_INSIDE = 5  # the kind of row that counts the photos of a folder


class SharedBrowsing(BrowsingQueries):
    def _count_facets(self, filters: Filters, among: Sequence[int] | None) -> Facets:
        sql, values = self._where(filters)
        if among is not None:
            sql += " AND photos.id = ANY(?)"
            values.append(list(among))
        rows = self._engine.rows(
            "WITH chosen AS MATERIALIZED (SELECT id, content_id, place_id, camera_id, folder_id, "
            f"substr(taken_at, 1, 7) AS month FROM photos WHERE {sql}), "
            "months AS (SELECT month, count(*) AS n FROM chosen WHERE month IS NOT NULL "
            "GROUP BY month), "
            "towns AS (SELECT place_id, count(*) AS n FROM chosen WHERE place_id IS NOT NULL "
            "GROUP BY place_id), "
            f"{named_places()}, "
            "labelled AS (SELECT label AS name, count(DISTINCT chosen.id) AS n FROM chosen "
            "JOIN tags USING (content_id) GROUP BY label ORDER BY 2 DESC, 1 LIMIT ?), "
            "shot AS (SELECT name, n FROM (SELECT camera_id, count(*) AS n FROM chosen "
            "WHERE camera_id IS NOT NULL GROUP BY camera_id ORDER BY 2 DESC LIMIT ?) AS most "
            "JOIN cameras ON cameras.id = camera_id), "
            "inside AS (SELECT folder_id, count(*) AS n FROM chosen GROUP BY folder_id) "
            "SELECT 0, '', count(*) FROM chosen UNION ALL SELECT 1, month, n FROM months "
            "UNION ALL SELECT 2, name, n FROM named UNION ALL SELECT 3, name, n FROM labelled "
            "UNION ALL SELECT 4, name, n FROM shot "
            f"UNION ALL SELECT {_INSIDE}, encode(path, 'hex'), n FROM inside "
            "JOIN folders ON folders.id = folder_id",
            *(*values, *[MOST_COUNTED] * 3),
        )
        inside = {bytes.fromhex(path): number for kind, path, number in rows if kind == _INSIDE}
        return self._facets((row for row in rows if row[0] != _INSIDE), inside)
