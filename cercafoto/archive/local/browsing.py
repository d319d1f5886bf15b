"""Count photos by year, place, label, folder and camera in SQLite."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence

from cercafoto.archive.local.checksums import checked
from cercafoto.archive.queries.browsing import BrowsingQueries
from cercafoto.archive.queries.facet_sql import named_places
from cercafoto.base.paths import folder_of
from cercafoto.question.filters.filter import MOST_COUNTED, Filters
from cercafoto.results.photos import Facets

_LABEL = checked("tags", "label")
_COMUNE, _CAMERA = checked("places", "comune"), checked("cameras", "name")

# A label that a photo has from two label files counts once. Most labels come from one label file,
# which the row in the middle tells. They need no comparison, so this takes 60 % of the time of
# count(DISTINCT).
_USUAL_LABEL_FILE = (
    "SELECT label_file FROM tags WHERE rowid >= (SELECT max(rowid) / 2 FROM tags) LIMIT 1"
)
_LABELLED_ONCE = (
    "(tags.label_file = (SELECT label_file FROM usual) OR NOT EXISTS (SELECT 1 FROM tags AS other "
    "WHERE other.content_id = tags.content_id AND other.label = tags.label AND "
    "(other.label_file = (SELECT label_file FROM usual) OR other.label_file < tags.label_file)))"
)


class LocalBrowsing(BrowsingQueries):
    def _count_facets(self, filters: Filters, among: Sequence[int] | None) -> Facets:
        sql, values = self._where(filters)
        # CROSS JOIN makes SQLite go from the chosen photos to their labels. It cannot know that the
        # photos are few, and would read the labels of all photos, which is only faster for all.
        whole = among is None and not filters
        join = "JOIN" if whole else "CROSS JOIN"
        # For all photos, places and cameras are counted in indexes. Chosen photos are read by id,
        # twice as fast as in the order in which the filters find them.
        towns = "photos WHERE state = 'ok' AND" if whole else "chosen WHERE"
        rows_of = "(SELECT id FROM chosen ORDER BY id) AS c CROSS JOIN photos ON photos.id = c.id"
        files = "photos WHERE state = 'ok'" if whole else "files"
        if among is not None:
            sql += " AND photos.id IN (SELECT value FROM json_each(?))"
            values.append(json.dumps(list(among)))
        rows = self._engine.rows(
            "WITH chosen AS MATERIALIZED "
            "(SELECT id, content_id, substr(taken_at, 1, 7) AS month, place_id FROM photos "
            f"WHERE {sql}), "
            f"files AS MATERIALIZED (SELECT path, camera_id FROM {rows_of}), "
            "months AS MATERIALIZED (SELECT month, count(*) AS n FROM chosen "
            "WHERE month IS NOT NULL GROUP BY month), "
            f"towns AS (SELECT place_id, count(*) AS n FROM {towns} place_id IS NOT NULL "
            "GROUP BY place_id), "
            f"{named_places(_COMUNE)}, "
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
            # All paths in one value: splitting and counting them here takes half of a GROUP BY.
            f"UNION ALL SELECT 5, CAST(group_concat(path, char(0)) AS BLOB), 0 FROM {files}",
            *(*values, *[MOST_COUNTED] * 3),
        )
        *counted, (_, paths, _) = rows
        inside = Counter(folder_of(path) for path in (paths or b"").split(b"\0") if path)
        return self._facets(counted, inside)
