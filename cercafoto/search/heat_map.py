"""Find the part of a photo that matches a text: a map of heat, from one pass of the image tower.

The tower says what each patch of its input looks like. A patch is hot where it is nearer to the
words than to the fixed background captions; the map is spread over the photo, and the part around
its hottest point is the box. What a patch sees reaches beyond its edges, so the map tells roughly
where to look, not where a thing ends.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cache

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw

from cercafoto.base.arrays import Floats
from cercafoto.models.encode.encoder import Encoder

# Views as the model takes them, [V, 3, H, W], and the direction of what is sought, [D] -> the
# vectors of the views, [V, D], and how hot each of their parts is, a square of them, [V, P].
Look = Callable[[Floats, Floats], tuple[Floats, Floats]]

# Points of the map along the photo's longer side.
FINE = 128
# Square views of a long photo that go through the tower; a panorama gets no more.
MOST_VIEWS = 6
# A share of the photo that counts as cold through and through: what is sought may fill the rest.
COLD = 0.3
# The box goes around what is at least so hot, out of 1, and touches the hottest point.
BOX_FROM = 0.5

# Control points of a colour scale whose lightness grows evenly, so that hotter always looks
# brighter, in grey and to the colour-blind too: dark violet, magenta, orange, pale yellow.
_SCALE = np.array(
    [(24, 15, 62), (86, 20, 125), (155, 46, 127), (222, 73, 104), (254, 135, 96), (254, 198, 136),
     (252, 253, 191)],
    np.float32,
)  # fmt: skip
# What is cold stays uncovered; the hottest lets the photo through all the same.
_MOST_OPAQUE = 0.78


@dataclass(frozen=True)
class Box:
    """Edges as shares of the photo's width and height, 0..1."""

    left: float
    top: float
    right: float
    bottom: float

    def pixels(self, size: tuple[int, int]) -> tuple[int, int, int, int]:
        """Scale to a picture of this size: left, top, right, bottom, the last two not included."""
        width, height = size
        return (
            math.floor(self.left * width),
            math.floor(self.top * height),
            math.ceil(self.right * width),
            math.ceil(self.bottom * height),
        )


@dataclass(frozen=True)
class Heat:
    """A heat map of one photo and one text.

    grid: float32 [h, w] over the whole photo, 0 (as cold as its coldest parts) to 1 (the hottest
        point).
    confidence: how likely the photo is to show the thing at all, 0..1.
    box: None where no part of the photo differs from the others.
    """

    grid: Floats
    confidence: float
    box: Box | None


def heat_of(encoder: Encoder, image: Image.Image, text: str) -> Heat:
    """Find where the words show in an upright RGB picture. Raises ModelError as `Encoder` does."""

    def look(pixels: Floats, direction: Floats) -> tuple[Floats, Floats]:
        pictures, patches = encoder.embed_patches(pixels)
        return pictures, patches @ direction

    return heat_from_views(encoder, image, text, look)


def heat_from_views(encoder: Encoder, image: Image.Image, text: str, look: Look) -> Heat:
    """Make the map of the views of a photo that `look` asks for."""
    words = encoder.embed_texts([text])
    preprocessing = encoder.preprocessing
    if preprocessing.resize == "exact":
        views = [(0, 0, image.width, image.height)]
    else:
        views = list(_square_views(image.size))
        # The whole of each view, not its middle.
        preprocessing = replace(preprocessing, resize_to=preprocessing.size)
    pixels = np.stack([preprocessing(image.crop(view)) for view in views])
    pictures, heats = look(pixels, words[0] - encoder.background.mean(axis=0))
    grid = _spread(heats, views, image.size)
    confidence = float(encoder.confidence(pictures, words).max())
    return Heat(grid, confidence, best_box(grid))


def _square_views(size: tuple[int, int]) -> Iterator[tuple[int, int, int, int]]:
    """List squares as large as the photo allows, evenly over its longer side, each a little over
    the next."""
    width, height = size
    short, long = min(size), max(size)
    number = min(math.ceil(long / short * 1.25), MOST_VIEWS) if long > short else 1
    for at in range(number):
        start = round((long - short) * at / max(number - 1, 1))
        across = (start, 0, start + short, short)
        yield across if width >= height else (0, start, short, start + short)


def _spread(heats: Floats, views: list[tuple[int, int, int, int]], size: tuple[int, int]) -> Floats:
    """Join heats [V, P], a square of patches for each view, into the map, normalised. Where views
    lie over each other, their mean."""
    scale = FINE / max(size)
    width, height = (max(1, round(side * scale)) for side in size)
    total = np.zeros((height, width), np.float32)
    times = np.zeros((height, width), np.float32)
    side = math.isqrt(heats.shape[1])
    for heat, view in zip(heats, views, strict=True):
        left, top, right, bottom = (round(edge * scale) for edge in view)
        right, bottom = min(max(right, left + 1), width), min(max(bottom, top + 1), height)
        coarse = Image.fromarray(heat.reshape(side, side).astype(np.float32), mode=None)
        fine = coarse.resize((right - left, bottom - top), Image.Resampling.BICUBIC)
        total[top:bottom, left:right] += np.asarray(fine, np.float32)
        times[top:bottom, left:right] += 1
    mean = total / np.maximum(times, 1)
    values = mean[times > 0]
    cold, hot = float(np.quantile(values, COLD)), float(values.max())
    if hot - cold < 1e-4:  # a picture of one colour: rounding is no heat
        return np.zeros((height, width), np.float32)
    mean[times == 0] = cold  # beyond the views of a very long panorama
    result: Floats = np.clip((mean - cold) / (hot - cold), 0.0, 1.0)
    return result


def best_box(grid: Floats) -> Box | None:
    """Draw a box around the hot points that hang together with the hottest."""
    if not grid.any():
        return None
    hot = grid >= BOX_FROM
    height, width = grid.shape
    row, column = np.unravel_index(int(grid.argmax()), grid.shape)
    start = (int(row), int(column))
    region, ahead = {start}, [start]
    while ahead:
        y, x = ahead.pop()
        for near in ((y - 1, x), (y + 1, x), (y, x - 1), (y, x + 1)):
            inside = 0 <= near[0] < height and 0 <= near[1] < width
            if inside and near not in region and hot[near]:
                region.add(near)
                ahead.append(near)
    rows, columns = [y for y, _ in region], [x for _, x in region]
    return Box(
        min(columns) / width,
        min(rows) / height,
        (max(columns) + 1) / width,
        (max(rows) + 1) / height,
    )


def heat_layer(heat: Heat, size: tuple[int, int]) -> Image.Image:
    """Paint the map alone, RGBA of this size: what is cold is transparent."""
    grid = Image.fromarray((heat.grid * 255).round().astype(np.uint8), mode=None)
    return Image.fromarray(_colours()[np.asarray(grid.resize(size, Image.Resampling.BICUBIC))])


@cache
def _colours() -> npt.NDArray[np.uint8]:
    """Return the colour and opacity of each heat from 0 to 255: RGBA, [256, 4]."""
    values = np.linspace(0.0, 1.0, 256)
    places = np.linspace(0.0, 1.0, len(_SCALE))
    layers = [np.interp(values, places, _SCALE[:, channel]) for channel in range(3)]
    alpha = 255 * _MOST_OPAQUE * np.sqrt(values)
    return np.stack([*layers, alpha], axis=-1).round().astype(np.uint8)


def heat_picture(image: Image.Image, heat: Heat) -> Image.Image:
    """Paint the map over its photo, RGB, with the box."""
    layer = heat_layer(heat, image.size)
    picture = Image.alpha_composite(image.convert("RGBA"), layer).convert("RGB")
    if heat.box is not None:
        stroke = max(2, round(max(image.size) / 300))
        left, top, right, bottom = heat.box.pixels(image.size)
        draw = ImageDraw.Draw(picture)
        draw.rectangle((left, top, right - 1, bottom - 1), outline="white", width=stroke)
    return picture
