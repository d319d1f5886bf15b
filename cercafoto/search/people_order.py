"""Order the photos of the people of a question: those that surely show them, those whose own words
only have their names, those that only may show them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from types import MappingProxyType
from typing import NamedTuple

from cercafoto.archive.archive import Archive
from cercafoto.question.filters.filter import Filters
from cercafoto.question.filters.names import COLLECTIONS
from cercafoto.question.filters.with_people import PEOPLE
from cercafoto.question.query import Query
from cercafoto.search.moments import asked_frames

UNSURE = 0.15  # the largest confidence of a doubtful photo: a word below "media"
BY_OWN_WORDS, MAY_SHOW = 1, 2  # places in the order; photos that surely show the people come first

# Content id -> names of the people whom the content only may show.
Doubts = Mapping[int, tuple[str, ...]]


class Precedence(NamedTuple):
    """Which contents come before others, whatever they show.

    places: content id -> place in the order, below or above that of the others, which have 0.
    doubts: the contents that only may show a person asked for. They come last in every order.
    """

    places: Mapping[int, int] = MappingProxyType({})
    doubts: Doubts = MappingProxyType({})


NO_PRECEDENCE = Precedence()


def people_order(archive: Archive, query: Query, own: Collection[int]) -> Precedence:
    """Return the order of the people of a query.

    own: ids of the contents whose own words have the names.
    """
    tagged = [
        {content for name in names for content in archive.people.contents_named(name)}
        for names in PEOPLE.of(query.filters) or ()
    ]
    named = set.intersection(*tagged) if tagged else set[int]()
    doubts = doubts_of(archive, query)
    only_own = dict.fromkeys(set(own) - named, BY_OWN_WORDS)
    return Precedence(only_own | dict.fromkeys(doubts, MAY_SHOW), doubts)


def doubtful_photos(archive: Archive, query: Query, filters: Filters) -> Doubts:
    """Return `doubts_of` by photos and whole videos: a video is doubtful if all frames are that
    answer.

    filters: resolved filters of the query.
    """
    doubts = doubts_of(archive, query)
    asked = asked_frames(archive, filters) if doubts else {}
    videos = {
        video: doubts[next(iter(frames))]
        for video, frames in asked.items()
        if frames.keys() <= doubts.keys()
    }
    return {content: names for content, names in doubts.items() if content not in asked} | videos


def doubts_of(archive: Archive, query: Query) -> Doubts:
    """Return the contents, of videos the frames, that only may show a person of a query, or of the
    question of a collection in which the query looks.

    The query's filters were resolved before, so that no collection depends on itself.
    """
    doubts: dict[int, tuple[str, ...]] = {}
    for names in PEOPLE.of(query.filters) or ():
        maybe = {name: {*archive.people.unsure(name)} for name in names}
        certain = ({*archive.people.contents_named(name)} - own for name, own in maybe.items())
        sure = set[int]().union(*certain)
        for name, contents in maybe.items():
            for content in contents - sure:
                doubts[content] = (*doubts.get(content, ()), name)
    if collections := COLLECTIONS.of(query.filters):
        doubts |= archive.asked_collections(archive).doubts(collections)
    return doubts
