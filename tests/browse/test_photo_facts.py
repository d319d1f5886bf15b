"""Test the details of a photo in Italian."""

from __future__ import annotations

import pytest

from cercafoto.browse.photo_facts import facts_of
from cercafoto.results.photos import PhotoDetail, Tile


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        ({"focal": 50.0}, "50 mm"),
        ({"focal": 4.2, "focal_35": 26.0}, "4,2 mm (come 26 mm su pellicola)"),
        ({"focal": 50.0, "focal_35": 50.0}, "50 mm"),
        ({"focal_35": 26.0}, None),
        ({"focal": "lunga"}, None),
    ],
)
def test_the_lens_of_a_photo(facts: dict[str, object], said: str | None) -> None:
    tile = Tile(1, b"/foto/a.jpg", b"d" * 32, 60, 40, "2019")
    detail = PhotoDetail(tile, 1, "", (), None, "JPEG", None, {"lens": "EF50mm", **facts}, (), ())
    rows = dict(facts_of(detail))
    assert rows["Obiettivo"] == "EF50mm"
    assert rows.get("Focale") == said


def test_the_exposure_is_said_as_cameras_show_it() -> None:
    tile = Tile(1, b"/foto/a.jpg", b"d" * 32, 60, 40, "2019")
    exposure = {"exposure_time": 0.004, "aperture": 1.8, "iso": 100, "flash": True}
    for facts, said in (
        (exposure, "1/250 s, f/1.8, ISO 100, con il flash"),
        ({"iso": 50}, "ISO 50"),
    ):
        detail = PhotoDetail(tile, 1, "", (), None, "JPEG", None, facts, (), ())
        assert dict(facts_of(detail))["Esposizione"] == said
