"""Say which photos come before others, whatever they show.

Of the people of a question, the photos that surely show them come first, then those whose own words
only have their names, unless these bear other words of the question too, then those that only may
show them; of "vicino a Siena", the nearest photo.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cercafoto.archive.archive import Archive
from cercafoto.base.arrays import Floats, Ints, is_in
from cercafoto.question.filters.filter import Filters
from cercafoto.question.filters.names import COLLECTIONS
from cercafoto.question.filters.place import PLACE
from cercafoto.question.filters.with_people import PEOPLE
from cercafoto.question.query import Query
from cercafoto.search.moments import asked_frames

if TYPE_CHECKING:
    from cercafoto.question.values import Circle

KM_PER_DEGREE = 111.195  # of latitude
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

    def order_of(self, contents: Ints) -> Ints:
        """Return the place in the order of each content, [n]. Doubtful ones come last."""
        found = np.array([self.places.get(each, 0) for each in contents.tolist()], np.int64)
        return np.where(self.are_doubtful(contents), np.iinfo(np.int64).max, found)

    def less_if_doubtful(self, contents: Ints, confidences: Floats) -> Floats:
        """Return the confidences of contents, [n]: those of doubtful ones are low."""
        if not self.doubts:
            return confidences
        return np.where(self.are_doubtful(contents), np.minimum(confidences, UNSURE), confidences)

    def are_doubtful(self, contents: Ints) -> NDArray[np.bool_]:
        """Return which contents only may show a person asked for, bool [n]."""
        return is_in(contents, np.array([*self.doubts], np.int64))


NO_PRECEDENCE = Precedence()


def precedence_of(
    archive: Archive, query: Query, own: Collection[int], filters: Filters
) -> Precedence:
    """Return which contents come before others in the answer to a query.

    own: ids of the contents whose own words have the names of its people.
    filters: filters of the query, with resolved values.
    """
    doubts = doubts_of(archive, query)
    people = PEOPLE.of(query.filters) or ()
    if query.is_nearest_first and not people:
        return Precedence(_places_by_distance(archive, query, filters), doubts)
    tagged = [
        {content for name in names for content in archive.people.contents_named(name)}
        for names in people
    ]
    named = set.intersection(*tagged) if tagged else set[int]()
    only_own = dict.fromkeys(set(own) - named, BY_OWN_WORDS)
    return Precedence(only_own | dict.fromkeys(doubts, MAY_SHOW), doubts)


def doubtful_photos(archive: Archive, query: Query, filters: Filters) -> Doubts:
    """Return `doubts_of` with whole videos: a video is doubtful if all its frames that fulfil the
    filters are.

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


def _places_by_distance(archive: Archive, query: Query, filters: Filters) -> dict[int, int]:
    """Return content id -> its place in the order, all below 0; photos without a position have 0.

    filters: filters of the query, with resolved values.
    """
    place = PLACE.of(query.filters)
    rows = archive.photos.positions(filters)
    if place is None or place.condition is None or not rows:
        return {}
    contents, latitudes, longitudes = np.array(rows, np.float64).T
    distances = _distances(latitudes, longitudes, place.condition.circles)
    order = np.argsort(-distances, kind="stable")
    # Of two files of one photo the nearer counts, which comes last.
    return {int(content): -1 - at for at, content in enumerate(contents[order])}


def _distances(latitudes: Floats, longitudes: Floats, circles: Sequence[Circle]) -> Floats:
    """Return the distance in km of positions from the nearest edge of some circles, which is less
    than 0 inside: [n]. On a plane, as the circles are compared in SQL."""
    distances = [
        KM_PER_DEGREE
        * np.hypot(
            latitudes - circle.latitude,
            ((longitudes - circle.longitude + 180) % 360 - 180)
            * np.cos(np.radians(circle.latitude)),
        )
        - circle.km
        for circle in circles
    ]
    nearest: Floats = np.min(distances, axis=0)
    return nearest
