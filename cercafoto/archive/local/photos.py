"""Queries for photos that only a local archive answers."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Sequence
from typing import TYPE_CHECKING

from cercafoto.archive.local.checksums import checked
from cercafoto.archive.local.database import Database, Part
from cercafoto.archive.local.model_settings import Models
from cercafoto.archive.queries.photos import PhotoQueries
from cercafoto.archive.records import EXCLUDED, MISSING, PROBLEM, MomentRow
from cercafoto.base.paths import prefix_range
from cercafoto.question.filters.filter import Filters

if TYPE_CHECKING:
    import numpy as np  # only for types: an `index` run that finds nothing new needs no numpy
    from numpy.typing import NDArray

    from cercafoto.results.photos import PhotoFile
    from cercafoto.results.status import Counts

_PATH, _WIDTH = checked("photos", "path"), checked("contents", "width")


class LocalPhotos(Part, PhotoQueries):
    def __init__(self, db: Database, models: Models) -> None:
        super().__init__(db)
        self._models = models

    def contents_where(self, filters: Filters) -> NDArray[np.int64]:
        """Return the ids of the contents with at least one visible photo that fulfils all filters:
        int64 [n], ascending."""
        import numpy as np

        from cercafoto.base.arrays import ascending

        sql, values = self._where(filters)
        # One text: numpy parses it eight times faster than sqlite3 returns rows.
        (listed,) = self._engine.row(
            f"SELECT group_concat(content_id) FROM photos WHERE {sql}", *values
        )
        return ascending(np.fromstring(listed or "", np.int64, sep=","))

    def moments_of(self, contents: Sequence[int]) -> dict[int, MomentRow]:
        return self._moments("content_id", contents)

    def frames_of(self, videos: Collection[int]) -> dict[int, MomentRow]:
        return self._moments("video_id", videos)

    def _moments(self, column: str, contents: Collection[int]) -> dict[int, MomentRow]:
        if not self._engine.number("SELECT EXISTS (SELECT 1 FROM moments)"):
            return {}
        rows = self._engine.rows(
            f"SELECT content_id, {checked('moments', 'video_id')}, start_ms, end_ms, looks "
            f"FROM moments WHERE {column} IN (SELECT value FROM json_each(?)) "
            "ORDER BY video_id, start_ms",
            json.dumps(list(contents)),
        )
        return {row[0]: MomentRow(row[1], row[2] / 1000, row[3] / 1000, row[4]) for row in rows}

    def with_moments(self, contents: NDArray[np.int64]) -> NDArray[np.int64]:
        import numpy as np

        from cercafoto.base.arrays import ascending, is_in

        ids, videos = self._engine.row(
            "SELECT group_concat(content_id), group_concat(video_id) FROM moments"
        )
        if not ids:
            return contents
        frames, of = (np.fromstring(listed, np.int64, sep=",") for listed in (ids, videos))
        return ascending(np.concatenate([contents, frames[is_in(of, contents)]]))

    def digests_of(self, contents: Iterable[int]) -> dict[int, bytes]:
        """Return content id -> SHA-256 of the content; unknown ids are left out."""
        return dict(
            self._engine.rows(
                "SELECT id, digest FROM contents WHERE id IN (SELECT value FROM json_each(?))",
                json.dumps(list(contents)),
            )
        )

    def files(
        self,
        folders: Sequence[bytes] = (),
        outside: Sequence[bytes] = (),
        contents: Collection[int] | None = None,
    ) -> list[PhotoFile]:
        """Return the visible photos as files, sorted by path.

        folders: only photos at or under these paths; all if there are none.
        outside: no photos at or under these paths.
        contents: only photos with these contents; None for all.
        """
        from cercafoto.results.photos import PhotoFile  # late: a search compares no files

        sql, values = self._where(Filters(folders=tuple(folders), outside=tuple(outside)))
        if contents is not None:
            sql += " AND content_id IN (SELECT value FROM json_each(?))"
            values.append(json.dumps([*contents]))
        rows = self._engine.rows(
            f"SELECT {_PATH}, content_id, size, mtime_ns, {_WIDTH}, height, taken_at, date_source, "
            "format, camera_id IS NOT NULL "
            f"FROM photos JOIN contents ON contents.id = content_id WHERE {sql} ORDER BY path",
            *values,
        )
        return [PhotoFile(*row) for row in rows]

    def hidden_at(self, path: bytes) -> tuple[str, str | None] | None:
        row: tuple[str, str | None] | None = self._engine.row(
            f"SELECT {checked('photos', 'state')}, problem FROM photos "
            "WHERE path = ? AND state <> 'ok'",
            path,
        )
        return row

    def indexed_at(self, photo_id: int) -> str | None:
        return str(self._engine.row("SELECT seen_at FROM photos WHERE id = ?", photo_id)[0])

    def models_of(self, content_id: int) -> list[int]:
        rows = self._engine.rows("SELECT model_id FROM vectors WHERE content_id = ?", content_id)
        return [model for (model,) in rows]

    def count_visible(self) -> int:
        """Return the number of visible photos."""
        return self._engine.number(
            "SELECT count(*) FROM photos INDEXED BY photos_content WHERE state = 'ok'"
        )

    def count_visible_under(self, folder: bytes) -> int:
        sql = "SELECT count(*) FROM photos WHERE state = 'ok' AND path >= ? AND path < ?"
        return self._engine.number(sql, *prefix_range(folder))

    def problems(self, limit: int = -1) -> list[tuple[bytes, str]]:
        """Return (path, problem) of unreadable files, sorted by path. limit: -1 for all."""
        return self._engine.rows(
            f"SELECT {_PATH}, problem FROM photos WHERE state = 'problem' ORDER BY path LIMIT ?",
            limit,
        )

    def counts(self) -> Counts:
        from cercafoto.results.status import Counts

        photos, contents = self._engine.row(
            "SELECT count(*), count(DISTINCT content_id) FROM photos INDEXED BY photos_content "
            "WHERE state = 'ok' AND content_id IS NOT NULL"
        )
        by_state = dict(
            self._engine.rows(
                "SELECT state, count(*) FROM photos WHERE state <> 'ok' GROUP BY state"
            )
        )
        model = self._models.active_model
        dated, by_name = self._engine.row(
            "SELECT count(date_source), count(*) FILTER (WHERE date_source IN ('name', 'folder')) "
            "FROM photos INDEXED BY photos_taken_at WHERE state = 'ok'"
        )
        located = "SELECT count(*) FROM photos WHERE state = 'ok' AND latitude IS NOT NULL"
        return Counts(
            photos=photos,
            contents=contents,
            missing=by_state.get(MISSING, 0),
            problems=by_state.get(PROBLEM, 0),
            vectors=self._engine.number("SELECT count(*) FROM vectors WHERE model_id = ?", model),
            tags=self._engine.number("SELECT count(*) FROM tags"),
            dated=dated - by_name,
            dated_by_name=by_name,
            located=self._engine.number(located),
            excluded=by_state.get(EXCLUDED, 0),
        )

    def digests(self) -> list[tuple[int, bytes, int, int, bytes]]:
        """Return (id, path, size, time of change in ns, SHA-256) of visible photos, sorted by
        path."""
        return self._engine.rows(
            "SELECT photos.id, path, size, mtime_ns, digest FROM photos "
            "JOIN contents ON contents.id = content_id WHERE state = 'ok' ORDER BY path"
        )
