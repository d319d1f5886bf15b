"""RAW files: distinguished from TIFF, decoded upright from the preview or by developing."""

from __future__ import annotations

import pytest

from cercafoto.photos.decoding.picture import decode
from cercafoto.photos.decoding.source import DecodedImage
from tests.photos.test_formats import saved, shows_corners
from tests.photos.test_picture import corners
from tests.support.raw_file import dng


def looks_held(picture: DecodedImage, orientation: int) -> bool:
    """Whether the red half, at the left on the sensor, is where the EXIF orientation puts it."""
    image = picture.image
    ends = {1: (0.1, 0.5), 3: (0.9, 0.5), 6: (0.5, 0.1), 8: (0.5, 0.9)}
    x, y = ends[orientation]
    red, green, blue = image.getpixel((int(x * image.width), int(y * image.height)))  # type: ignore[misc]
    other = image.getpixel((int((1 - x) * (image.width - 1)), int((1 - y) * (image.height - 1))))
    return bool(red > 200 > blue and other[2] > 200 > other[0] and green < 100)  # type: ignore[index]


@pytest.mark.parametrize("orientation", [1, 3, 6, 8])
@pytest.mark.parametrize("preview", [None, (60, 40)])
def test_raw_without_a_large_preview_is_developed(orientation: int, preview: tuple | None) -> None:
    pytest.importorskip("rawpy")
    picture = decode(dng(orientation, preview), 64, "a.dng")
    assert (picture.width, picture.height) == ((240, 160) if orientation < 5 else (160, 240))
    assert looks_held(picture, orientation)
    assert picture.orientation == orientation
    assert (picture.facts.format, picture.facts.camera) == ("RAW", "Prova 1")


@pytest.mark.parametrize("orientation", [1, 3, 6, 8])
def test_a_preview_that_is_large_enough_is_taken(orientation: int) -> None:
    pytest.importorskip("rawpy")
    picture = decode(dng(orientation, (240, 160)), 64, "a.dng")
    red, green, blue = picture.image.getpixel((9, 9))  # type: ignore[misc]
    assert green > 200 > max(red, blue)
    assert (picture.image.width > picture.image.height) == (orientation < 5)


@pytest.mark.parametrize("orientation", [6, 8])
def test_a_preview_that_says_how_it_lies_is_turned_once(orientation: int) -> None:
    """The preview's pixels lie as on the sensor with a rotation in EXIF, or are upright already."""
    pytest.importorskip("rawpy")
    upright = decode(dng(orientation, (160, 240)), 64, "a.dng").image
    assert upright.width < upright.height
    lying = decode(dng(orientation, (240, 160), says=orientation), 64, "a.dng").image
    assert lying.width < lying.height


@pytest.mark.parametrize("name", ["a.dng", "a.tif", "a"])
def test_raw_is_told_from_tiff_by_its_content(name: str) -> None:
    pytest.importorskip("rawpy")
    for preview in (None, (60, 40)):
        assert decode(dng(1, preview), 64, name).facts.format == "RAW"
    ordinary = decode(saved(corners(), "TIFF"), 32, "a.nef")
    assert ordinary.facts.format == "TIFF"
    assert shows_corners(ordinary)
