"""Look through the photos of an archive: by date, a page at a time; one by one; and counted."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cercafoto.archive.archive import Archive
from cercafoto.archive.records import cursor
from cercafoto.base.piped_picture import PipedPicture
from cercafoto.errors import ArchiveError
from cercafoto.question.filters.filter import NO_FILTERS, Filter, Filters, arrange
from cercafoto.question.filters.names import COLLECTIONS
from cercafoto.question.filters.with_people import PEOPLE
from cercafoto.question.query import Query
from cercafoto.question.values import Rectangle
from cercafoto.results.answer import Hit, SearchResult
from cercafoto.results.photo_fields import DATA_KEYS
from cercafoto.results.photos import (
    Facets,
    PhotoDetail,
    PhotoGroup,
    PhotosByPlace,
    Tile,
    TilePage,
)
from cercafoto.search.collection_photos import collections_of, count_collections
from cercafoto.search.hit_data import with_data
from cercafoto.search.moments import AskedFrames, asked_frames
from cercafoto.search.precedence import Doubts, doubtful_photos
from cercafoto.search.resolving import filters_of
from cercafoto.search.value_counts import COUNTED_ONE_BY_ONE, count_each
from cercafoto.search.whole_answer import with_labels

if TYPE_CHECKING:
    from cercafoto.search.where_in_photo import PhotoRegion

NO_FACETS = Facets(0, {})
AT_ONCE = 500  # hits whose data are read together


class PhotoAlbum:
    """The photos of an archive, to look through and into."""

    def __init__(self, archive: Archive) -> None:
        self._archive = archive

    def page(self, query: Query | None, limit: int, after: str = "") -> TilePage:
        """Return a page of the photos that pass a query's filters, the latest first, photos
        without a date last, and then doubtful photos.

        query: None for all photos.
        limit: photos on the page.
        after: `TilePage.after` of the page before; "" for the first page.

        Raises ArchiveError, and ValueError if `after` is not from a page.
        """
        with self._archive.reading() as archive:
            filters = _filters(archive, query)
            if filters is None:
                return TilePage((), "")
            asked = asked_frames(archive, filters)
            doubts = doubtful_photos(archive, query, filters) if query else {}
            tiles = archive.browsing.page(filters, limit + 1, after, doubts)
            total = 0 if after else archive.photos.count_where(filters)
            shown = tuple(_as_asked(archive, tile, asked, doubts) for tile in tiles[:limit])
        return TilePage(shown, cursor(shown[-1]) if len(tiles) > limit else "", total)

    def days(self, query: Query | None) -> list[tuple[str, int]]:
        """Return (day, number of photos) of the photos that pass a query's filters, in the order of
        `page`; see `BrowsingQueries.days`. Raises ArchiveError."""
        with self._archive.reading() as archive:
            filters = _filters(archive, query)
            if filters is None:
                return []
            doubts = doubtful_photos(archive, query, filters) if query else {}
            return archive.browsing.days(filters, doubts)

    def facets(
        self,
        query: Query | None,
        among: Sequence[int] | None = None,
        only: Filter[Any] | None = None,
    ) -> Facets:
        """Return how many photos each year, place, person, label, folder and camera has.

        query: count only photos that pass its filters; None: all photos.
        among: count only photos with these ids.
        only: count only the values of this filter, which may take longer.

        Raises ArchiveError.
        """
        with self._archive.reading() as archive:
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

    def groups(
        self,
        query: Query | None,
        view: Rectangle,
        step: float,
        among: Sequence[int] | None = None,
    ) -> list[PhotoGroup]:
        """Return the photos of a rectangle of the map in groups, see `BrowsingQueries.groups`.

        query, among: see `facets`. Raises ArchiveError.
        """
        with self._archive.reading() as archive:
            filters = _filters(archive, query)
            return [] if filters is None else archive.browsing.groups(filters, view, step, among)

    def by_place(self, query: Query | None, among: Sequence[int] | None = None) -> PhotosByPlace:
        """Return where photos were taken. query, among: see `facets`. Raises ArchiveError."""
        with self._archive.reading() as archive:
            filters = _filters(archive, query)
            if filters is None:
                return PhotosByPlace(0)
            found = archive.browsing.by_place(filters, among)
            return replace(found, photos=archive.photos.count_where(filters, among))

    def ids_of(self, hits: Sequence[Hit]) -> list[int]:
        """Return the ids of the photos of hits, copies included. Raises ArchiveError."""
        ids = [hit.photo_id for hit in hits]
        copies = {path for hit in hits for path in hit.copies}
        with self._archive.reading() as archive:
            contents = {archive.photos.content_at(path) for path in copies}
            for content in contents - {None}:
                assert content is not None
                files = archive.photos.of_content(content)
                ids += [file.photo_id for file in files if file.path in copies]
        return ids

    def with_data(self, result: SearchResult, keys: Collection[str] = DATA_KEYS) -> SearchResult:
        """Return an answer whose hits have `Hit.data`: place, camera, title and so on, and the
        collections that the photos are in. `search` does not read these.

        keys: only these of `photo_fields.DATA_KEYS`. "collections" asks the question of every
            collection.

        Raises ArchiveError.
        """
        return replace(result, hits=with_data(self._archive, result.hits, keys))

    def each(self, result: SearchResult) -> Iterator[Hit]:
        """Yield the hits of an answer of `search_all`, however many, with labels, people, words
        and `data`, which are read for some hundred at a time. Raises ArchiveError."""
        hits = result.hits
        named = collections_of(self._archive, {hit.content_id for hit in hits})
        for start in range(0, len(hits), AT_ONCE):
            part = with_labels(self._archive, result.query, hits[start : start + AT_ONCE])
            yield from with_data(self._archive, part, named=named)

    def tiles(self, photo_ids: Iterable[int]) -> dict[int, Tile]:
        """Return photo id -> what the page shows of that photo. Ids of deleted photos are left out.

        Raises ArchiveError.
        """
        with self._archive.reading() as archive:
            return archive.browsing.tiles(photo_ids)

    def detail(self, photo_id: int) -> PhotoDetail | None:
        """Return everything the archive knows about a photo, None if there is no such photo.

        Raises ArchiveError.
        """
        with self._archive.reading() as archive:
            detail = archive.browsing.detail(photo_id)
            if detail is None:
                return None
            people = tuple(archive.people.regions_of(detail.content_id))
            doubtful = tuple(archive.people.unsure_in(detail.content_id))
            return replace(detail, people=people, doubtful=doubtful)

    def lengths(self, videos: Iterable[int]) -> dict[int, float | None]:
        """Return id -> length in seconds of videos; None if the file does not say. Raises
        ArchiveError."""
        with self._archive.reading() as archive:
            return archive.browsing.lengths(videos)

    def neighbours(self, tile: Tile) -> tuple[int | None, int | None]:
        """Return the ids of the photos before and after a photo in `page` of all photos; None at
        the ends. Raises ArchiveError."""
        with self._archive.reading() as archive:
            return archive.browsing.neighbours(tile)

    def people(self) -> list[tuple[str, int]]:
        """Return (name, number of photos) of the people whom the photos name, most photos first.

        Raises ArchiveError.
        """
        with self._archive.reading() as archive:
            return archive.people.count(Filters())

    def known_people(self) -> list[str]:
        """Return the names of all people, also of those in photos that are gone. Raises
        ArchiveError, also if the faces of people cannot be read."""
        with self._archive.reading() as archive:
            if problem := archive.people.problem():
                raise problem
            return archive.people.known()

    def people_problem(self) -> ArchiveError | None:
        """Return why the faces of people cannot be read, so that `people` may lack some; None if
        it lacks nobody. Raises ArchiveError."""
        with self._archive.reading() as archive:
            return archive.people.problem()

    def where(
        self,
        photo: Path | PipedPicture,
        text: str,
        covering: bool = False,
        at: float | None = None,
    ) -> PhotoRegion:
        """Return the part of a photo, indexed or not, that matches `text`, with a heat map. Of a
        video, the part of the frame that matches best.

        at: of a video, the time in seconds of the frame to look at. If the video is indexed, the
            frame that a search names by this second.
        covering: hide one part of the photo at a time and see how the match drops. Slower, but it
            works with any model; otherwise the model's own patches are compared with the text.

        Raises UsageError (`text` is blank), UnknownModelError, ModelError (the model has no
        patches), ImageError.
        """
        from cercafoto.search.moment_asked import moment_asked
        from cercafoto.search.where_in_photo import find_in_photo

        if isinstance(photo, Path):
            at = moment_asked(self._archive, photo, text, at)
        return find_in_photo(self._archive.encoder_without_archive(), photo, text, covering, at)


def _as_asked(archive: Archive, tile: Tile, asked: AskedFrames, doubts: Doubts) -> Tile:
    """Return a tile, of a video with the first of the frames asked for, and with its doubts."""
    content = archive.photos.content_of(tile.digest) or 0 if asked or doubts else 0
    if frames := asked.get(content):
        tile = replace(tile, frame=next(iter(frames.values())).start)
    return replace(tile, doubtful=doubts.get(content, ()))


def _filters(archive: Archive, query: Query | None) -> Filters | None:
    return NO_FILTERS if query is None else filters_of(archive, query)
