"""What the grammar asks a gazetteer, what it answers, and the place that a question means."""

from __future__ import annotations

from typing import NamedTuple, Protocol

from cercafoto.question.values import PlaceCondition


class PlaceLookup(Protocol):
    """A place that the gazetteer found.

    name: its usual name in Italian.
    kind: "comune", "provincia", "regione", "paese" or "luogo".
    photos: how many photos of the archive lie there; None without an archive.
    place: the condition that these photos fulfil.
    is_famous: whether the name means this place even if no photo lies there.
    km: radius around the place, if one was asked for.
    is_own: whether no photo lies there, and the name is among the person's own words: after a
        preposition of place it means the place, elsewhere a dog named so.
    """

    @property
    def name(self) -> str: ...
    @property
    def kind(self) -> str: ...
    @property
    def photos(self) -> int | None: ...
    @property
    def place(self) -> PlaceCondition | None: ...
    @property
    def is_famous(self) -> bool: ...
    @property
    def km(self) -> float | None: ...
    @property
    def is_own(self) -> bool: ...


class Places(Protocol):
    """A gazetteer, as the grammar asks it for places.

    Names are in NFC, with single spaces and straight apostrophes, in the person's own capitals and
    accents; the gazetteer compares them without case and accents.
    """

    def find(self, name: str, areas_only: bool = False) -> PlaceLookup | None:
        """Return the place with this name, in Italian or not ("Londra", "provincia di Siena"); None
        if there is none. areas_only: only a lake, an island or the like."""

    def near(self, name: str, km: float | None = None) -> PlaceLookup | None:
        """Return the circle with a radius of `km` around the comune or luogo with this name; None
        if there is no such place. km: None for a radius that suits the place."""

    def around(self, latitude: float, longitude: float, km: float | None = None) -> PlaceLookup:
        """Return the circle around a position in decimal degrees."""

    def abroad(self) -> PlaceLookup:
        """Return all countries except the one in which most photos were taken."""

    def has_positions(self) -> bool:
        """Whether any photo has a position."""

    def why_none(self) -> str:
        """Return in Italian why a place has no photos."""


class PlaceMeant(NamedTuple):
    """The place that a question means.

    kind: kind of the place ("comune"), "vicino" for a circle of `radius_km` around it, or "estero".
    condition: the condition that its photos fulfil; None if the gazetteer gave none.
    either: the places, if it may be any of several: "a Roma o a Firenze"; else ().
    """

    name: str
    kind: str
    radius_km: float | None = None
    condition: PlaceCondition | None = None
    either: tuple[PlaceMeant, ...] = ()

    def or_in(self, other: PlaceMeant) -> PlaceMeant:
        """Return that a photo must have been taken in this place or in another."""
        places = tuple(dict.fromkeys((*(self.either or (self,)), *(other.either or (other,)))))
        if len(places) == 1:
            return self
        conditions = tuple(place.condition for place in places if place.condition is not None)
        name = " o ".join(place.name for place in places)
        condition = PlaceCondition(self.kind, name, either=conditions) if conditions else None
        return PlaceMeant(name, self.kind, None, condition, places)
