"""Look through the archive itself: photos by date, a page at a time, and counts over them."""

from __future__ import annotations

from collections.abc import Sequence

from cercafoto.catalog.browsing import cursor
from cercafoto.question.conditions import ANYTHING, Conditions
from cercafoto.question.query import Query
from cercafoto.results import Facets, TilePage
from cercafoto.search.answer import conditions_of
from cercafoto.session import Session
from cercafoto.store import Store

NO_FACETS = Facets(0, (), (), (), ())


def browse(session: Session, query: Query | None, limit: int, after: str) -> TilePage:
    """Show the photos that fulfil a query's conditions, the latest first; see `Library.browse`."""
    with session.reading() as catalog:
        conditions = _conditions(session, catalog, query)
        if conditions is None:
            return TilePage((), "")
        tiles = catalog.browse(conditions, limit + 1, after)
        total = 0 if after else catalog.count_where(conditions)
    shown = tuple(tiles[:limit])
    return TilePage(shown, cursor(shown[-1]) if len(tiles) > limit else "", total)


def count_facets(
    session: Session, query: Query | None, among: Sequence[int] | None = None
) -> Facets:
    """Count years, places and labels over what fulfils a query's conditions, of these ids only
    where they are given; see `Library.facets`."""
    with session.reading() as catalog:
        conditions = _conditions(session, catalog, query)
        return NO_FACETS if conditions is None else catalog.facets(conditions, among)


def _conditions(session: Session, catalog: Store, query: Query | None) -> Conditions | None:
    return ANYTHING if query is None else conditions_of(session, catalog, query)
