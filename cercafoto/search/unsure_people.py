"""Put photos in which a person was only recognised by an unlike face behind the others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from cercafoto.archive.archive import Archive
from cercafoto.question.filters.with_people import PEOPLE
from cercafoto.question.query import Query
from cercafoto.results import Hit

UNSURE = 0.15  # confidence: a word below "media"


def unsure_last(archive: Archive, query: Query, hits: Sequence[Hit]) -> list[Hit]:
    """Return the hits, those last that show a person of the query only maybe, with a low
    confidence."""
    unsure = set[int]()
    for names in PEOPLE.of(query.filters) or ():
        maybe = {name: {*archive.people.unsure(name)} for name in names}
        sure = ({*archive.people.contents_named(name)} - own for name, own in maybe.items())
        unsure |= set[int]().union(*maybe.values()) - set[int]().union(*sure)
    likely = [hit for hit in hits if hit.content_id not in unsure]
    low = [hit for hit in hits if hit.content_id in unsure]
    return [*likely, *(replace(hit, confidence=min(hit.confidence, UNSURE)) for hit in low)]
