"""The filter for the place where a photo was taken."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cercafoto.errors import UsageError
from cercafoto.question.filters.filter import Facet, Filter, Needed, Option, Typed
from cercafoto.question.values import ABROAD

if TYPE_CHECKING:
    from cercafoto.question.grammar.place_meant import PlaceMeant
    from cercafoto.question.values import PlaceCondition

_HELP = "Scattate lì, o nei dintorni: Roma, «estero»."
OPTION = Option(
    "--luogo",
    "place",
    "NOME",
    _HELP,
    completion="PLACE",
    title="Dove",
    example="Roma",
)


NEAR = Option(
    "--vicino",
    "near",
    "NOME",
    _HELP,
    completion="PLACE",
    title="Vicino a",
    example="Siena, 45.43 10.99",
)


MOST_PARTS = 8  # divisions of a place that are told: regions of the south, not countries of Europe


def _parse(typed: Typed) -> PlaceMeant | None:
    from cercafoto.question.grammar.place_meant import PlaceMeant
    from cercafoto.question.grammar.place_phrases import place_called, place_near

    names = [name for option in (OPTION, NEAR) if (name := typed.one(option)) is not None]
    if len(names) > 1:
        raise UsageError(f"{OPTION.flag} e {NEAR.flag} si escludono a vicenda.")
    if not names:
        return None
    (name,) = names
    if typed.places is None:
        return PlaceMeant(name, "luogo")
    read = place_called if typed.one(NEAR) is None else place_near
    place = read(name, typed.places)
    if place is None:
        raise UsageError(
            f"Non conosco nessun luogo che si chiami «{name}».",
            "Controlla come è scritto, oppure prova con la provincia o la regione.",
        )
    return place


def _say(place: PlaceMeant) -> str:
    if place.either:
        return " o ".join(map(_say, place.either)).replace(" o luogo: ", " o ")
    if place.kind == ABROAD:
        return f"all'estero (fuori da: {place.condition.name})" if place.condition else "all'estero"
    if place.radius_km is not None:
        return f"entro {place.radius_km:g} km da {place.name}"
    parts = place.condition.parts if place.condition else ()
    of = ", ".join(name for _, name in parts) if len(parts) <= MOST_PARTS else ""
    return f"luogo: {place.name} ({of or place.kind})"


def place_data(place: PlaceMeant) -> dict[str, object]:
    """Return the object "place" of the JSON."""
    return {"name": place.name, "kind": place.kind}


def _data(place: PlaceMeant) -> dict[str, object]:
    if place.either:
        return {"places": [place_data(each) | _data(each) for each in place.either]}
    away_from = place.condition.name if place.kind == ABROAD and place.condition else None
    entries = {"radius_km": place.radius_km, "away_from": away_from}
    return {name: value for name, value in entries.items() if value is not None}


def _anywhere() -> PlaceCondition:
    """Return the filter's value that every photo with a position fulfils."""
    from cercafoto.question.values import LUOGO, Circle, PlaceCondition

    return PlaceCondition(LUOGO, "", (Circle(0, 0, 25_000),))  # wider than any map of the earth


PLACE: Filter[PlaceMeant] = Filter(
    name="place",
    say=_say,
    hidden="non è di quel luogo, o il luogo non si sa",
    options=(OPTION, NEAR),
    parse=_parse,
    data=_data,
    resolve=lambda place, archive: place.condition,
    needs=Needed(
        _anywhere,
        "una foto non ha posizione",
        "{} foto non hanno posizione",
        "nessuna foto ha una posizione",
    ),
    facet=Facet(
        "Dove",
        lambda typed, name: OPTION.added(typed.but(**{NEAR.key: None}), name),
        at_once=True,
    ),
)
