"""The filter for the place where a photo was taken."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cercafoto.errors import UsageError
from cercafoto.question.filters.filter import Facet, Filter, Needed, Option, Typed

if TYPE_CHECKING:
    from cercafoto.question.grammar.place_phrases import PlaceMeant
    from cercafoto.question.values import PlaceCondition

OPTION = Option(
    "--luogo",
    "place",
    "NOME",
    "Scattate in questo luogo: Roma, «vicino a Siena».",
    completion="PLACE",
    title="Dove",
    example="Roma",
)


def _parse(typed: Typed) -> PlaceMeant | None:
    from cercafoto.question.grammar.place_phrases import PlaceMeant, place_called

    name = typed.one(OPTION)
    if name is None:
        return None
    if typed.places is None:
        return PlaceMeant(name, "luogo")
    place = place_called(name, typed.places)
    if place is None:
        raise UsageError(
            f"Non conosco nessun luogo che si chiami «{name}».",
            "Controlla come è scritto, oppure prova con la provincia o la regione.",
        )
    return place


def _say(place: PlaceMeant) -> str:
    if place.radius_km is not None:
        return f"entro {place.radius_km:g} km da {place.name}"
    return f"luogo: {place.name} ({place.kind})"


def _anywhere() -> PlaceCondition:
    """Return the filter's value that every photo with a position fulfils."""
    from cercafoto.question.values import LUOGO, Circle, PlaceCondition

    return PlaceCondition(LUOGO, "", (Circle(0, 0, 25_000),))  # wider than any map of the earth


PLACE: Filter[PlaceMeant] = Filter(
    name="place",
    say=_say,
    hidden="non è di quel luogo, o il luogo non si sa",
    options=(OPTION,),
    parse=_parse,
    data=lambda place: {} if place.radius_km is None else {"radius_km": place.radius_km},
    narrow=lambda option, words: (option, "vale --luogo, non il luogo scritto nella domanda"),
    resolve=lambda place, archive: place.condition,
    needs=Needed(
        _anywhere,
        "una foto non ha posizione",
        "{} foto non hanno posizione",
        "nessuna foto ha una posizione",
    ),
    facet=Facet("Dove", OPTION.added, at_once=True),
)
