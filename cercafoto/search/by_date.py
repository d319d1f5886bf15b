"""List the photos of an archive by date, a page at a time, and count them by year, place, label."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from cercafoto.archive.archive import Archive
from cercafoto.archive.records import cursor
from cercafoto.question.filters.filter import NO_FILTERS, Filter, Filters, arrange
from cercafoto.question.filters.names import COLLECTIONS
from cercafoto.question.filters.with_people import PEOPLE
from cercafoto.question.query import Query
from cercafoto.results.answer import Hit
from cercafoto.results.photos import Facets, Tile, TilePage
from cercafoto.search.answer import filters_of
from cercafoto.search.collection_photos import count_collections
from cercafoto.search.moments import AskedFrames, asked_frames
from cercafoto.search.value_counts import COUNTED_ONE_BY_ONE, count_each

NO_FACETS = Facets(0, {})


def browse(archive: Archive, query: Query | None, limit: int, after: str) -> TilePage:
    """Return a page of the photos that fulfil a query's filters, the latest first; see
    `Library.browse` for parameters and errors."""
    with archive.reading():
        filters = _filters(archive, query)
        if filters is None:
            return TilePage((), "")
        tiles = archive.browsing.page(filters, limit + 1, after)
        asked = asked_frames(archive, filters)
        total = 0 if after else archive.photos.count_where(filters)
        shown = tuple(_at_moment(archive, tile, asked) for tile in tiles[:limit])
    return TilePage(shown, cursor(shown[-1]) if len(tiles) > limit else "", total)


def _at_moment(archive: Archive, tile: Tile, asked: AskedFrames) -> Tile:
    """Return a tile, of a video with the first of the frames asked for."""
    frames = asked.get(archive.photos.content_of(tile.digest) or 0) if asked else None
    return replace(tile, frame=next(iter(frames.values())).start) if frames else tile


def count_facets(
    archive: Archive,
    query: Query | None,
    among: Sequence[int] | None = None,
    only: Filter[Any] | None = None,
) -> Facets:
    """Return how many photos that fulfil a query's filters are of each year, place and so on; see
    `Library.facets`."""
    with archive.reading():
        filters = _filters(archive, query)
        if filters is None:
            return NO_FACETS
        if only is not None and not (only.facet and only.facet.at_once):
            if only is COLLECTIONS:
                counted: Iterable[tuple[Any, int]] = count_collections(archive, filters, among)
            elif only.name in COUNTED_ONE_BY_ONE:
                counted = count_each(archive, only, filters, among)
            else:
                counted = archive.browsing.count(only, filters, among)
            photos = archive.photos.count_where(filters, among)
            return Facets(photos, {only.name: arrange(only, counted)})
        counts = archive.browsing.facets(filters, among)
        people = arrange(PEOPLE, archive.people.count(filters, among))
        return Facets(counts.photos, {**counts.counted, PEOPLE.name: people})


def photo_ids(archive: Archive, hits: Sequence[Hit]) -> list[int]:
    """Return the ids of the photos of an answer, copies included; see `Library.photo_ids`."""
    ids = [hit.photo_id for hit in hits]
    copies = {path for hit in hits for path in hit.copies}
    with archive.reading():
        contents = {archive.photos.content_at(path) for path in copies}
        for content in contents - {None}:
            assert content is not None
            files = archive.photos.of_content(content)
            ids += [each.photo_id for each in files if each.path in copies]
    return ids


def _filters(archive: Archive, query: Query | None) -> Filters | None:
    return NO_FILTERS if query is None else filters_of(archive, query)
