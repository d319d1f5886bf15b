"""Queries that find photos by filters, by content, or by path."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import date
from typing import TYPE_CHECKING

from cercafoto.archive.queries.query_engine import Queries
from cercafoto.archive.records import MomentRow, PhotoRow
from cercafoto.base.paths import prefix_range
from cercafoto.photos.sources import first_day_of
from cercafoto.question.filters.filter import NO_FILTERS, Filters
from cercafoto.question.values import BY_NAME, LATEST, OLDEST

if TYPE_CHECKING:
    import numpy as np  # only for types: an `index` run that finds nothing new needs no numpy
    from numpy.typing import NDArray

SHARED_MODEL = 1  # id of the only model of a shared archive
# How to sort a list of photos, in SQL. Photos without a date come last, by the time of their file.
_IN_ORDER = {
    LATEST: "max(taken_at) IS NULL, max(taken_at) DESC, max(mtime_ns) DESC",
    OLDEST: "min(taken_at) IS NULL, min(taken_at), min(mtime_ns)",
}


class PhotoQueries(Queries):
    """The photos of an archive. Only `knows` and `content_of` cover more than visible photos."""

    # -- by filters ----------------------------------------------------------------------------

    def count_where(self, filters: Filters, among: Sequence[int] | None = None) -> int:
        """Return the number of photos that fulfil the filters. among: only photos with these
        ids."""
        sql, values = self._where(filters)
        if among is not None:
            sql += f" AND {self._dialect.in_list.format('photos.id')}"
            values.append(self._dialect.listed(among))
        return self._engine.number(f"SELECT count(*) FROM photos WHERE {sql}", *values)

    def count_by_content(self, filters: Filters) -> dict[int, int]:
        """Return content id -> number of the content's photos that fulfil the filters."""
        sql, values = self._where(filters)
        return dict(
            self._engine.rows(
                f"SELECT content_id, count(*) FROM photos WHERE {sql} GROUP BY content_id", *values
            )
        )

    def latest(self, filters: Filters, order: str | None = None) -> Iterator[int]:
        """Yield the id of each content with a photo that fulfils the filters, once, sorted by
        `order`, one of ORDERS; None for latest first. By date, contents without a date come
        last."""
        sql, values = self._where(filters)
        orders = _IN_ORDER | {BY_NAME: self._dialect.least_path}
        for (content,) in self._engine.each(
            f"SELECT content_id FROM photos WHERE {sql} GROUP BY content_id "
            f"ORDER BY {orders.get(order or LATEST, orders[LATEST])}, content_id",
            *values,
        ):
            if content is None:  # the index is damaged
                raise self._engine.damaged()
            yield content

    def dated_by_camera(self, contents: Sequence[int], except_for: Sequence[str]) -> set[int]:
        """Return the contents of the visible photos with a date that a camera took.

        contents: ids of the contents to look at.
        except_for: names of cameras that do not count.
        """
        dialect = self._dialect
        rows = self._engine.rows(
            f"SELECT content_id FROM photos WHERE {dialect.visible} AND taken_at IS NOT NULL AND "
            f"{dialect.in_list.format('content_id')} AND camera_id IN "
            f"(SELECT id FROM cameras WHERE NOT {dialect.in_list.format('name')})",
            dialect.listed(contents),
            dialect.listed(except_for),
        )
        return {content for (content,) in rows}

    def positions(self, filters: Filters) -> list[tuple[int, float, float]]:
        """Return (content id, latitude, longitude) of the photos that fulfil the filters and have a
        position."""
        sql, values = self._where(filters)
        return self._engine.rows(
            "SELECT content_id, latitude, longitude FROM photos "
            f"WHERE {sql} AND latitude IS NOT NULL AND longitude IS NOT NULL",
            *values,
        )

    def usual_country(self) -> str | None:
        """Return the country in which most photos were taken; None if no photo has a position."""
        counted = (
            "(SELECT place_id, count(*) AS n FROM photos "
            f"WHERE {self._dialect.visible} AND place_id IS NOT NULL GROUP BY place_id) AS counted"
        )
        row = self._engine.row(
            f"SELECT {self._dialect.checked('places', 'paese')} FROM {counted} "
            "JOIN places ON places.id = place_id WHERE paese <> '' "
            "GROUP BY paese ORDER BY sum(n) DESC, paese LIMIT 1"
        )
        return row[0] if row else None

    def first_and_last_day(self) -> tuple[date, date] | None:
        """Return (day of the earliest photo, 31 December of the latest photo's year, since only its
        year may be known). None if no photo has a date."""
        # Two queries, each a single index step; min and max in one query read the whole index.
        taken_at = self._dialect.checked("photos", "taken_at")
        dated = (
            f"FROM photos WHERE {self._dialect.visible} AND taken_at IS NOT NULL ORDER BY taken_at"
        )
        first, last = self._engine.row(
            f"SELECT (SELECT {taken_at} {dated} LIMIT 1), (SELECT {taken_at} {dated} DESC LIMIT 1)"
        )
        return (first_day_of(first), date(int(last[:4]), 12, 31)) if first else None

    # -- by content ----------------------------------------------------------------------------

    def of_content(self, content_id: int, filters: Filters = NO_FILTERS) -> list[PhotoRow]:
        """Return the photos with this content that fulfil the filters, best copy first; see
        `by_content`."""
        return self.by_content([content_id], filters).get(content_id, [])

    def by_content(
        self, contents: Sequence[int], filters: Filters, tagged: bool = True
    ) -> dict[int, list[PhotoRow]]:
        """Return content id -> photos with this content that fulfil the filters, best copy first.
        Contents without such a photo are left out.

        The best copy is the one that `doppioni` keeps: the earliest date (a bare month or year
        sorts after its days), then the oldest file.

        tagged: whether to look up the photos' labels.
        """
        dialect, engine = self._dialect, self._engine
        listed = dialect.listed(int(content) for content in contents)
        tags = self.labels_of(contents) if tagged else {}
        sql, values = self._where(filters)
        rows = engine.rows(
            f"SELECT photos.id, content_id, {dialect.checked('contents', 'digest')}, "
            f"{dialect.checked('photos', 'path')}, width, height, taken_at, date_source "
            f"FROM {dialect.of_contents} JOIN contents ON contents.id = content_id WHERE {sql} "
            "ORDER BY coalesce(taken_at, '') || "
            "substr('9999999999', 1 + length(coalesce(taken_at, ''))), mtime_ns, path",
            listed,
            *values,
        )
        photos: dict[int, list[PhotoRow]] = {}
        for photo_id, content, digest, path, *rest in rows:
            more = (*rest, tags.get(content, ()), engine.source_of(path))
            row = PhotoRow(photo_id, content, digest, engine.shown(path), *more)
            photos.setdefault(content, []).append(row)
        return photos

    def labels_of(self, contents: Iterable[int]) -> dict[int, tuple[str, ...]]:
        """Return content id -> labels, most confident first. Contents without labels are left
        out."""
        rows = self._engine.rows(
            f"SELECT content_id, {self._dialect.checked('tags', 'label')}, max(confidence) AS best "
            f"FROM tags WHERE {self._dialect.in_list.format('content_id')} "
            "GROUP BY content_id, label ORDER BY best DESC, label",
            self._dialect.listed(int(content) for content in contents),
        )
        labels: dict[int, list[str]] = {}
        for content, label, _ in rows:
            labels.setdefault(content, []).append(label)
        return {content: tuple(names) for content, names in labels.items()}

    def moments_of(self, contents: Sequence[int]) -> dict[int, MomentRow]:
        """Return content id -> the frame of a video that the content is. Other contents are left
        out; a shared archive has no videos."""
        return {}

    def frames_of(self, videos: Collection[int]) -> dict[int, MomentRow]:
        """Return content id -> frame, for all frames of some videos, by video and time.

        videos: ids of contents; those that are no videos are skipped.
        """
        return {}

    def with_moments(self, contents: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return ids of contents, ascending, with those of the frames of the videos among them."""
        return contents

    def content_of(self, digest: bytes) -> int | None:
        """Return the id of the content with this SHA-256, None if the archive does not have it."""
        row = self._engine.row("SELECT id FROM contents WHERE digest = ?", digest)
        return int(row[0]) if row else None

    # -- by path -------------------------------------------------------------------------------

    def knows(self, path: bytes) -> bool:
        """Whether the archive has a photo, visible or not, at or under `path`."""
        known = "SELECT EXISTS (SELECT 1 FROM photos WHERE path = ? OR (path >= ? AND path < ?))"
        return bool(self._engine.number(known, path, *prefix_range(path)))

    def content_at(self, path: bytes) -> int | None:
        """Return the content id of the visible photo at a path, None if there is no such photo."""
        row = self._engine.row(
            f"SELECT {self._dialect.checked('photos', 'content_id')} FROM photos "
            f"WHERE path = ? AND {self._dialect.visible}",
            self._engine.stored(path),
        )
        return int(row[0]) if row else None

    def id_at(self, path: bytes) -> int | None:
        """Return the id of the visible photo at a stored path, None if there is no such photo."""
        row = self._engine.row(
            f"SELECT {self._dialect.checked('photos', 'id')} FROM photos "
            f"WHERE path = ? AND {self._dialect.visible}",
            self._engine.stored(path),
        )
        return int(row[0]) if row else None

    def hidden_at(self, path: bytes) -> tuple[str, str | None] | None:
        """Return (state, why the file could not be read) of the photo at a stored path that is not
        visible. None if there is no such photo; a shared archive has none."""
        return None

    def indexed_at(self, photo_id: int) -> str | None:
        """Return when a photo was analysed: UTC, ISO 8601; None in a shared archive."""
        return None

    def models_of(self, content_id: int) -> list[int]:
        """Return the ids of the models whose vector of a content the archive has."""
        known = "SELECT EXISTS (SELECT 1 FROM vectors WHERE content_id = ?)"
        return [SHARED_MODEL] if self._engine.number(known, content_id) else []

    def source_at(self, path: bytes) -> str:
        """Return the source of a stored path of a shared archive, "" in a local one."""
        return self._engine.source_of(path)

    def paths(self, folders: Sequence[bytes] = ()) -> list[tuple[bytes, int]]:
        """Return (path, content id) of the photos under `folders`, of all photos if `folders` is
        empty, sorted by path."""
        sql, values = self._where(Filters(folders=tuple(folders)))
        rows = self._engine.rows(
            f"SELECT {self._dialect.checked('photos', 'path')}, content_id FROM photos WHERE {sql} "
            "ORDER BY path",
            *values,
        )
        return [(self._engine.shown(path), content) for path, content in rows]
