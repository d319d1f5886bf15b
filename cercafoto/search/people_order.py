"""Order the photos of the people of a question: those that surely show them, those whose own words
only have their names, those that only may show them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace

from cercafoto.archive.archive import Archive
from cercafoto.question.filters.with_people import PEOPLE
from cercafoto.question.query import Query
from cercafoto.results.answer import Hit

UNSURE = 0.15  # confidence: a word below "media"
BY_OWN_WORDS, MAY_SHOW = 1, 2  # places in the order; photos that surely show the people come first


def places_of_people(archive: Archive, query: Query, own: Collection[int]) -> dict[int, int]:
    """Return content id -> its place in the order, for the contents that come later.

    own: ids of the contents whose own words have the names.
    """
    tagged = [
        {content for name in names for content in archive.people.contents_named(name)}
        for names in PEOPLE.of(query.filters) or ()
    ]
    named = set.intersection(*tagged) if tagged else set[int]()
    only_own = dict.fromkeys(set(own) - named, BY_OWN_WORDS)
    return only_own | dict.fromkeys(_unsure(archive, query), MAY_SHOW)


def unsure_last(archive: Archive, query: Query, hits: Sequence[Hit]) -> list[Hit]:
    """Return the hits. Those that only may show a person of the query come last, with a low
    confidence."""
    unsure = _unsure(archive, query)
    lowered = [
        replace(hit, confidence=min(hit.confidence, UNSURE)) if hit.shown_content in unsure else hit
        for hit in hits
    ]
    # Otherwise in the same order.
    return sorted(lowered, key=lambda hit: hit.shown_content in unsure)


def _unsure(archive: Archive, query: Query) -> set[int]:
    """Return the ids of the contents that only may show a person of a query."""
    unsure = set[int]()
    for names in PEOPLE.of(query.filters) or ():
        maybe = {name: {*archive.people.unsure(name)} for name in names}
        sure = ({*archive.people.contents_named(name)} - own for name, own in maybe.items())
        unsure |= set[int]().union(*maybe.values()) - set[int]().union(*sure)
    return unsure
