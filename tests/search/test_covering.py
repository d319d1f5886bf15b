"""Test heat maps made by covering parts of a photo."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import onnx
import pytest
from PIL import Image

from cercafoto.errors import ModelError
from cercafoto.models.encode.encoder import Encoder
from cercafoto.models.model_folder import ModelFolder
from cercafoto.search.covering import CELLS, _places, locate_by_covering
from cercafoto.search.heat_map import heat_of
from tests.search.test_heat_map import BLUE, GREEN, RED, cropping, parted


@pytest.fixture
def encoder(tiny: Path) -> Encoder:
    return Encoder(ModelFolder.open(tiny), threads=1)


@pytest.mark.parametrize(("word", "side"), [("rosso", "left"), ("blu", "right")])
def test_covering_the_thing_lowers_the_score_most(encoder: Encoder, word: str, side: str) -> None:
    heat = locate_by_covering(encoder, parted(RED, BLUE), word)
    left, right = heat.grid[:, :32].mean(), heat.grid[:, 96:].mean()
    assert (left > 2 * right) if side == "left" else (right > 2 * left)
    assert heat.box is not None
    middle = (heat.box.left + heat.box.right) / 2
    assert (middle < 0.4) if side == "left" else (middle > 0.6)


def test_it_tells_the_row_from_the_column(encoder: Encoder) -> None:
    photo = Image.new("RGB", (400, 400), GREEN)
    photo.paste(RED, (250, 50, 350, 150))  # right and high
    grid = locate_by_covering(encoder, photo, "rosso").grid
    row, column = np.unravel_index(int(grid.argmax()), grid.shape)
    assert 50 <= (row + 0.5) / 128 * 400 < 150
    assert 250 <= (column + 0.5) / 128 * 400 < 350


def test_both_methods_give_the_same_confidence(encoder: Encoder) -> None:
    photo = parted(RED, BLUE)
    covered, seen = (f(encoder, photo, "rosso") for f in (locate_by_covering, heat_of))
    assert covered.confidence == pytest.approx(seen.confidence, abs=1e-5)
    assert np.corrcoef(covered.grid.ravel(), seen.grid.ravel())[0, 1] > 0.8


def test_every_cell_is_covered_equally_often() -> None:
    for side in (1, 2, 4):
        times = np.zeros((CELLS, CELLS), int)
        for top, bottom, left, right in _places(side):
            assert top < bottom and left < right
            times[top:bottom, left:right] += 1
        assert (times == side**2).all()


def test_a_model_that_crops_sees_the_ends_of_a_long_photo(tiny: Path, tmp_path: Path) -> None:
    encoder = cropping(tiny, tmp_path / "m")
    photo = parted(RED, GREEN, GREEN, GREEN, BLUE)
    for word, ends in (("rosso", slice(None, 24)), ("blu", slice(-24, None))):
        grid = locate_by_covering(encoder, photo, word).grid
        assert grid[:, ends].mean() > 2 * grid[:, 40:-40].mean()


def test_a_model_without_patches_can_use_covering(tiny: Path, tmp_path: Path) -> None:
    folder = tmp_path / "m"
    shutil.copytree(tiny, folder)
    graph = onnx.load(folder / "image.onnx")
    del graph.graph.output[1]
    onnx.save(graph, folder / "image.onnx")
    encoder = Encoder(ModelFolder.open(folder), threads=1)
    with pytest.raises(ModelError, match="non sa dire dove"):
        heat_of(encoder, parted(RED, BLUE), "rosso")
    assert locate_by_covering(encoder, parted(RED, BLUE), "rosso").box is not None
