"""Find the part of a photo that matches a text: a heat map, from one pass of the image tower.

The tower gives a vector for each patch of its input. A patch is hot if its vector is nearer to the
words than to the background captions. The map is stretched over the photo, and the box goes around
the hottest point. The vector of a patch also depends on its surroundings, so the map tells roughly
where to look, not where a thing ends.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw

from cercafoto.base.arrays import Floats
from cercafoto.models.encode.encoder import Encoder
from cercafoto.results.answer import NONE
from cercafoto.search.phrase import phrase_of

# Given views as the model takes them, [V, 3, H, W], and the direction of the thing, [D], return the
# vectors of the views, [V, D], and the heat of the parts of each view, row by row, [V, P]. P is a
# square number.
Look = Callable[[Floats, Floats], tuple[Floats, Floats]]

# Points of the map along the photo's longer side.
FINE = 128
# Most square views of a long photo, also of a panorama, that go through the tower.
MOST_VIEWS = 6
# Share of the photo that counts as cold; the thing may fill the rest.
COLD = 0.3
# The box goes around the points that are at least so hot (1 is the hottest) and connected with the
# hottest point.
BOX_FROM = 0.5

# Colour scale whose lightness grows evenly, so that hotter also looks brighter in grey and to the
# colour-blind: dark violet, magenta, orange, pale yellow.
_SCALE = np.array(
    [(24, 15, 62), (86, 20, 125), (155, 46, 127), (222, 73, 104), (254, 135, 96), (254, 198, 136),
     (252, 253, 191)],
    np.float32,
)  # fmt: skip
# Opacity of the hottest point; the coldest is transparent.
_MOST_OPAQUE = 0.78


@dataclass(frozen=True)
class Box:
    """A rectangle on a photo, its edges as shares of the photo's width and height, 0..1."""

    left: float
    top: float
    right: float
    bottom: float

    def pixels(self, size: tuple[int, int]) -> tuple[int, int, int, int]:
        """Return the edges in pixels of a picture of this size: left, top, right and bottom, the
        last two exclusive."""
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

    grid: heat over the whole photo, float32 [h, w], from 0 (coldest) to 1 (hottest).
    confidence: how likely the photo shows the thing at all, 0..1.
    box: the first of `things`, or a box around the hottest part; None if all parts are equally hot.
    things: boxes of the things that the text names, the surest first; () if none was seen.
    is_likely: whether the photo shows the thing, by the verdict on its confidence or by `things`.
    doubted: the text, if the model does not know it well; else ().
    """

    grid: Floats
    confidence: float
    box: Box | None
    things: tuple[Box, ...] = ()
    is_likely: bool = True
    doubted: tuple[str, ...] = ()

    @property
    def boxes(self) -> tuple[Box, ...]:
        """All boxes to show, the surest first."""
        return self.things or ((self.box,) if self.box else ())


def heat_of(encoder: Encoder, image: Image.Image, text: str) -> Heat:
    """Return the heat map of an upright RGB image for a text. Raises ModelError if the model gives
    no vectors of patches."""

    def look(pixels: Floats, direction: Floats) -> tuple[Floats, Floats]:
        vectors, patches = encoder.embed_patches(pixels)
        return vectors, patches @ direction

    return heat_from_views(encoder, image, text, look)


def heat_from_views(encoder: Encoder, image: Image.Image, text: str, look: Look) -> Heat:
    """Return the heat map of an image for a text. `look` measures the heat, on square views of the
    image or, if the model squeezes photos into a square, on the whole image."""
    words = encoder.embed_texts([text])
    preprocessing = encoder.preprocessing
    if preprocessing.resize == "exact":
        views = [(0, 0, image.width, image.height)]
    else:
        views = list(_square_views(image.size))
        # The model sees the whole view, not a crop of its middle.
        preprocessing = preprocessing._replace(resize_to=preprocessing.size)
    pixels = np.stack([preprocessing(image.crop(view)) for view in views])
    vectors, heats = look(pixels, words[0] - encoder.background.mean(axis=0))
    grid = _spread(heats, views, image.size)
    phrase = phrase_of(encoder, text)
    confidence = float(phrase.confidence(encoder, vectors).max())
    # The limits of a question are for the best of many photos: here the usual ones hold.
    is_likely = encoder.calibration.verdict(confidence) != NONE
    return Heat(grid, confidence, best_box(grid), is_likely=is_likely, doubted=phrase.doubted)


def _square_views(size: tuple[int, int]) -> Iterator[tuple[int, int, int, int]]:
    """Yield the largest squares of a photo, evenly spaced over its longer side and overlapping:
    left, top, right, bottom in pixels."""
    width, height = size
    short, long = min(size), max(size)
    number = min(math.ceil(long / short * 1.25), MOST_VIEWS) if long > short else 1
    for at in range(number):
        start = round((long - short) * at / max(number - 1, 1))
        across = (start, 0, start + short, short)
        yield across if width >= height else (0, start, short, start + short)


def _spread(heats: Floats, views: list[tuple[int, int, int, int]], size: tuple[int, int]) -> Floats:
    """Return the map over the whole photo, from 0 to 1. Where views overlap, their mean counts.

    heats: heat of the parts of each view, [V, P].
    views: left, top, right, bottom of each view in pixels.
    size: width and height of the photo.
    """
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
    if hot - cold < 1e-4:  # a picture of one colour: the difference is rounding
        return np.zeros((height, width), np.float32)
    mean[times == 0] = cold  # the views do not reach all of a very long panorama
    result: Floats = np.clip((mean - cold) / (hot - cold), 0.0, 1.0)
    return result


def best_box(grid: Floats) -> Box | None:
    """Return the box around the hot points of a heat map that are connected with the hottest point;
    None if all points are cold."""
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
    """Return the map as an RGBA image, transparent where it is cold. size: width and height."""
    grid = Image.fromarray((heat.grid * 255).round().astype(np.uint8), mode=None)
    return Image.fromarray(_colours()[np.asarray(grid.resize(size, Image.Resampling.BICUBIC))])


@cache
def _colours() -> npt.NDArray[np.uint8]:
    """Return the colours of 256 heats, from coldest to hottest: RGBA with opacity, [256, 4]."""
    values = np.linspace(0.0, 1.0, 256)
    places = np.linspace(0.0, 1.0, len(_SCALE))
    layers = [np.interp(values, places, _SCALE[:, channel]) for channel in range(3)]
    alpha = 255 * _MOST_OPAQUE * np.sqrt(values)
    return np.stack([*layers, alpha], axis=-1).round().astype(np.uint8)


def heat_picture(image: Image.Image, heat: Heat) -> Image.Image:
    """Return the photo with the map and the boxes painted over it, RGB."""
    layer = heat_layer(heat, image.size)
    picture = Image.alpha_composite(image.convert("RGBA"), layer).convert("RGB")
    stroke = max(2, round(max(image.size) / 300))
    draw = ImageDraw.Draw(picture)
    for box in heat.boxes:
        left, top, right, bottom = box.pixels(image.size)
        draw.rectangle((left, top, right - 1, bottom - 1), outline="white", width=stroke)
    return picture
