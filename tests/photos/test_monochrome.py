"""Tests that monochrome pictures are told from pictures with little colour."""

from __future__ import annotations

import io

import pytest
from PIL import Image, ImageDraw, ImageOps

from cercafoto.photos.monochrome import is_monochrome


def grey(size: tuple[int, int] = (600, 400)) -> Image.Image:
    return Image.effect_noise(size, 90).convert("L")


def sepia() -> Image.Image:
    return ImageOps.colorize(grey(), "#1c1108", "#f4e8d0", mid="#8c7458")


def coloured() -> Image.Image:
    return Image.merge("RGB", [grey(), grey(), grey()])


def as_jpeg(image: Image.Image, quality: int = 75) -> Image.Image:
    data = io.BytesIO()
    image.save(data, "JPEG", quality=quality)
    return Image.open(data).convert("RGB")


def lit(side: int) -> Image.Image:
    """Draw a night with one red light, `side` pixels wide out of 600."""
    night = Image.new("RGB", (600, 400), (8, 8, 8))
    ImageDraw.Draw(night).ellipse((300, 200, 300 + side, 200 + side), fill=(250, 20, 10))
    return night


@pytest.mark.parametrize(
    ("image", "expected"),
    [
        (grey().convert("RGB"), True),
        (as_jpeg(grey().convert("RGB")), True),
        (as_jpeg(sepia()), True),
        (Image.new("RGB", (40, 30), (200, 200, 200)), True),
        (as_jpeg(coloured()), False),
        (Image.new("RGB", (40, 30), (200, 10, 10)), False),  # of one colour, and that is one
        (as_jpeg(lit(40)), False),
        (lit(3), True),  # a point that nobody sees
        (Image.new("RGB", (1, 1), (9, 9, 9)), True),
    ],
)
def test_monochrome(image: Image.Image, expected: bool) -> None:
    assert is_monochrome(image) is expected


def test_two_tones_are_colour() -> None:
    halves = Image.new("RGB", (600, 400), (120, 118, 110))
    halves.paste((110, 120, 135), (0, 0, 300, 400))
    assert not is_monochrome(halves)
