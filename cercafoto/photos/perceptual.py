"""Perceptual comparison: whether two files show the same picture to the eye, not to the byte.

A picture is known by a thumbnail of its brightness and by a hash of that. The hash (the signs of
64 low frequencies against their median, the usual "pHash") is a quick and generous first look.
What decides is the comparison of the thumbnails after laying one upon the other: shifting,
stretching, brightening one until it fits the other best, as a crop or a correction would have
moved it, and looking at the place where they still differ most. Copies then differ nowhere;
another moment of the same scene differs where something moved.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from cercafoto.base.arrays import Floats

Bytes = NDArray[np.uint8]
Bools = NDArray[np.bool_]

SIDE = 32  # cells of a thumbnail, across and down: one kilobyte a picture
HASH = 8  # frequencies of the hash, across and down: 64 bits
GRID = 8  # places that are compared apart, across and down
PAIRS = 512  # pairs laid upon each other at a time, so that memory does not grow with them


def thumbnail(image: Image.Image, side: int = SIDE) -> Bytes:
    """Shrink an upright picture to its brightness on side x side cells, uint8.

    Each is the mean of what it covers; the picture's proportions do not count.
    """
    grey = image.convert("L").resize((side, side), Image.Resampling.BOX)
    return np.asarray(grey, dtype=np.uint8)


def thumbnail_of(pixels: bytes, side: int = SIDE) -> Bytes:
    """Make the thumbnail of a picture that its decoder squeezed to side x side cells, RGB bytes."""
    return thumbnail(Image.frombytes("RGB", (side, side), pixels), side)


def _cosines() -> Floats:
    """Return the lowest HASH frequencies of a cosine transform of SIDE values, without the mean."""
    at = np.arange(SIDE) + 0.5
    return np.cos(np.pi / SIDE * np.arange(HASH + 1)[:, None] * at).astype(np.float32)


_COSINES = _cosines()


def hashes(thumbnails: Bytes) -> Bools:
    """Hash thumbnails [N, SIDE, SIDE] to bits [N, 64]: which frequencies exceed their median."""
    if not len(thumbnails):
        return np.empty((0, HASH * HASH), bool)
    spectrum = _COSINES @ thumbnails.astype(np.float32) @ _COSINES.T
    low = spectrum[:, 1:, 1:].reshape(len(thumbnails), -1)
    bits: Bools = low > np.median(low, axis=1, keepdims=True)
    return bits


@dataclass(frozen=True)
class Fit:
    """Comparison of pairs of thumbnails once laid upon each other, one value a pair.

    worst: root mean square difference in the place where it is largest, as a part of the second
        picture's contrast; infinite where a picture has no detail to go by.
    gain: by how much the first one's contrast must be multiplied.
    overlap: how much of the second picture the first shows too, 0..1.
    """

    worst: Floats
    gain: Floats
    overlap: Floats

    @property
    def same(self) -> Bools:
        """Tell whether the two are one picture."""
        return (
            (self.worst <= WORST)
            & (self.overlap >= OVERLAP)
            & (self.gain >= GAIN)
            & (self.gain <= 1 / GAIN)
        )


# Chosen on one half of 2,800 photos and measured on the other, see tests/bench/duplicates.py: 98
# to 100 % of each kind of copy differ less than WORST; of a million pairs of different photos the
# nearest that pass the hash are at 0.6, twice as far. Lower than it might be for the sake of
# series, where something small has moved.
HASH_BITS = 20
WORST = 0.3
OVERLAP = 0.75
GAIN = 0.5

# Steps of the fit, coarse to fine: (cells across, how often). Coarse steps see further.
STEPS = ((8, 4), (16, 4), (32, 4))
LARGEST = 0.25  # shift or stretch, as a part of half the picture
# The second look. Chosen on one half of 280 drawn papers and on 100 photos, measured on the other
# and on 315: of 9,730 pairs of papers 23 pass the first look and two this one, a sign with the same
# words and a ticket of the same form. Of copies that pass the first, all that were compressed,
# halved, brightened or made grey pass; of trimmed ones 98 % of photos, 80 % of papers.
FINE_SIDE = 64
FINE_STEPS = (*STEPS, (64, 3))
DAMAGED, ALIKE = 1, 0.55  # places that may differ, as something written on a copy does
TELLING = 0.1  # detail of a place, as a part of the mean one's, from which it tells anything
NOISE = 4.0  # the same in squares of grey levels
FLAT = 4.0  # contrast, in grey levels, below which there is nothing to compare


def fit(first: Bytes, second: Bytes) -> Fit:
    """Lay `first` upon `second`, both [P, SIDE, SIDE], and compare.

    Gauss-Newton on shift and stretch, across and down, and on brightness and contrast.
    """
    return _fit_of(*_best_alignment(first, second, STEPS))


def _best_alignment(
    first: Bytes, second: Bytes, steps: tuple[tuple[int, int], ...]
) -> tuple[Floats, Floats, Floats]:
    """Return what `_aligned` does for the best fit, at the full size of the thumbnails."""
    moved = np.zeros((len(first), 4), np.float32)  # stretch, shift across; stretch, shift down
    for cells, times in steps:
        a, b = _shrunk(first, cells), _shrunk(second, cells)
        for _ in range(times):
            moved = np.clip(moved + _alignment_step(a, b, moved), -LARGEST, LARGEST)
    return _aligned(a, b, moved)


def _shrunk(thumbnails: Bytes, cells: int) -> Floats:
    by = thumbnails.shape[-1] // cells
    shape = (len(thumbnails), cells, by, cells, by)
    result: Floats = thumbnails.astype(np.float32).reshape(shape).mean(axis=(2, 4))
    return result


def _cell_centres(cells: int) -> Floats:
    return ((np.arange(cells, dtype=np.float32) + 0.5) * 2 / cells - 1).astype(np.float32)


def _resampler(stretch: Floats, shift: Floats, cells: int) -> tuple[Floats, Floats]:
    """Build linear interpolations [P, cells, cells] at the moved centres of the cells.

    Returns also which of these centres lie within the picture, [P, cells].

    stretch, shift: [P].
    """
    at = _cell_centres(cells) * (1 + stretch[:, None]) + shift[:, None]
    place = (at + 1) * cells / 2 - 0.5
    inside = (np.abs(at) <= 1).astype(np.float32)
    place = np.clip(place, 0, cells - 1)
    weights = 1 - np.abs(place[:, :, None] - np.arange(cells, dtype=np.float32))
    return np.maximum(weights, 0).astype(np.float32), inside


def _aligned(a: Floats, b: Floats, moved: Floats) -> tuple[Floats, Floats, Floats]:
    """Return (first as moved, second, where both are), each [P, cells, cells]."""
    cells = a.shape[-1]
    across, x_in = _resampler(moved[:, 0], moved[:, 1], cells)
    down, y_in = _resampler(moved[:, 2], moved[:, 3], cells)
    laid = (down @ a @ across.transpose(0, 2, 1)).astype(np.float32)
    return laid, b, y_in[:, :, None] * x_in[:, None, :]


def _alignment_step(a: Floats, b: Floats, moved: Floats) -> Floats:
    """Compute one step towards a better fit: what to add to `moved`."""
    laid, b, both = _aligned(a, b, moved)
    pairs, cells = len(a), a.shape[-1]
    slope_y, slope_x = np.gradient(laid, axis=(1, 2))
    slope_y, slope_x = slope_y * cells / 2, slope_x * cells / 2  # per half picture
    x, y = _cell_centres(cells)[None, None, :], _cell_centres(cells)[None, :, None]
    gain, offset = _brightness(laid, b, both)
    g = gain[:, None, None]
    columns = np.stack(
        [g * slope_x * x, g * slope_x, g * slope_y * y, g * slope_y, laid, np.ones_like(laid)], -1
    )
    difference = (b - g * laid - offset[:, None, None]).reshape(pairs, -1, 1)
    columns = columns.reshape(pairs, -1, 6)
    weighted = columns * both.reshape(pairs, -1, 1)
    normal = weighted.transpose(0, 2, 1) @ columns
    # A ridge: where the picture has no detail in a direction, nothing moves in it.
    ridge = 1e-3 * np.trace(normal[:, :4, :4], axis1=1, axis2=2) / 4 + 1e-3
    normal[:, np.arange(6), np.arange(6)] += ridge[:, None]
    step = np.linalg.solve(normal, weighted.transpose(0, 2, 1) @ difference)[:, :4, 0]
    return np.clip(step, -0.1, 0.1).astype(np.float32)


def _brightness(a: Floats, b: Floats, both: Floats) -> tuple[Floats, Floats]:
    """Compute the gain and offset that bring a nearest to b where both are, [P] each."""
    n = both.sum(axis=(1, 2)) + 1e-6
    mean_a, mean_b = (a * both).sum(axis=(1, 2)) / n, (b * both).sum(axis=(1, 2)) / n
    off_a = (a - mean_a[:, None, None]) * both
    gain = (off_a * b).sum(axis=(1, 2)) / ((off_a * off_a).sum(axis=(1, 2)) + 1e-3)
    return gain, mean_b - gain * mean_a


def _fit_of(a: Floats, b: Floats, both: Floats) -> Fit:
    gain, offset = _brightness(a, b, both)
    n = both.sum(axis=(1, 2)) + 1e-6
    contrast = np.minimum(b.std(axis=(1, 2)), a.std(axis=(1, 2)) * np.abs(gain))
    residual = (b - gain[:, None, None] * a - offset[:, None, None]) * both
    by = SIDE // GRID
    shape = (len(a), GRID, by, GRID, by)
    # Smoothed first: laying one upon the other leaves an error at every edge, of both signs side
    # by side; something that moved leaves one of one sign.
    squares = (_smooth(residual) ** 2).reshape(shape).mean(axis=(2, 4))
    worst = np.sqrt(squares.max(axis=(1, 2))) / np.maximum(contrast, 1e-6)
    flat = (a.std(axis=(1, 2)) < FLAT) | (b.std(axis=(1, 2)) < FLAT)
    return Fit(np.where(flat, np.inf, worst).astype(np.float32), gain, n / SIDE**2)


def _smooth(values: Floats, reach: int = 1) -> Floats:
    """Average each cell with its neighbours, so many on each side, down and then across."""
    for axis in (1, 2):
        around = [np.roll(values, by, axis) for by in range(-reach, reach + 1)]
        values = np.mean(around, axis=0, dtype=np.float32)
    return values


def same_picture(first: Bytes, second: Bytes) -> Bools:
    """Tell whether each pair of thumbnails, [P, side, side] both, is one picture, mirrored or not.

    Of thumbnails of SIDE this is a look from afar; of FINE_SIDE the detail must be the same too.
    """
    result = np.zeros(len(first), bool)
    for version in (first, np.ascontiguousarray(first[:, :, ::-1])):
        for at in range(0, len(first), PAIRS):
            unmatched = np.flatnonzero(~result[at : at + PAIRS]) + at
            if len(unmatched):
                result[unmatched] = _same_upright(version[unmatched], second[unmatched])
    return result


def _same_upright(first: Bytes, second: Bytes) -> Bools:
    a, b = (_shrunk(each, SIDE).astype(np.uint8) for each in (first, second))
    at = np.flatnonzero((hashes(a) != hashes(b)).sum(axis=1) <= HASH_BITS)
    if len(at):
        at = at[fit(a[at], b[at]).same]
    if len(at) and first.shape[-1] == FINE_SIDE:
        at = at[worst_correlation(first[at], second[at]) >= ALIKE]
    result = np.zeros(len(first), bool)
    result[at] = True
    return result


def worst_correlation(first: Bytes, second: Bytes) -> Floats:
    """Return how alike the detail of pairs is where it differs most, but for DAMAGED places, [P]:
    from -1 to 1, the correlation of what differs from the surroundings; 1 without any detail."""
    a, b, both = _best_alignment(first, second, FINE_STEPS)
    a, b = (a - _smooth(_smooth(a, 2), 2)) * both, (b - _smooth(_smooth(b, 2), 2)) * both
    together, alone, other = _place_means(a * b), _place_means(a * a), _place_means(b * b)
    detail = np.sqrt(alone * other)
    telling = detail >= np.maximum(TELLING * detail.mean(axis=1, keepdims=True), NOISE)
    alike = np.where(telling, together / np.maximum(detail, 1e-6), 1.0)
    result: Floats = np.sort(alike, axis=1)[:, DAMAGED].astype(np.float32)
    return result


def _place_means(values: Floats) -> Floats:
    """Average over each of GRID x GRID places, [P, GRID * GRID]."""
    by = values.shape[-1] // GRID
    result: Floats = values.reshape(len(values), GRID, by, GRID, by).mean(axis=(2, 4))
    return result.reshape(len(values), GRID * GRID)
