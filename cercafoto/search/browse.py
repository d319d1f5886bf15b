"""Look through the archive itself: photos by date, a page at a time, and counts over them."""

from __future__ import annotations

from collections.abc import Sequence

from cercafoto.archive.local.browsing import cursor
from cercafoto.archive.session import Session
from cercafoto.archive.store import Store
from cercafoto.question.filters.filter import NO_FILTERS, Filters
from cercafoto.question.query import Query
from cercafoto.results import Facets, TilePage
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


def _filters(session: Session, catalog: Store, query: Query | None) -> Filters | None:
    return NO_FILTERS if query is None else filters_of(session, catalog, query)
