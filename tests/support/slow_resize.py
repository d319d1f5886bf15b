"""The published script's resize by torch's own function, which `sharp_resize` is compared with."""

from __future__ import annotations

import torch
from torch import Tensor
from torchvision.transforms import InterpolationMode, v2
from torchvision.transforms.v2 import functional


def slow_resize(picture: Tensor, size: int) -> Tensor:
    """Return uint8 [3, H, W] whose short side is made `size` pixels, bicubic and unsmoothed."""
    # In floating point: of integers torchvision of today rounds in between, up to six levels away.
    sized: Tensor = functional.resize(
        picture.float(), [size], InterpolationMode.BICUBIC, antialias=False
    )
    return sized.clamp(0, 255).round().to(torch.uint8)


def slow_crop(picture: Tensor, size: int) -> Tensor:
    """Return a square of `size` pixels, cut at random from the whole resized picture."""
    square: Tensor = v2.RandomCrop(size)(slow_resize(picture, size))
    return square
