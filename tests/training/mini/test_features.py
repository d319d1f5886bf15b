"""Test that features of photos are kept by what the photos show."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image

from cercafoto.base.arrays import Floats
from cercafoto.photos.preprocessing import Preprocessing
from cercafoto.training.mini.features import photo_features

PREPROCESSING = Preprocessing(8, "exact", 8, "bicubic", (0.0, 0.0, 0.0), (1.0, 1.0, 1.0))


def means(pixels: Floats) -> tuple[Floats, Floats]:
    """Stand in for a tower: one look, whose features are the means of the three channels, and
    whose map is the pixels."""
    return pixels.mean((2, 3))[np.newaxis], pixels[np.newaxis]


def photo(path: Path, colour: str) -> Path:
    path.parent.mkdir(exist_ok=True)
    Image.new("RGB", (20, 20), colour).save(path)
    return path


def test_the_cache_tells_photos_of_one_name_apart(tmp_path: Path) -> None:
    def features(path: Path) -> list[float]:
        cache = tmp_path / "cache"
        found, maps = photo_features([path], means, PREPROCESSING, 2, 0, cache, "means")
        assert found.shape == (2, 1, 3)
        assert maps[0, 0].mean((1, 2)).round().tolist() == found[0, 0].round().tolist()
        return found[0, 0].round().tolist()

    red, blue = photo(tmp_path / "a" / "1.png", "red"), photo(tmp_path / "b" / "1.png", "blue")
    assert features(red) == [1, 0, 0]
    assert features(blue) == [0, 0, 1]  # the same name in another folder
    photo(red, "lime")
    assert features(red) == [0, 1, 0]  # another picture under the same path
    red.rename(moved := tmp_path / "1.png")
    assert features(moved) == [0, 1, 0]
    assert len([*(tmp_path / "cache").iterdir()]) == 9  # two views and a map of each
