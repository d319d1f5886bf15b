"""The coasts and borders of the map: how they are made, and those that ship."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from cercafoto.training.places.build_outlines import ITALY, SCALE, TARGET, build, simplified


def decoded(text: str) -> np.ndarray:
    """Return the points of a line of the file, in degrees, [n, 2]."""
    numbers, number, shift = [], 0, 0
    for letter in text:
        group = ord(letter) - 63
        number |= (group & 31) << shift
        shift += 5
        if group < 32:
            numbers.append(~(number >> 1) if number & 1 else number >> 1)
            number = shift = 0
    return np.cumsum(np.array(numbers).reshape(-1, 2), axis=0) / SCALE


@cache
def shipped() -> dict[str, Any]:
    content: dict[str, Any] = json.loads(TARGET.read_text("utf-8"))
    return content


def ring_of(numbers: list[int]) -> np.ndarray:
    lines = [decoded(shipped()["lines"][n if n >= 0 else ~n]) for n in numbers]
    turned = (line if n >= 0 else line[::-1] for line, n in zip(lines, numbers, strict=True))
    ring = np.concatenate(list(turned))
    return np.column_stack([np.unwrap(ring[:, 0], period=360), ring[:, 1]])


def is_land(longitude: float, latitude: float) -> bool:
    crossed = 0
    for numbers in shipped()["land"]:
        (x, y), (x2, y2) = (ring := ring_of(numbers)).T, np.roll(ring, -1, axis=0).T
        between = (y > latitude) != (y2 > latitude)
        at = x[between] + (latitude - y[between]) / (y2 - y)[between] * (x2 - x)[between]
        crossed += sum(int((at > longitude + turn).sum()) for turn in (-360, 0, 360))
    return bool(crossed % 2)


def test_a_simplified_line_stays_near_the_old_one() -> None:
    along = np.linspace(0, 10, 400)
    wave = np.column_stack([along, np.sin(along)])
    fewer = simplified(wave, 0.02)
    assert 10 < len(fewer) < 60
    assert np.array_equal(fewer[[0, -1]], wave[[0, -1]])
    assert np.abs(np.interp(along, fewer[:, 0], fewer[:, 1]) - wave[:, 1]).max() < 0.03
    ring = np.array([(0, 0), (4, 0), (4, 4), (0, 4), (0, 0)], float)
    assert np.array_equal(simplified(ring, 0.1), ring)


def test_outlines_are_made_of_the_packages(tmp_path: Path) -> None:
    # Two countries side by side, over the 180th meridian, and an island too small to be drawn.
    lines = [
        [(175, 0), (180, 0)],
        [(180, 0), (-175, 0), (-175, 5), (180, 5)],
        [(180, 5), (175, 5), (175, 0)],
        [(180, 0), (180, 5)],
        [(100, 1), (100.01, 1), (100.01, 1.01), (100, 1)],
    ]
    arcs = [np.diff(np.round(np.array(line) * 100), axis=0, prepend=0).tolist() for line in lines]
    countries = [[[0, 3, 2]], [[1, ~3]], [[4]]]
    topology = {
        "transform": {"scale": [0.01, 0.01], "translate": [0, 0]},
        "arcs": arcs,
        "objects": {
            "land": {"geometries": [{"type": "MultiPolygon", "arcs": [[[0, 1, 2]], [[4]]]}]},
            "countries": {
                "geometries": [
                    {"type": "Polygon", "arcs": rings, "properties": {"name": name}}
                    for rings, name in zip(countries, ("Italia", "Francia", "Malta"), strict=True)
                ]
            },
        },
    }
    (tmp_path / "countries-10m.json").write_text(json.dumps(topology))
    (tmp_path / "data/states").mkdir(parents=True)
    provinces = [
        {
            "properties": {"iso_a2": "IT", "region": region},
            "geometry": {
                "type": "Polygon",
                "coordinates": [[[x, 43], [x + 1, 43], [x + 1, 44], [x, 44], [x, 43]]],
            },
        }
        for x, region in ((10, "Toscana"), (11, "Toscana"), (12, "Umbria"))
    ]
    (tmp_path / "data/states/admin1.json").write_text(json.dumps({"features": provinces}))
    counted = build(tmp_path, tmp_path, tmp_path / "confini.json")
    made = json.loads((tmp_path / "confini.json").read_text("utf-8"))
    assert counted["lines"] == len(made["lines"]) and len(made["land"]) == 1
    assert [name for name, *_ in made["countries"]] == ["Italia", "Francia"]
    points = [decoded(made["lines"][n]) for n in made["borders"]]
    assert [line.tolist() for line in points] == [[[180, 0], [180, 5]]]
    assert [decoded(made["lines"][n])[:, 0].tolist() for n in made["regions"]] == [[12, 12]]
    over = decoded(made["lines"][made["land"][0][1]])
    assert over[:, 0].max() == 185  # goes on beyond the meridian


def test_the_outlines_that_ship() -> None:
    assert TARGET.stat().st_size < 300_000
    for longitude, latitude, land in (
        *((12.5, 41.9, True), (9.0, 40.0, True), (10.3, 42.78, True), (11.0, 42.0, False)),
        *((14.4, 35.9, True), (-74.5, 42.0, True), (-40.0, 40.0, False), (178.5, 67.5, True)),
        *((180.5, 67.5, True), (51.0, 42.0, False)),  # Chukotka, the Caspian Sea
    ):
        assert is_land(longitude, latitude) == land, (longitude, latitude)
    names = [name for name, *_ in shipped()["countries"]]
    assert len(names) > 190 and {"Italia", "Groenlandia", "Norvegia", "San Marino"} <= {*names}
    for number in shipped()["regions"]:
        line = decoded(shipped()["lines"][number])
        assert (line >= ITALY[:2]).all() and (line <= ITALY[2:]).all()
