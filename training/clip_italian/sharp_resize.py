"""Resize pictures as the published script did: torchvision 0.10's bicubic without smoothing.

It takes four pixels a direction, however much smaller the picture becomes, so fine patterns turn
into false ones. torch's own function for it looks up all sixteen pixels anew for every colour of
every new pixel. Here lines are weighed first and columns after them, and only those of the square
that is kept: the same numbers to rounding, in a tenth of the time.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import embedding_bag

TAPS = 4  # lines that a bicubic line is made of
A = np.float32(-0.75)  # torch's; see Keys, doi:10.1109/TASSP.1981.1163711, where it is -0.5

Box = tuple[int, int, int, int]  # top, left, height and width in the resized picture


class SharpCrop:
    """Makes the short side of uint8 [3, H, W] `size` pixels long and cuts out a square at random.

    It draws as torchvision's RandomCrop does.
    """

    def __init__(self, size: int) -> None:
        self.size = size

    def __call__(self, picture: Tensor) -> Tensor:
        spare = [length - self.size for length in resized_shape(picture, self.size)]
        top, left = (int(torch.randint(more + 1, ())) if more else 0 for more in spare)
        return sharp_resized(picture, self.size, (top, left, self.size, self.size))


def resized_shape(picture: Tensor, size: int) -> tuple[int, int]:
    """Return height and width of a picture [3, H, W] whose short side is made `size` pixels."""
    height, width = picture.shape[1:]
    short = min(height, width)
    return int(size * height / short), int(size * width / short)


def sharp_resized(picture: Tensor, size: int, box: Box | None = None) -> Tensor:
    """Return a picture whose short side is made `size` pixels, or only a box of it.

    picture: uint8 [3, H, W], as the result.
    """
    sized = resized_shape(picture, size)
    top, left, height, width = box or (0, 0, *sized)
    lines, line_weights = _taps(picture.shape[1], sized[0], top, height)
    columns, column_weights = _taps(picture.shape[2], sized[1], left, width)
    picture, lines = _needed(picture, 1, lines)
    picture, columns = _needed(picture, 2, columns)
    values = picture.permute(1, 2, 0).float()
    values = embedding_bag(lines, values.flatten(1), per_sample_weights=line_weights, mode="sum")
    values = values.view(height, -1, 3).permute(1, 2, 0).flatten(1)
    values = embedding_bag(columns, values, per_sample_weights=column_weights, mode="sum")
    levels = values.round_().short().clamp_(0, 255)  # torch makes bytes of floats one by one
    return levels.to(torch.uint8).view(width, 3, height).permute(1, 2, 0).contiguous()


@lru_cache(maxsize=64)
def _taps(old: int, new: int, first: int, count: int) -> tuple[Tensor, Tensor]:
    """Return the old lines that make `count` new ones, and their weights: both [count, 4].

    old, new: how many lines there are. first: of the new lines.
    """
    half = np.float32(0.5)
    step = np.float32(old) / np.float32(new)
    places = step * (np.arange(first, first + count, dtype=np.float32) + half) - half
    before = np.floor(places)
    part = places - before
    weights = [_far(part + 1), _near(part), _near(1 - part), _far(2 - part)]
    lines = before.astype(np.int32)[:, None] + np.arange(-1, TAPS - 1, dtype=np.int32)
    return (
        torch.from_numpy(lines.clip(0, old - 1)),
        torch.from_numpy(np.stack(weights, axis=1).astype(np.float32)),
    )


def _near(distance: np.ndarray) -> np.ndarray:
    return ((A + 2) * distance - (A + 3)) * distance * distance + 1


def _far(distance: np.ndarray) -> np.ndarray:
    return ((A * distance - 5 * A) * distance + 8 * A) * distance - 4 * A


def _needed(picture: Tensor, axis: int, lines: Tensor) -> tuple[Tensor, Tensor]:
    """Return a picture cut to the lines that are needed, and these lines' new numbers."""
    first, last = int(lines[0, 0]), int(lines[-1, -1])
    if last - first >= lines.numel():  # of a large photo most lines are in no new one
        picked = picture.index_select(axis, lines.flatten())
        return picked, torch.arange(lines.numel(), dtype=torch.int32).view_as(lines)
    return picture.narrow(axis, first, last + 1 - first), lines - first
