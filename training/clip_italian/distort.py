"""The published augmentation of a whole batch, on the device.

The processes that decode resize and crop, so that all pictures are of one size, and draw what is to
be done to each, with torchvision's own transforms and from the same seeds as `augment.Augmented`.
Here it is done, in the same order and rounded to levels of 256 after each step, as there. Pictures
that are the same but for the rounding of float32, a level at most, come out.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import grid_sample
from torchvision.transforms.v2 import functional

from cercafoto.base.arrays import Floats
from cercafoto.photos.preprocessing import Preprocessing

Inputs = dict[str, Tensor]
GREY = 127  # what a picture turned, moved or tilted leaves uncovered
# Of a batch: uint8 [N, 3, S, S]; float32 [N], share of the circle of hues; float32 [N, 3, 3] twice,
# from places of the new picture to those of the old, each from -1 to 1; bool [N, 4].
PICTURES, HUE, AFFINE, TILT, DONE = ALL = ("pictures", "hue", "affine", "tilt", "done")
MIRRORED, TILTED, CONTRASTED, EQUALISED = range(4)  # columns of DONE
AT_ONCE = 128  # pictures in float32 several times over: a GB at 224 pixels


def drawn(steps: Sequence[Any], picture: Tensor) -> Inputs:
    """Draw what the transforms of `augment.published`, after the crop, would do to a picture.

    Reads torch's generator as they do, in their order.
    picture: uint8 [3, S, S].
    """
    colour, mirror, affine, tilt, contrast, equalise = steps[:6]
    hue = colour.make_params([picture])["hue_factor"]
    mirrored = _happens(mirror)
    moved = affine.make_params([picture])
    tilted = _happens(tilt)
    corners = tilt.make_params([picture])["coefficients"] if tilted else None
    done = [mirrored, tilted, _happens(contrast), _happens(equalise)]
    size = picture.shape[-1]
    return {
        HUE: torch.tensor(hue),
        AFFINE: torch.from_numpy(_affine(size, **moved)),
        TILT: torch.from_numpy(_tilt(size, corners)),
        DONE: torch.tensor(done),
    }


def distorted(inputs: Inputs, device: torch.device, preprocessing: Preprocessing) -> Inputs:
    """Replace what the workers drew by pixel_values float32 [N, 3, S, S] on the device, normalised.

    inputs: of a `Batch`, not on the device yet: which pictures a step takes is looked up without
    waiting for it. The other inputs are moved as they are.
    """
    rest = {name: value for name, value in inputs.items() if name not in ALL}
    moved = {name: value.to(device, non_blocking=True) for name, value in rest.items()}
    count = len(inputs[PICTURES])
    parts = [
        _distorted({name: inputs[name][at : at + AT_ONCE] for name in ALL}, device)
        for at in range(0, count, AT_ONCE)
    ]
    shape = (1, 3, 1, 1)
    mean, deviation = (
        torch.tensor(v, device=device).view(shape) for v in (preprocessing.mean, preprocessing.std)
    )
    pixels = torch.cat(parts).div_(255).sub_(mean).div_(deviation)
    return {"pixel_values": pixels} | moved


def _distorted(part: Inputs, device: torch.device) -> Tensor:
    """Pictures as float32 [N, 3, S, S], whole numbers from 0 to 255."""
    rows = {
        at: part[DONE][:, at].nonzero()[:, 0].to(device, non_blocking=True)
        for at in (MIRRORED, TILTED, CONTRASTED, EQUALISED)
    }
    pictures, hue, affine, tilt = (
        part[name].to(device, non_blocking=True) for name in (PICTURES, HUE, AFFINE, TILT)
    )
    values = _hued(pictures, hue)
    values[rows[MIRRORED]] = values[rows[MIRRORED]].flip(-1)
    values = _sampled(values, affine)
    values[rows[TILTED]] = _sampled(values[rows[TILTED]], tilt[rows[TILTED]])
    for at, change in ((CONTRASTED, functional.autocontrast), (EQUALISED, functional.equalize)):
        changed: Tensor = change(values[rows[at]].to(torch.uint8))
        values[rows[at]] = changed.float()
    return values


def _hued(pictures: Tensor, shift: Tensor) -> Tensor:
    """Move the hue of each picture by its share of the circle, in HSV.

    pictures: uint8 [N, 3, S, S]. Returns float32, whole numbers.
    """
    colours = pictures.float() / 255
    least, value = torch.aminmax(colours, dim=1, keepdim=True)
    span = value - least
    grey = span == 0
    red, green, blue = (colours / span.masked_fill(grey, 1)).split(1, dim=1)
    by_red, by_green = green - blue, blue - red + 2
    sixth = torch.where(
        value == colours[:, :1],
        by_red,
        torch.where(value == colours[:, 1:2], by_green, red - green + 4),
    )
    sixth = sixth.masked_fill(grey, 0) + 6 * shift.view(-1, 1, 1, 1)
    # A colour channel falls from the value to the least with the hue's distance from its own.
    own = torch.tensor([5.0, 3.0, 1.0], device=pictures.device).view(1, 3, 1, 1)
    way = (own + sixth).remainder(6)
    new = value - span * torch.minimum(way, 4 - way).clamp(0, 1)
    return new.mul_(255.999).floor_()  # as torchvision rounds shares of one


def _sampled(values: Tensor, matrices: Tensor) -> Tensor:
    """Look each new pixel up where its matrix says, bilinearly; grey where there is nothing."""
    count, _, size, _ = values.shape
    centres = (torch.arange(size, device=values.device) * 2 + 1) / size - 1
    y, x = torch.meshgrid(centres, centres, indexing="ij")
    places = torch.stack([x, y, torch.ones_like(x)], dim=-1).view(1, -1, 3)
    found = places @ matrices.mT
    grid = (found[..., :2] / found[..., 2:]).view(count, size, size, 2)
    covered = torch.ones_like(values[:, :1])
    sampled = grid_sample(torch.cat([values, covered], dim=1), grid, align_corners=False)
    new, covered = sampled.split([3, 1], dim=1)
    filled: Tensor = (new - GREY).mul_(covered).add_(GREY).round_()
    return filled


def _happens(step: Any) -> bool:
    """Draw whether a transform that has a chance `p` is applied."""
    return not bool(torch.rand(1) >= step.p)


def _affine(
    size: int, angle: float, translate: Sequence[float], scale: float, shear: Sequence[float]
) -> Floats:
    """The inverse of turning, scaling, shearing and moving about the centre, in that order back.

    angle, shear: degrees; translate: pixels.
    """
    turn, across, down = (math.radians(value) for value in (angle, *shear))
    turned = scale * np.array([[math.cos(turn), -math.sin(turn)], [math.sin(turn), math.cos(turn)]])
    sheared = np.array([[1, 0], [-math.tan(down), 1]]) @ np.array([[1, -math.tan(across)], [0, 1]])
    forward = np.eye(3)
    forward[:2, :2] = turned @ sheared
    forward[:2, 2] = np.array(translate) * 2 / size
    return np.linalg.inv(forward).astype(np.float32)


def _tilt(size: int, coefficients: Sequence[float] | None) -> Floats:
    """A perspective's eight coefficients, in pixels, as a matrix; None: all stays in place."""
    if coefficients is None:
        return np.eye(3, dtype=np.float32)
    half = size / 2
    pixels = np.array([[half, 0, half], [0, half, half], [0, 0, 1]])
    tilted = np.array([*coefficients, 1.0]).reshape(3, 3)
    result: Floats = (np.linalg.inv(pixels) @ tilted @ pixels).astype(np.float32)
    return result
