"""Measure how sharp a picture is, whether motion or focus blurred it, and how it is exposed.

Sharp detail changes much from a pixel to the next, compared with how much it changes over four
pixels; blur takes the first and leaves the second. Both are measured in four directions, in tiles:
motion blurs one direction only, and what lies before or behind a sharp subject may be blurred. So
the blurriest direction counts, of the sharpest tiles. A tile counts only if it shows something in
every direction, well above the noise: a picture of sky or fog is neither sharp nor blurred.

docs/quality.md has the figures from which the thresholds were chosen.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from PIL import Image

from cercafoto.base.arrays import Floats
from cercafoto.base.photo_quality import BLURRED, BRIGHT, DARK, MOVED, SHARP

SIDE = 1600  # pixels of the long side of the pictures to measure; they are measured at half of it
LEAST_SIDE = 480  # a smaller picture tells nothing
TILES = 16  # along the long side
DIRECTIONS = ((0, 1), (1, 0), (1, 1), (1, -1))  # (down, right); the second is across the first
STEPS = (1, 2, 4)  # pixels
LEAST_CHANGE = 100.0  # squared grey levels over four pixels; a tile with less shows nothing
ABOVE_NOISE = 6.0  # the same, as a multiple of the noise
LEAST_TILES = 4
SHARPEST = 90  # percentile of the tiles that show something
BLURRED_BELOW, SHARP_FROM = 0.13, 0.18
MOVED_FROM = 0.15  # how much two directions across each other differ, as a logarithm

DARK_BELOW = 105  # grey level that 99 pixels in 100 do not reach; at night lamps do
WHITE = 250  # grey level from which a pixel shows nothing any more
LEAST_WHITE = 0.3  # share of such pixels
MOST_DARKER = (100, 0.2)  # grey level, and the share of pixels below it
# A page, a drawing or a thing cut out has a white edge all around, and is not overexposed.
MOST_WHITE_EDGE = 0.9


class Measured(NamedTuple):
    """What a picture looks like.

    clarity: SHARP, BLURRED or MOVED; None if it is between, or shows too little.
    exposure: DARK or BRIGHT; None if neither.
    sharpness: to compare photos of one scene; None if the picture shows too little.
    """

    clarity: str | None
    exposure: str | None
    sharpness: float | None


def measure(image: Image.Image) -> Measured:
    """Return how sharp and how exposed an RGB picture is, whose long side has SIDE pixels, or fewer
    if its file has fewer."""
    return measure_grey(np.asarray(image.convert("L").reduce(2), np.float32))


def measure_grey(grey: Floats) -> Measured:
    """Return what `measure` does of a grey picture [H, W] of half the size."""
    sharpness, motion = blur_of(grey) if 2 * max(grey.shape) >= LEAST_SIDE else (None, 0.0)
    return Measured(_clarity(sharpness, motion), exposure_of(grey), sharpness)


def _clarity(sharpness: float | None, motion: float) -> str | None:
    if sharpness is None or BLURRED_BELOW <= sharpness < SHARP_FROM:
        return None
    if sharpness >= SHARP_FROM:
        return SHARP
    return MOVED if motion >= MOVED_FROM else BLURRED


def blur_of(grey: Floats) -> tuple[float | None, float]:
    """Return the sharpness of a picture [H, W], None if it shows too little, and how much more one
    direction is blurred than the one across."""
    changes = _changes(grey)
    if changes is None:
        return None, 0.0
    # Noise adds the same to the change over any distance, detail four times as much over two pixels
    # as over one at most. The flattest tiles show little but noise.
    least_noise = (4 * changes[:, 0] - changes[:, 1]).mean(axis=0) / 3
    noise = max(0.0, float(np.percentile(least_noise, 5)))
    changes = np.maximum(changes - noise, 0)
    least = changes[:, 2].min(axis=0)
    counted = changes[:, :, least > max(LEAST_CHANGE, ABOVE_NOISE * noise)]
    if counted.shape[2] < LEAST_TILES:
        return None, 0.0
    sharpness = np.percentile((counted[:, 0] / counted[:, 2]).min(axis=0), SHARPEST)
    whole = counted.sum(axis=2)
    # Over two pixels, since compression adds edges from a pixel to the next. Never 0: the smallest
    # part of the change over four pixels that a blurred edge leaves is a quarter.
    ratio = np.log(np.maximum(whole[:, 1] / whole[:, 2], 1e-3))
    return float(sharpness), float(np.hypot(ratio[0] - ratio[1], ratio[2] - ratio[3]))


def _changes(grey: Floats) -> Floats | None:
    """Return the mean squared change of each tile [direction, step, tile]; None for a picture with
    less than a tile."""
    margin, tile = STEPS[-1], max(grey.shape) // TILES
    rows, columns = ((side - 2 * margin) // tile for side in grey.shape)
    if rows < 1 or columns < 1:
        return None
    height, width = rows * tile, columns * tile

    def at(down: int, right: int) -> Floats:
        top, left = margin + down, margin + right
        return grey[top : top + height, left : left + width]

    def in_tiles(down: int, right: int) -> Floats:
        squared = np.square(at(down, right) - at(0, 0))
        means: Floats = squared.reshape(rows, tile, columns, tile).mean(axis=(1, 3)).ravel()
        return means

    return np.array(
        [[in_tiles(step * y, step * x) for step in STEPS] for y, x in DIRECTIONS], np.float32
    )


def exposure_of(grey: Floats) -> str | None:
    """Return DARK or BRIGHT for a picture [H, W] that is; None for one that is neither."""
    if np.percentile(grey, 99) < DARK_BELOW:
        return DARK
    white = grey >= WHITE
    level, share = MOST_DARKER
    if white.mean() < LEAST_WHITE or (grey < level).mean() > share:
        return None
    edge = np.concatenate([white[0], white[-1], white[:, 0], white[:, -1]])
    return BRIGHT if edge.mean() <= MOST_WHITE_EDGE else None
