"""What the name of a place means in an archive: the place of that name where its photos are."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Protocol

from cercafoto.places.gazetteer import Gazetteer, Known
from cercafoto.question.conditions import (
    COMUNE,
    LUOGO,
    PAESE,
    PROVINCIA,
    REGIONE,
    Circle,
    Conditions,
    PlaceCondition,
)

NEAR_KM = 30.0  # "vicino a Siena"

# A town of so many people is what its name means, even abroad.
KNOWN_TOWN = 50_000
ITALY = "Italia"


class Archive(Protocol):
    """The part of the catalogue that tells where photos are."""

    def count_where(self, conditions: Conditions) -> int: ...


@dataclass(frozen=True)
class PlaceFound:
    """name: Italian. kind: "comune", "provincia", "regione", "paese", "luogo". photos: how many
    visible photos were taken there, None without an archive. place: the condition that selects
    them."""

    name: str
    kind: str
    photos: int | None
    place: PlaceCondition


class Places:
    """Looks names up: a fraction of a millisecond each, a count of photos for those that are
    places. archive: None where only the meaning of names is asked."""

    def __init__(self, archive: Archive | None, gazetteer: Gazetteer | None = None) -> None:
        self._archive = archive
        self._gazetteer = gazetteer or Gazetteer()

    def find(self, name: str) -> PlaceFound | None:
        """The place of that name with photos, where there is one; else the best known of that
        name, with photos = 0; None when nothing is called so.

        Of several with photos a country goes before a town, a town before its region and
        province (a Siena is the town; where no photo is of the town, the province).
        """
        found = list(self._meant(name))
        return next((f for f in found if f.photos), found[0] if found else None)

    def near(self, name: str, km: float = NEAR_KM) -> PlaceFound | None:
        """Within `km` of a town or a luogo of that name, the one with photos around it where
        there is one. None when no town or luogo is called so."""
        around = [
            self._count(replace(known, circles=tuple(_wider(c, km, known) for c in known.circles)))
            for known in _by_fame(self._gazetteer.named(name))
            if known.circles
        ]
        return next((f for f in around if f.photos), around[0] if around else None)

    def _meant(self, name: str) -> Iterator[PlaceFound]:
        seen = set()
        for known in _by_fame(self._gazetteer.named(name)):
            if (known.kind, known.name) not in seen:
                seen.add((known.kind, known.name))
                circles = known.circles if known.kind == LUOGO else ()
                yield self._count(replace(known, circles=circles))

    def _count(self, known: Known) -> PlaceFound:
        place = PlaceCondition(known.kind, known.name, known.circles)
        photos = None
        if self._archive is not None:
            photos = self._archive.count_where(Conditions(place=place))
        return PlaceFound(known.name, known.kind, photos, place)


def _wider(circle: Circle, km: float, known: Known) -> Circle:
    """From the centre of a town, from the edge of a lake or an island."""
    return replace(circle, km=km + (circle.km if known.kind == LUOGO else 0.0))


def _by_fame(places: list[Known]) -> list[Known]:
    def rank(known: Known) -> tuple[int, int]:
        famous = known.country == ITALY or known.population >= KNOWN_TOWN
        order = {PAESE: 0, COMUNE: 1 if famous else 5, LUOGO: 2, REGIONE: 3, PROVINCIA: 4}
        return order[known.kind], -known.population

    return sorted(places, key=rank)
