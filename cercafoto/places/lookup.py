"""Lookup of place names in an archive: the place of that name where its photos are."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Protocol

from cercafoto.places.gazetteer import Gazetteer, GazetteerPlace
from cercafoto.question.filters.filter import NO_FILTERS, Filters
from cercafoto.question.filters.place import PLACE
from cercafoto.question.values import (
    COMUNE,
    LUOGO,
    PAESE,
    PROVINCIA,
    REGIONE,
    Circle,
    PlaceCondition,
)

NEAR_KM = 30.0  # "vicino a Siena"

# A town of so many people is what its name means, even abroad.
KNOWN_TOWN = 50_000
ITALY = "Italia"
NO_PHOTO = "nessuna foto ha quella posizione"


class PhotoCounts(Protocol):
    """Counts of photos, to tell which places have any."""

    def count_where(self, filters: Filters) -> int:
        """Count the visible photos that fulfil the filters."""


@dataclass(frozen=True)
class PlaceFound:
    """A place and its photos.

    name: Italian.
    kind: "comune", "provincia", "regione", "paese", "luogo".
    photos: how many visible photos were taken there, None without an archive.
    place: the condition that selects them.
    """

    name: str
    kind: str
    photos: int | None
    place: PlaceCondition


class Places:
    """Looks names up: a fraction of a millisecond each, and a count of photos for places.

    archive: None where only the meaning of names is asked.
    """

    def __init__(self, archive: PhotoCounts | None, gazetteer: Gazetteer | None = None) -> None:
        self._archive = archive
        self._gazetteer = gazetteer or Gazetteer()

    def find(self, name: str) -> PlaceFound | None:
        """Find the place of that name with photos, else the best known with photos = 0.

        None when nothing is called so, or only small towns abroad without photos and the name has
        small letters: "a cat" is not Çat, in Turkey.

        Of several with photos a country goes before a town, a town before its region and
        province (a Siena is the town; where no photo is of the town, the province).
        """
        return _first_with_photos(self._candidates(name))

    def why_none(self) -> str:
        """Return in Italian why a place has no photos, and how many photos have no position."""
        if self._archive is None:
            return NO_PHOTO
        assert PLACE.needs is not None
        everywhere = Filters({PLACE.name: PLACE.needs.every()})
        located = self._archive.count_where(everywhere)
        lacking = self._archive.count_where(NO_FILTERS) - located
        if not located:
            return PLACE.needs.all
        return f"{NO_PHOTO}, e {PLACE.needs.say(lacking, located)}" if lacking else NO_PHOTO

    def near(self, name: str, km: float = NEAR_KM) -> PlaceFound | None:
        """Find the circle of `km` around a town or luogo of that name, one with photos if any.

        None when no town or luogo is called so.
        """
        return _first_with_photos(
            self._count(replace(place, circles=tuple(_wider(c, km, place) for c in place.circles)))
            for place in _by_fame(self._gazetteer.named(name))
            if place.circles
        )

    def _candidates(self, name: str) -> Iterator[PlaceFound]:
        seen = set()
        for place in _by_fame(self._gazetteer.named(name)):
            if (place.kind, place.name) not in seen:
                seen.add((place.kind, place.name))
                circles = place.circles if place.kind == LUOGO else ()
                found = self._count(replace(place, circles=circles))
                if found.photos or _is_well_known(place) or not name.islower():
                    yield found

    def _count(self, place: GazetteerPlace) -> PlaceFound:
        condition = PlaceCondition(place.kind, place.name, place.circles)
        photos = None
        if self._archive is not None:
            photos = self._archive.count_where(Filters(place=condition))
        return PlaceFound(place.name, place.kind, photos, condition)


def _first_with_photos(candidates: Iterable[PlaceFound]) -> PlaceFound | None:
    """Return the first that has photos; else the first of all."""
    best = None
    for candidate in candidates:
        if candidate.photos:
            return candidate
        best = best or candidate
    return best


def _wider(circle: Circle, km: float, place: GazetteerPlace) -> Circle:
    """Widen a circle: from the centre of a town, from the edge of a lake or an island."""
    return circle._replace(km=km + (circle.km if place.kind == LUOGO else 0.0))


def _by_fame(places: list[GazetteerPlace]) -> list[GazetteerPlace]:
    def rank(place: GazetteerPlace) -> tuple[int, int]:
        order = {
            PAESE: 0,
            COMUNE: 1 if _is_well_known(place) else 5,
            LUOGO: 2,
            REGIONE: 3,
            PROVINCIA: 4,
        }
        return order[place.kind], -place.population

    return sorted(places, key=rank)


def _is_well_known(place: GazetteerPlace) -> bool:
    """Whether a place is what its name means to an Italian: all but small towns abroad."""
    return place.kind != COMUNE or place.country == ITALY or place.population >= KNOWN_TOWN
