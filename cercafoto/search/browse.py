"""Look through the archive itself: photos by date, a page at a time, and counts over them."""

from __future__ import annotations

from collections.abc import Sequence

from cercafoto.archive.local.browsing import cursor
from cercafoto.archive.session import Session
from cercafoto.archive.store import Store
from cercafoto.question.filters.filter import NO_FILTERS, Filters
from cercafoto.question.query import Query
from cercafoto.results import Facets, Hit, TilePage
from cercafoto.search.answer import filters_of

NO_FACETS = Facets(0, (), (), (), ())


def browse(session: Session, query: Query | None, limit: int, after: str) -> TilePage:
    """Show the photos that fulfil a query's filters, the latest first; see `Library.browse`."""
    with session.reading() as catalog:
        filters = _filters(session, catalog, query)
        if filters is None:
            return TilePage((), "")
        tiles = catalog.browse(filters, limit + 1, after)
        total = 0 if after else catalog.count_where(filters)
    shown = tuple(tiles[:limit])
    return TilePage(shown, cursor(shown[-1]) if len(tiles) > limit else "", total)


def count_facets(
    session: Session, query: Query | None, among: Sequence[int] | None = None
) -> Facets:
    """Count years, places and labels over what fulfils a query's filters, of these ids only
    where they are given; see `Library.facets`."""
    with session.reading() as catalog:
        filters = _filters(session, catalog, query)
        return NO_FACETS if filters is None else catalog.facets(filters, among)


def photo_ids(session: Session, hits: Sequence[Hit]) -> list[int]:
    """Look up the ids of the photos of an answer; see `Library.photo_ids`."""
    ids = [hit.photo_id for hit in hits]
    copies = {path for hit in hits for path in hit.copies}
    with session.reading() as catalog:
        contents = {catalog.content_at(path) for path in copies}
        for content in contents - {None}:
            assert content is not None
            ids += [each.photo_id for each in catalog.photos_of(content) if each.path in copies]
    return ids


def _filters(session: Session, catalog: Store, query: Query | None) -> Filters | None:
    return NO_FILTERS if query is None else filters_of(session, catalog, query)
