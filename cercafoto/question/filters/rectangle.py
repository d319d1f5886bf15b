"""The filter for a rectangle of the map in which a photo was taken."""

from __future__ import annotations

import re

from cercafoto.errors import UsageError
from cercafoto.question.filters.filter import Filter, Filters, Needed, Option, Typed
from cercafoto.question.filters.place import PLACE
from cercafoto.question.values import Rectangle

OPTION = Option(
    "--riquadro",
    "rectangle",
    "ANGOLI",
    "Fra due angoli opposti: LAT,LON,LAT,LON.",
    title="In un riquadro",
    example="43.2, 11.1, 43.5, 11.5",
)
WORLD = Rectangle(-90, -180, 90, 180)
LARGE = 0.2  # degrees; the corners of a smaller rectangle are said with more decimals


def _parse(typed: Typed) -> Rectangle | None:
    text = typed.one(OPTION)
    return None if text is None else read_rectangle(text)


def read_rectangle(text: str) -> Rectangle:
    """Return the rectangle between two opposite corners, written as LAT,LON,LAT,LON. It crosses the
    180th meridian if the second corner is more than 180 degrees west of the first. Raises
    UsageError."""
    parts = re.split(r"\s*[,;]\s*|\s+", text.strip())
    if len(parts) != 4 or not all(
        re.fullmatch(r"[+-]?\d{1,3}(\.\d{1,20})?", p, re.A) for p in parts
    ):
        raise UsageError(
            f"{OPTION.flag} vuole due angoli in gradi, LAT,LON,LAT,LON, non «{text}».",
            f"Per esempio: {OPTION.flag} 43.2,11.1,43.5,11.5",
        )
    lat, lon, other_lat, other_lon = map(float, parts)
    for value, most, name in (
        *((lat, 90, "latitudine"), (lon, 180, "longitudine")),
        *((other_lat, 90, "latitudine"), (other_lon, 180, "longitudine")),
    ):
        if abs(value) > most:
            raise UsageError(
                f"{OPTION.flag}: {value:g} non è una {name}, che va da -{most} a {most}.",
                "Di ogni angolo va scritta prima la latitudine, poi la longitudine.",
            )
    south, north = sorted((lat, other_lat))
    crosses = lon - other_lon > 180
    west, east = (lon, other_lon) if crosses else sorted((lon, other_lon))
    return Rectangle(south, west, north, east)


def _corners(where: Rectangle) -> str:
    width = (where.east - where.west) % 360
    digits = 2 if min(width, where.north - where.south) >= LARGE else 4

    def said(value: float, positive: str, negative: str) -> str:
        number = f"{abs(value):.{digits}f}".rstrip("0").rstrip(".").replace(".", ",")
        return f"{number}° {negative if value < 0 else positive}"

    south_west = f"{said(where.south, 'N', 'S')} {said(where.west, 'E', 'O')}"
    return f"da {south_west} a {said(where.north, 'N', 'S')} {said(where.east, 'E', 'O')}"


def _one_chip(typed: Filters) -> tuple[str, str]:
    return "in questo riquadro", _corners(read_rectangle(str(typed[OPTION.key])))


assert PLACE.needs is not None
RECTANGLE = Filter[Rectangle](
    name="rectangle",
    say=lambda where: f"nel riquadro {_corners(where)}",
    hidden="è fuori dal riquadro, o il luogo non si sa",
    options=(OPTION,),
    parse=_parse,
    data=lambda where: {"rectangle": list(where)},
    needs=Needed(lambda: WORLD, *PLACE.needs[1:]),
    one_chip=_one_chip,
)
