"""Move photos that only may show the person of a question to the end of the answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from cercafoto.archive.archive import Archive
from cercafoto.question.filters.with_people import PEOPLE
from cercafoto.question.query import Query
from cercafoto.results.answer import Hit

UNSURE = 0.15  # confidence: a word below "media"


def unsure_last(archive: Archive, query: Query, hits: Sequence[Hit]) -> list[Hit]:
    """Return the hits. Those that only may show a person of the query come last, with a low
    confidence."""
    unsure = set[int]()
    for names in PEOPLE.of(query.filters) or ():
        maybe = {name: {*archive.people.unsure(name)} for name in names}
        sure = ({*archive.people.contents_named(name)} - own for name, own in maybe.items())
        unsure |= set[int]().union(*maybe.values()) - set[int]().union(*sure)
    lowered = [
        replace(hit, confidence=min(hit.confidence, UNSURE)) if hit.shown_content in unsure else hit
        for hit in hits
    ]
    # Otherwise in the same order.
    return sorted(lowered, key=lambda hit: hit.shown_content in unsure)
