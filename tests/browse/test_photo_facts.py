"""Test the details of a photo in Italian."""

from __future__ import annotations

import math
from typing import Any

import pytest

from cercafoto.browse.photo_facts import facts_of
from cercafoto.photos.facts import Facts
from cercafoto.results.photo_fields import PlaceNames, Stored, data_of
from cercafoto.results.photos import PhotoDetail, Tile


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        ({"focal": 50.0}, "50 mm"),
        ({"focal": 4.2, "focal_35": 26.0}, "4,2 mm (come 26 mm su pellicola)"),
        ({"focal": 50.0, "focal_35": 50.0}, "50 mm"),
        ({"focal_35": 26.0}, None),
        ({"focal": "lunga"}, None),
        ({"focal": math.nan}, None),
    ],
)
def test_the_lens_of_a_photo(facts: dict[str, Any], said: str | None) -> None:
    tile = Tile(1, b"/foto/a.jpg", b"d" * 32, 60, 40, "2019")
    data = data_of(Stored(None, Facts(lens="EF50mm", **facts)))
    detail = PhotoDetail(tile, 1, "", "JPEG", data, ())
    rows = dict(facts_of(detail))
    assert rows["Obiettivo"] == "EF50mm"
    assert rows.get("Focale") == said


def test_the_exposure_is_said_as_cameras_show_it() -> None:
    tile = Tile(1, b"/foto/a.jpg", b"d" * 32, 60, 40, "2019")
    exposure: dict[str, Any] = {"exposure_time": 0.004, "aperture": 1.8, "iso": 100, "flash": True}
    for facts, said in (
        (exposure, "1/250 s, f/1.8, ISO 100, con il flash"),
        ({"iso": 50}, "ISO 50"),
    ):
        data = data_of(Stored(None, Facts(**facts)))
        detail = PhotoDetail(tile, 1, "", "JPEG", data, ())
        assert dict(facts_of(detail))["Esposizione"] == said


def test_only_the_owner_sees_where_a_photo_was_taken_to_the_metre() -> None:
    facts = Facts(latitude=45.6771, longitude=13.3912, camera="Canon")
    data = data_of(Stored(PlaceNames("Grado", "Gorizia", "", "Italia"), facts))
    detail = PhotoDetail(Tile(1, b"/a.jpg", b"", 60, 40, "2019"), 1, "exif", "JPEG", data, ())
    shown, known = dict(facts_of(detail)), dict(facts_of(detail, for_owner=True))
    assert shown["Luogo"] == "Grado, Gorizia, Italia" and shown["Data"] == "2019"
    assert known.keys() - shown.keys() == {"Latitudine", "Longitudine"}
    assert (known["Latitudine"], known["Data"]) == ("45,67710", "2019 (dai dati EXIF)")
