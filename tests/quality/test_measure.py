"""What is said of pictures that are sharp, blurred, dark or bright in known ways."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PIL import Image, ImageDraw

from cercafoto.quality.measure import LEAST_SIDE, measure
from tests.support.sharp_pictures import exposed, out_of_focus, shaken, sharp, sky, with_noise


@pytest.mark.parametrize("treat", [lambda picture: picture, with_noise], ids=["clean", "noisy"])
@pytest.mark.parametrize(
    ("picture", "clarity"),
    [
        (sharp, "nitida"),
        (lambda: out_of_focus(sharp()), "sfocata"),
        (lambda: shaken(sharp()), "mossa"),
        (lambda: shaken(sharp(), 12, 12), "mossa"),
    ],
    ids=["sharp", "out of focus", "shaken", "shaken across"],
)
def test_how_sharp_a_picture_is(
    picture: Callable[[], Image.Image],
    clarity: str,
    treat: Callable[[Image.Image], Image.Image],
) -> None:
    measured = measure(treat(picture()))
    assert (measured.clarity, measured.exposure) == (clarity, None)


def test_a_blurred_background_is_no_blurred_photo() -> None:
    picture = out_of_focus(sharp(), 12)
    picture.paste(sharp(3, (400, 400)), (600, 400))
    assert measure(picture).clarity == "nitida"


@pytest.mark.parametrize(
    "picture",
    [sky(), Image.new("RGB", (1600, 1200), (90, 90, 90)), sharp(1, (LEAST_SIDE - 2, 300)),
     Image.new("RGB", (1600, 3), (9, 200, 9)), Image.new("RGB", (1, 1))],
    ids=["sky", "one colour", "small", "thin", "one pixel"],
)  # fmt: skip
def test_where_nothing_is_shown_nothing_is_said(picture: Image.Image) -> None:
    measured = measure(picture)
    assert (measured.clarity, measured.sharpness) == (None, None)


def test_the_less_blurred_of_two_is_sharper() -> None:
    levels = [measure(out_of_focus(sharp(), radius)).sharpness for radius in (0, 1, 2, 4)]
    assert levels == sorted(levels, reverse=True) and len(set(levels)) == 4


def test_exposure() -> None:
    assert measure(exposed(sharp(), 0.2)).exposure == "scura"
    assert measure(exposed(sharp(), 5)).exposure == "chiara"
    assert measure(exposed(sharp(), 1.3)).exposure is None


def test_the_night_with_lamps_and_a_white_page_are_exposed_well() -> None:
    night = Image.new("RGB", (1600, 1200), (12, 12, 20))
    page = Image.new("RGB", (1200, 1600), (255, 255, 255))
    for place in range(100, 1100, 60):
        ImageDraw.Draw(night).ellipse((place, 500, place + 50, 550), (255, 230, 180))
        ImageDraw.Draw(page).line((150, place, 1050, place), (200, 200, 200), 8)
    assert measure(night).exposure is None
    assert measure(page).exposure is None
