"""Find out which place a name means: of several places, the one where the archive has photos."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple, Protocol

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

NEAR_KM = 30.0  # the radius of "vicino a Siena"

# A foreign town with this population is well known: its name means the town even without photos.
KNOWN_TOWN = 50_000
ITALY = "Italia"
NO_PHOTO = "nessuna foto ha quella posizione"


class PhotoCounts(Protocol):
    """The part of an archive that `Places` uses."""

    def count_where(self, filters: Filters) -> int:
        """Return how many visible photos pass the filters."""


class PlaceFound(NamedTuple):
    """A place and how many photos the archive has of it.

    name: in Italian.
    kind: "comune", "provincia", "regione", "paese" or "luogo".
    photos: how many visible photos were taken there; None if there is no archive.
    place: the condition that selects these photos.
    """

    name: str
    kind: str
    photos: int | None
    place: PlaceCondition


class Places:
    """Finds places by name, each in a fraction of a millisecond and a count of photos.

    archive: the archive whose photos decide between places of one name; None to ignore photos.
    is_own: whether a name is among the person's own words. Then it means a place only if photos
        were taken there: Argo is a dog, and a town in Greece.
    """

    def __init__(
        self,
        archive: PhotoCounts | None,
        gazetteer: Gazetteer | None = None,
        is_own: Callable[[str], bool] = lambda name: False,
    ) -> None:
        self._archive, self._is_own = archive, is_own
        self._gazetteer = gazetteer or Gazetteer()

    def find(self, name: str) -> PlaceFound | None:
        """Return the place called `name` that has photos; if none has, the best known place.

        Of several places with photos a country wins over a town, and a town over its region and
        province: Siena is the town, or the province if no photo is of the town. Small towns abroad
        come last.

        None if no place has this name. Also None for a lower-case name that only small towns abroad
        without photos have: "a cat" is not Çat in Turkey. Raises PlacesDataError.
        """
        return _first_with_photos(self._candidates(name))

    def why_none(self) -> str:
        """Return in Italian that no photo is at a place, and how many photos have no position."""
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
        """Return the circle of `km` around a town or luogo called `name`; None if nothing with a
        position has this name.

        Of several such places, one with photos in its circle wins. Raises PlacesDataError.
        """
        return _first_with_photos(
            self._count(place._replace(circles=tuple(_wider(c, km, place) for c in place.circles)))
            for place in _by_fame(self._gazetteer.named(name))
            if place.circles
        )

    def _candidates(self, name: str) -> Iterator[PlaceFound]:
        """Yield the places that `name` may mean, the best known first, one per kind and name."""
        seen = set()
        for place in _by_fame(self._gazetteer.named(name)):
            if (place.kind, place.name) not in seen:
                seen.add((place.kind, place.name))
                circles = place.circles if place.kind == LUOGO else ()
                found = self._count(place._replace(circles=circles))
                may_be = _is_well_known(place) or not name.islower()
                if found.photos or (may_be and not self._is_own(name)):
                    yield found

    def _count(self, place: GazetteerPlace) -> PlaceFound:
        condition = PlaceCondition(place.kind, place.name, place.circles)
        photos = None
        if self._archive is not None:
            photos = self._archive.count_where(Filters(place=condition))
        return PlaceFound(place.name, place.kind, photos, condition)


def _first_with_photos(candidates: Iterable[PlaceFound]) -> PlaceFound | None:
    """Return the first candidate that has photos, else the first; None without candidates."""
    best = None
    for candidate in candidates:
        if candidate.photos:
            return candidate
        best = best or candidate
    return best


def _wider(circle: Circle, km: float, place: GazetteerPlace) -> Circle:
    """Return a circle of `km` around a town's centre, or around the edge of a luogo's circle."""
    return circle._replace(km=km + (circle.km if place.kind == LUOGO else 0.0))


def _by_fame(places: list[GazetteerPlace]) -> list[GazetteerPlace]:
    """Return places sorted by how likely an Italian means them, the likeliest first."""

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
    """Return True for every place except small towns abroad."""
    return place.kind != COMUNE or place.country == ITALY or place.population >= KNOWN_TOWN
