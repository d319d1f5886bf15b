"""Resize pictures as the published script did: torchvision 0.10's bicubic without smoothing.

It takes four pixels a direction, however much smaller the picture becomes, so fine patterns turn
into false ones. torch's own function for it looks up all sixteen pixels anew for every colour of
every new pixel. Here lines are weighed first and columns after them, and only those of the square
that is kept: the same numbers to rounding, several times as fast.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import embedding_bag

from cercafoto.base.arrays import Floats

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
    lines = _taps(picture.shape[1], sized[0], top, height)
    columns = _taps(picture.shape[2], sized[1], left, width)
    needed = picture.permute(1, 2, 0)[lines.needed][:, columns.needed].float()
    values = lines.weighed(needed.flatten(1))
    values = columns.weighed(values.view(height, -1, 3).permute(1, 2, 0).flatten(1))
    levels = values.round_().short().clamp_(0, 255)  # torch makes bytes of floats one by one
    return levels.to(torch.uint8).view(width, 3, height).permute(1, 2, 0).contiguous()


@dataclass(frozen=True)
class _Taps:
    """What new lines, or columns, are made of.

    needed: the old lines that are in a new one.
    places: of the four old lines among the needed ones, int32 [4 * new lines].
    starts: where the places of each new line start in `places`, int32 [new lines].
    weights: float32 [4 * new lines].
    """

    needed: slice | Tensor
    places: Tensor
    starts: Tensor
    weights: Tensor

    def weighed(self, lines: Tensor) -> Tensor:
        """Return the new lines [N, width] of the needed old ones [M, width]."""
        new: Tensor = embedding_bag(
            self.places, lines, self.starts, mode="sum", per_sample_weights=self.weights
        )
        return new


@lru_cache(maxsize=1024)  # 7 KB each at 224 pixels
def _taps(old: int, new: int, first: int, count: int) -> _Taps:
    """Return what `count` of the new lines are made of.

    old, new: how many lines there are. first: of the new lines that are wanted.
    """
    half = np.float32(0.5)
    step = np.float32(old) / np.float32(new)
    centres = step * (np.arange(first, first + count, dtype=np.float32) + half) - half
    before = np.floor(centres)
    part = centres - before
    weights = np.stack([_far(part + 1), _near(part), _near(1 - part), _far(2 - part)], axis=1)
    lines = before.astype(np.int32)[:, None] + np.arange(-1, TAPS - 1, dtype=np.int32)
    lines = lines.clip(0, old - 1).ravel()
    needed: slice | Tensor = slice(int(lines[0]), int(lines[-1]) + 1)
    places = lines - lines[0]
    if lines[-1] - lines[0] >= lines.size:  # of a large photo most lines are in no new one
        needed, places = torch.from_numpy(lines), np.arange(lines.size, dtype=np.int32)
    return _Taps(
        needed,
        torch.from_numpy(places),
        torch.arange(0, lines.size, TAPS, dtype=torch.int32),
        torch.from_numpy(weights.astype(np.float32).ravel()),
    )


def _near(distance: Floats) -> Floats:
    weight: Floats = ((A + 2) * distance - (A + 3)) * distance * distance + 1
    return weight


def _far(distance: Floats) -> Floats:
    weight: Floats = ((A * distance - 5 * A) * distance + 8 * A) * distance - 4 * A
    return weight
