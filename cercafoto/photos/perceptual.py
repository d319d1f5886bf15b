"""Find out whether two pictures look the same, even if their bytes differ.

Pictures are compared by small brightness thumbnails. A hash of them (the usual "pHash": whether
each of 64 low frequencies exceeds their median) quickly rules out most pairs. For the others, one
thumbnail is aligned with the other: shifted, stretched and brightened until it fits best, as a crop
or a correction would have changed it. The tile where the two still differ most decides: copies
differ nowhere, another moment of the same scene differs where something moved.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from cercafoto.base.arrays import Floats

Bytes = NDArray[np.uint8]
Bools = NDArray[np.bool_]

SIDE = 32  # side of a thumbnail in pixels: one kilobyte a picture
HASH = 8  # frequencies of the hash in each direction: 64 bits
GRID = 8  # tiles of a thumbnail in each direction, each compared by itself
PAIRS = 512  # pairs aligned at a time, to bound memory


def thumbnail(image: Image.Image, side: int = SIDE) -> Bytes:
    """Return an upright picture as uint8 brightness [side, side]. Its aspect ratio is ignored.

    Each pixel is the mean of the area that it covers.
    """
    grey = image.convert("L").resize((side, side), Image.Resampling.BOX)
    return np.asarray(grey, dtype=np.uint8)


def thumbnail_of(pixels: bytes, side: int = SIDE) -> Bytes:
    """Return the thumbnail of a picture whose decoder squeezed it to side x side RGB pixels."""
    return thumbnail(Image.frombytes("RGB", (side, side), pixels), side)


# The HASH + 1 lowest cosine functions of SIDE values, the constant one first.
_COSINES = np.cos(np.pi / SIDE * np.arange(HASH + 1)[:, None] * (np.arange(SIDE) + 0.5)).astype(
    np.float32
)


def hashes(thumbnails: Bytes) -> Bools:
    """Return the hashes [N, 64] of thumbnails [N, SIDE, SIDE]: True for a frequency above the
    median of its thumbnail."""
    if not len(thumbnails):
        return np.empty((0, HASH * HASH), bool)
    spectrum = _COSINES @ thumbnails.astype(np.float32) @ _COSINES.T
    low = spectrum[:, 1:, 1:].reshape(len(thumbnails), -1)
    bits: Bools = low > np.median(low, axis=1, keepdims=True)
    return bits


@dataclass(frozen=True)
class Fit:
    """Comparison of pairs of aligned thumbnails, one value per pair.

    worst: root mean square difference in the tile where it is largest, divided by the pictures'
        contrast; infinite if a picture is too flat to compare.
    gain: factor that brings the contrast of the first picture to that of the second.
    overlap: share of the second picture that the first shows too, 0..1.
    """

    worst: Floats
    gain: Floats
    overlap: Floats

    @property
    def same(self) -> Bools:
        """Whether the two thumbnails of each pair show the same picture, [P]."""
        return (
            (self.worst <= WORST)
            & (self.overlap >= OVERLAP)
            & (self.gain >= GAIN)
            & (self.gain <= 1 / GAIN)
        )


# Limits for the same picture, chosen on one half of 2,800 photos and measured on the other (see
# tests/bench/duplicates.py): 98 to 100 % of each kind of copy differ less than WORST; of a million
# pairs of different photos the nearest that pass the hash differ by 0.6. WORST is no higher because
# of bursts, where something small has moved.
HASH_BITS = 20
WORST = 0.3
OVERLAP = 0.75
GAIN = 0.5

# Alignment, coarse to fine: (side in pixels, number of iterations). Coarse steps find large shifts.
STEPS = ((8, 4), (16, 4), (32, 4))
LARGEST = 0.25  # largest shift or stretch, as a share of half the picture
# A second, finer comparison. Chosen on one half of 280 drawn documents and on 100 photos, measured
# on the other half and on 315 photos: of 9,730 pairs of documents 23 pass the first comparison and
# two this one, a sign with the same words and a ticket of the same form. Of copies that pass the
# first, all that were compressed, halved, brightened or made grey pass; of trimmed copies 98 % of
# photos and 80 % of documents.
FINE_SIDE = 64
FINE_STEPS = (*STEPS, (64, 3))
DAMAGED = 1  # tiles that may differ, such as handwriting on a copy
ALIKE = 0.55  # lowest correlation of the other tiles
TELLING = 0.1  # least detail of a tile that counts, as a share of the mean detail of all tiles
NOISE = 4.0  # the same, in squared grey levels
FLAT = 4.0  # least contrast, in grey levels, that can be compared


def fit(first: Bytes, second: Bytes) -> Fit:
    """Return the comparison of each thumbnail of `first`, after it is aligned with its partner in
    `second`; both are [P, SIDE, SIDE].

    The alignment is Gauss-Newton on shift and stretch in x and y, brightness and contrast.
    """
    return _fit_of(*_best_alignment(first, second, STEPS))


def _best_alignment(
    first: Bytes, second: Bytes, steps: tuple[tuple[int, int], ...]
) -> tuple[Floats, Floats, Floats]:
    """Return the result of `_aligned` for the best alignment, at the size of the last step."""
    moved = np.zeros((len(first), 4), np.float32)  # stretch and shift in x, stretch and shift in y
    for cells, times in steps:
        a, b = _shrunk(first, cells), _shrunk(second, cells)
        for _ in range(times):
            moved = np.clip(moved + _alignment_step(a, b, moved), -LARGEST, LARGEST)
    return _aligned(a, b, moved)


def _shrunk(thumbnails: Bytes, cells: int) -> Floats:
    """Return thumbnails [P, side, side] as the means of cells x cells areas, [P, cells, cells]."""
    by = thumbnails.shape[-1] // cells
    shape = (len(thumbnails), cells, by, cells, by)
    result: Floats = thumbnails.astype(np.float32).reshape(shape).mean(axis=(2, 4))
    return result


def _cell_centres(cells: int) -> Floats:
    """Return the positions of the centres of `cells` cells that divide the range from -1 to 1."""
    return ((np.arange(cells, dtype=np.float32) + 0.5) * 2 / cells - 1).astype(np.float32)


def _resampler(stretch: Floats, shift: Floats, cells: int) -> tuple[Floats, Floats]:
    """Return weights for linear interpolation at the moved cell centres, [P, cells, cells], and
    which of these centres lie inside the picture, [P, cells].

    stretch, shift: [P].
    """
    centres = _cell_centres(cells) * (1 + stretch[:, None]) + shift[:, None]
    place = (centres + 1) * cells / 2 - 0.5
    inside = (np.abs(centres) <= 1).astype(np.float32)
    place = np.clip(place, 0, cells - 1)
    weights = 1 - np.abs(place[:, :, None] - np.arange(cells, dtype=np.float32))
    return np.maximum(weights, 0).astype(np.float32), inside


def _aligned(a: Floats, b: Floats, moved: Floats) -> tuple[Floats, Floats, Floats]:
    """Return (`a` moved, `b`, mask of the pixels that both have), each [P, cells, cells].

    moved: stretch and shift in x, stretch and shift in y, [P, 4].
    """
    cells = a.shape[-1]
    across, x_in = _resampler(moved[:, 0], moved[:, 1], cells)
    down, y_in = _resampler(moved[:, 2], moved[:, 3], cells)
    laid = (down @ a @ across.transpose(0, 2, 1)).astype(np.float32)
    return laid, b, y_in[:, :, None] * x_in[:, None, :]


def _alignment_step(a: Floats, b: Floats, moved: Floats) -> Floats:
    """Return one Gauss-Newton step, [P, 4]: added to `moved` of `_aligned`, it improves the fit."""
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
    # Ridge regression: without detail in a direction, nothing moves in that direction.
    ridge = 1e-3 * np.trace(normal[:, :4, :4], axis1=1, axis2=2) / 4 + 1e-3
    normal[:, np.arange(6), np.arange(6)] += ridge[:, None]
    step = np.linalg.solve(normal, weighted.transpose(0, 2, 1) @ difference)[:, :4, 0]
    return np.clip(step, -0.1, 0.1).astype(np.float32)


def _brightness(a: Floats, b: Floats, both: Floats) -> tuple[Floats, Floats]:
    """Return the gain and offset [P] that fit `a` to `b` by least squares, over the mask `both`."""
    n = both.sum(axis=(1, 2)) + 1e-6
    mean_a, mean_b = (a * both).sum(axis=(1, 2)) / n, (b * both).sum(axis=(1, 2)) / n
    off_a = (a - mean_a[:, None, None]) * both
    gain = (off_a * b).sum(axis=(1, 2)) / ((off_a * off_a).sum(axis=(1, 2)) + 1e-3)
    return gain, mean_b - gain * mean_a


def _fit_of(a: Floats, b: Floats, both: Floats) -> Fit:
    """Return the comparison of aligned thumbnails. The arguments are the result of `_aligned`."""
    gain, offset = _brightness(a, b, both)
    n = both.sum(axis=(1, 2)) + 1e-6
    contrast = np.minimum(b.std(axis=(1, 2)), a.std(axis=(1, 2)) * np.abs(gain))
    residual = (b - gain[:, None, None] * a - offset[:, None, None]) * both
    by = SIDE // GRID
    shape = (len(a), GRID, by, GRID, by)
    # Smoothing removes the errors of alignment at edges, which have both signs side by side. It
    # keeps the error of something that moved, which has one sign.
    squares = (_smooth(residual) ** 2).reshape(shape).mean(axis=(2, 4))
    worst = np.sqrt(squares.max(axis=(1, 2))) / np.maximum(contrast, 1e-6)
    flat = (a.std(axis=(1, 2)) < FLAT) | (b.std(axis=(1, 2)) < FLAT)
    return Fit(np.where(flat, np.inf, worst).astype(np.float32), gain, n / SIDE**2)


def _smooth(values: Floats, reach: int = 1) -> Floats:
    """Return the mean of each cell and its `reach` neighbours in each direction, wrapped around."""
    for axis in (1, 2):
        around = [np.roll(values, by, axis) for by in range(-reach, reach + 1)]
        values = np.mean(around, axis=0, dtype=np.float32)
    return values


def same_picture(first: Bytes, second: Bytes) -> Bools:
    """Whether each pair of thumbnails shows one picture, perhaps mirrored, bool [P].

    first, second: [P, side, side]. With side SIDE the comparison is coarse; with FINE_SIDE the
        details must agree too.
    """
    result = np.zeros(len(first), bool)
    for version in (first, np.ascontiguousarray(first[:, :, ::-1])):
        for start in range(0, len(first), PAIRS):
            unmatched = np.flatnonzero(~result[start : start + PAIRS]) + start
            if len(unmatched):
                result[unmatched] = _same_upright(version[unmatched], second[unmatched])
    return result


def _same_upright(first: Bytes, second: Bytes) -> Bools:
    """Whether each pair of thumbnails shows one picture, not mirrored, bool [P]."""
    a, b = (_shrunk(each, SIDE).astype(np.uint8) for each in (first, second))
    alike = np.flatnonzero((hashes(a) != hashes(b)).sum(axis=1) <= HASH_BITS)
    if len(alike):
        alike = alike[fit(a[alike], b[alike]).same]
    if len(alike) and first.shape[-1] == FINE_SIDE:
        alike = alike[worst_correlation(first[alike], second[alike]) >= ALIKE]
    result = np.zeros(len(first), bool)
    result[alike] = True
    return result


def worst_correlation(first: Bytes, second: Bytes) -> Floats:
    """Return for each pair the lowest correlation (-1 to 1) of the details in a tile, [P]. The
    DAMAGED lowest tiles do not count; a tile without details has 1.

    Details are the differences of the pixels from their smoothed surroundings.
    """
    a, b, both = _best_alignment(first, second, FINE_STEPS)
    a, b = (a - _smooth(_smooth(a, 2), 2)) * both, (b - _smooth(_smooth(b, 2), 2)) * both
    product = _tile_means(a * b)
    detail = np.sqrt(_tile_means(a * a) * _tile_means(b * b))
    telling = detail >= np.maximum(TELLING * detail.mean(axis=1, keepdims=True), NOISE)
    alike = np.where(telling, product / np.maximum(detail, 1e-6), 1.0)
    result: Floats = np.sort(alike, axis=1)[:, DAMAGED].astype(np.float32)
    return result


def _tile_means(values: Floats) -> Floats:
    """Return the mean of each of the GRID x GRID tiles, [P, GRID * GRID]."""
    by = values.shape[-1] // GRID
    result: Floats = values.reshape(len(values), GRID, by, GRID, by).mean(axis=(2, 4))
    return result.reshape(len(values), GRID * GRID)
