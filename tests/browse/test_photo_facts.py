"""Test the details of a photo in Italian."""

from __future__ import annotations

import math
from typing import Any

import pytest

from cercafoto.browse.photo_facts import facts_of
from cercafoto.photos.facts import Facts
from cercafoto.results.photo_fields import Stored, data_of
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
