"""Find out which place a name means: of several places, the one where the archive has photos."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple, Protocol

from cercafoto.places.gazetteer import Gazetteer, GazetteerPlace
from cercafoto.question.filters.filter import NO_FILTERS, Filters
from cercafoto.question.filters.place import PLACE
from cercafoto.question.grammar.place_phrases import telling_name
from cercafoto.question.grammar.tokens import join, tokens
from cercafoto.question.values import (
    ABROAD,
    COMUNE,
    ITALY,
    LUOGO,
    PAESE,
    PROVINCIA,
    REGIONE,
    Circle,
    PlaceCondition,
)

# Radius in km of "vicino a" for a town with at least so many inhabitants. Around an area, such as a
# lake, it is measured from the edge.
NEAR_KM = ((50_000, 30.0), (5_000, 20.0), (0, 10.0))
NEAR_AREA_KM = 10.0
NEAR_POINT_KM = 5.0

# A foreign town with this population is well known: its name means the town even without photos.
KNOWN_TOWN = 50_000
# An Italian town with this population is asked for even if no photo was taken there. The names of
# smaller ones are too often words of the language.
KNOWN_ITALIAN = 10_000
NO_PHOTO = "nessuna foto ha quella posizione"


class PhotoCounts(Protocol):
    """The part of an archive that `Places` uses."""

    def usual_country(self) -> str | None:
        """Return the country in which most photos were taken; None if no photo has a position."""

    def count_where(self, filters: Filters) -> int:
        """Return how many visible photos pass the filters."""


class PlaceFound(NamedTuple):
    """A place and how many photos the archive has of it.

    name: in Italian.
    kind: "comune", "provincia", "regione", "paese" or "luogo".
    photos: how many visible photos were taken there; None if there is no archive.
    place: the condition that selects these photos.
    is_famous: whether the name means this place even if no photo was taken there.
    is_area: see `GazetteerPlace`.
    km: radius around the place, if one was asked for.
    is_own: whether no photo was taken there and the name is among the person's own words.
    """

    name: str
    kind: str
    photos: int | None
    place: PlaceCondition
    is_famous: bool = True
    is_area: bool = False
    km: float | None = None
    is_own: bool = False


class Places:
    """Finds places by name, each in a fraction of a millisecond and a count of photos.

    archive: the archive whose photos decide between places of one name; None to ignore photos.
    is_own: whether a name is among the person's own words. Then it means a place only if photos
        were taken there, or if the place is famous: Argo is a dog, and a town in Greece.
    """

    def __init__(
        self,
        archive: PhotoCounts | None,
        gazetteer: Gazetteer | None = None,
        is_own: Callable[[str], bool] = lambda name: False,
    ) -> None:
        self._archive, self._is_own = archive, is_own
        self._gazetteer = gazetteer or Gazetteer()

    def find(self, name: str, areas_only: bool = False) -> PlaceFound | None:
        """Return the place called `name` that has photos; if none has, the best known place.

        Of several places with photos a country wins over a town, and a town over its region and
        province: Siena is the town, or the province if no photo is of the town. Small towns abroad
        come last. areas_only: only a lake, an island or the like: "sul Garda".

        None if no place has this name. Also None for a lower-case name that only small towns abroad
        without photos have: "a cat" is not Çat in Turkey. Raises PlacesDataError.
        """
        return _first_with_photos(
            place for place in self._candidates(name) if place.is_area or not areas_only
        )

    def abroad(self) -> PlaceFound:
        """Return all countries except the one in which most photos were taken; except Italy if no
        photo has a position."""
        home = (self._archive.usual_country() if self._archive is not None else None) or ITALY
        return self._found(ABROAD, PlaceCondition(ABROAD, home))

    def around(self, latitude: float, longitude: float, km: float | None = None) -> PlaceFound:
        """Return the circle of `km` around a position in decimal degrees."""
        circle = Circle(latitude, longitude, km or NEAR_POINT_KM)
        name = f"{latitude:.5f}".rstrip("0") + ", " + f"{longitude:.5f}".rstrip("0")
        condition = PlaceCondition(LUOGO, name, (circle,))
        return self._found(name, condition, km=circle.km)

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

    def near(self, name: str, km: float | None = None) -> PlaceFound | None:
        """Return the circle of `km` around a town or luogo called `name`; None if nothing with a
        position has this name. km: None for a radius that suits the place.

        Of several such places, one with photos in its circle wins. Raises PlacesDataError.
        """
        return _first_with_photos(
            self._count(
                place._replace(circles=tuple(_wider(c, radius, place) for c in place.circles)),
                radius,
            )
            for place in _by_fame(self._gazetteer.named(name))
            if place.circles and (radius := km or _radius_near(place))
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
                is_own = may_be and not found.photos and self._is_own(name)
                if may_be and not (found.photos or is_own) and self._is_own_part(name):
                    continue
                if found.photos or (may_be and (found.is_famous or not is_own)):
                    yield found._replace(is_own=is_own)

    def _is_own_part(self, name: str) -> bool:
        """Whether what "monte" or "lago" goes before is among the person's own words: the folder
        "Baldo con il CAI" tells more than that no photo was taken on Monte Baldo."""
        part = join(telling_name(tokens(name)))
        return part != name and self._is_own(part)

    def _count(self, place: GazetteerPlace, km: float | None = None) -> PlaceFound:
        condition = PlaceCondition(place.kind, place.name, place.circles, place.parts)
        return self._found(place.name, condition, _is_famous(place), place.is_area, km)

    def _found(
        self,
        name: str,
        condition: PlaceCondition,
        is_famous: bool = True,
        is_area: bool = False,
        km: float | None = None,
    ) -> PlaceFound:
        """Return a place with the number of its photos."""
        photos = None
        if self._archive is not None:
            photos = self._archive.count_where(Filters({PLACE.name: condition}))
        return PlaceFound(name, condition.kind, photos, condition, is_famous, is_area, km)

    def has_positions(self) -> bool:
        """Whether any photo has a position; True without an archive."""
        assert PLACE.needs is not None
        if self._archive is None:
            return True
        return self._archive.count_where(Filters({PLACE.name: PLACE.needs.every()})) > 0


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


def _radius_near(place: GazetteerPlace) -> float:
    """Return the radius in km of "vicino a" a place."""
    if place.is_area:
        return NEAR_AREA_KM
    return next(km for people, km in NEAR_KM if place.population >= people)


def _by_fame(places: list[GazetteerPlace]) -> list[GazetteerPlace]:
    """Return places sorted by how likely an Italian means them, the likeliest first."""

    def rank(place: GazetteerPlace) -> tuple[int, int]:
        order = {
            PAESE: 0,
            COMUNE: 1 if _is_well_known(place) else 5,
            LUOGO: 2 if place.is_area else 4,  # an island, or a hamlet
            REGIONE: 3,
            PROVINCIA: 4,
        }
        return order[place.kind], -place.population

    return sorted(places, key=rank)


def _is_famous(place: GazetteerPlace) -> bool:
    """Whether a name means a place even if no photo was taken there."""
    if place.kind == COMUNE:
        return place.population >= (KNOWN_ITALIAN if place.country == ITALY else KNOWN_TOWN)
    return place.kind != LUOGO or place.is_area


def _is_well_known(place: GazetteerPlace) -> bool:
    """Return True for every place except small towns abroad."""
    return place.kind != COMUNE or place.country == ITALY or place.population >= KNOWN_TOWN
