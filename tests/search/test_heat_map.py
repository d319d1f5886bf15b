"""Test heat maps on photos whose parts are known."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from cercafoto.models.encode.encoder import Encoder
from cercafoto.models.model_folder import ModelFolder
from cercafoto.photos.decoding.picture import open_upright
from cercafoto.search.heat_map import Box, Heat, heat_layer, heat_of, heat_picture
from cercafoto.search.searched_as import DOUBT
from tests.demo import collect
from tests.support.known_words import all_but

RED, GREEN, BLUE = (250, 10, 10), (10, 250, 10), (10, 10, 250)


@pytest.fixture
def encoder(tiny: Path) -> Encoder:
    return Encoder(ModelFolder.open(tiny))


def parted(*colours: tuple[int, int, int], size: tuple[int, int] = (40, 40)) -> Image.Image:
    """Return an image of areas of one colour side by side, each of this size."""
    picture = Image.new("RGB", (size[0] * len(colours), size[1]))
    for at, colour in enumerate(colours):
        picture.paste(colour, (at * size[0], 0, (at + 1) * size[0], size[1]))
    return picture


@pytest.mark.parametrize(("word", "side"), [("rosso", "left"), ("blu", "right")])
def test_the_part_asked_for_is_hot_and_the_rest_is_cold(
    encoder: Encoder, word: str, side: str
) -> None:
    heat = heat_of(encoder, parted(RED, BLUE), word)
    assert heat.grid.shape == (64, 128) and heat.grid.dtype == np.float32
    assert heat.grid.min() == 0.0 and heat.grid.max() == 1.0
    left, right = heat.grid[:, :32].mean(), heat.grid[:, 96:].mean()
    assert (left > 0.9 and right < 0.1) if side == "left" else (right > 0.9 and left < 0.1)
    assert heat.box is not None
    assert heat.box.left == (0.0 if side == "left" else pytest.approx(0.5, abs=0.1))
    assert heat.box.right == (1.0 if side == "right" else pytest.approx(0.5, abs=0.1))
    assert (heat.box.top, heat.box.bottom) == (0.0, 1.0)


def test_a_picture_of_one_colour_has_no_part_that_stands_out(encoder: Encoder) -> None:
    heat = heat_of(encoder, parted(RED), "rosso")
    assert not heat.grid.any() and heat.box is None
    assert heat.confidence > 0.5  # it is there all the same
    assert heat_of(encoder, parted(RED), "blu").confidence < 0.5


def test_a_word_that_the_model_does_not_know_is_trusted_as_little_as_in_a_search(
    encoder: Encoder,
) -> None:
    sure = heat_of(encoder, parted(BLUE), "blu")
    assert sure.is_likely and not sure.doubted
    encoder.known_words = all_but(encoder, "blu")
    unsure = heat_of(encoder, parted(BLUE), "blu")
    assert unsure.confidence == pytest.approx(DOUBT * sure.confidence)
    assert unsure.doubted == ("blu",)
    assert not heat_of(encoder, parted(RED), "blu").is_likely


def cropping(tiny: Path, folder: Path) -> Encoder:
    """Return the same encoder, except that it crops the middle of a photo."""
    import json
    import shutil

    shutil.copytree(tiny, folder)
    description = json.loads((folder / "model.json").read_text("utf-8"))
    description["image"] |= {"resize": "shortest", "resize_to": 40}
    (folder / "model.json").write_text(json.dumps(description), "utf-8")
    return Encoder(ModelFolder.open(folder))


@pytest.mark.parametrize("turn", [False, True])
def test_a_model_that_crops_sees_the_ends_of_a_long_photo(
    tiny: Path, tmp_path: Path, turn: bool
) -> None:
    encoder = cropping(tiny, tmp_path / "m")
    photo = parted(RED, GREEN, GREEN, GREEN, BLUE)
    photo = photo.transpose(Image.Transpose.ROTATE_270) if turn else photo  # red on top
    for word, first in (("rosso", True), ("blu", False)):
        grid = heat_of(encoder, photo, word).grid
        grid = grid.T if turn else grid
        assert grid.shape[1] == 128
        ends = grid[:, :20].mean(), grid[:, -20:].mean()
        assert (ends[0] > 0.8 and ends[1] < 0.1) if first else (ends[1] > 0.8 and ends[0] < 0.1)


def test_the_box_holds_the_hottest_part_only() -> None:
    from cercafoto.search.heat_map import best_box

    grid = np.zeros((10, 20), np.float32)
    grid[2:4, 3:6] = 1.0
    grid[7:9, 12:15] = 0.9  # another warm part, apart
    assert best_box(grid) == Box(3 / 20, 2 / 10, 6 / 20, 4 / 10)
    assert Box(3 / 20, 2 / 10, 6 / 20, 4 / 10).pixels((200, 100)) == (30, 20, 60, 40)


def test_colours_grow_brighter_with_heat() -> None:
    ramp = Heat(np.linspace(0, 1, 64, dtype=np.float32)[None].repeat(8, 0), 1.0, None)
    layer = np.asarray(heat_layer(ramp, (64, 8)), np.float32)
    light = layer[4, :, :3] @ np.array([0.2126, 0.7152, 0.0722])
    assert (np.diff(light) > 0).all()
    # The scale is even: no tenth is over three times another, unlike a scale by hue.
    steps = np.diff(light[::6])
    assert steps.max() < 3 * steps.min()
    assert layer[4, 0, 3] == 0 and (np.diff(layer[4, :, 3]) >= 0).all()


def test_the_picture_has_the_size_of_its_photo_and_the_box_on_it(encoder: Encoder) -> None:
    photo = parted(RED, BLUE, size=(300, 200))
    picture = heat_picture(photo, heat_of(encoder, photo, "blu"))
    assert (picture.size, picture.mode) == ((600, 200), "RGB")
    assert picture.getpixel((5, 100)) == RED
    assert picture.getpixel((599, 100)) == (255, 255, 255)  # the edge of the box


@pytest.mark.parametrize(
    ("name", "words", "point"),
    [
        ("astronaut.png", "un razzo", (0.85, 0.25)),
        ("astronaut.png", "una bandiera", (0.08, 0.3)),
        ("motorcycle_left.png", "una motocicletta", (0.5, 0.55)),
        ("china.jpg", "un tempio", (0.32, 0.5)),
        ("coffee.png", "una tazza", (0.5, 0.3)),
    ],
)
def test_mini_finds_the_part_of_a_photo(
    mini: Encoder, tmp_path: Path, name: str, words: str, point: tuple[float, float]
) -> None:
    """The map is warmer at a point of the thing than over most of the photo."""
    pytest.importorskip("skimage", reason="the demo's photos are in the scikit-image wheel")
    pytest.importorskip("sklearn", reason="the demo's photos are in the scikit-learn wheel")
    heat = heat_of(mini, open_upright(collect(tmp_path / "foto") / name, 640), words)
    height, width = heat.grid.shape
    here = heat.grid[int(point[1] * height), int(point[0] * width)]
    assert (heat.grid < here).mean() > 0.7
