"""Augment a whole batch on the device, as published.

The processes that decode resize and crop, so that all pictures have one size. They also draw what
is done to each picture, with torchvision's own transforms and from the same seeds as
`augment.Augmented`. The device does it in the same order, rounded to levels of 256 after each step.
The pictures are the same as there to the rounding of float32, at most one level.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cache
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import grid_sample
from torchvision.transforms.v2 import functional

from cercafoto.base.arrays import Floats
from cercafoto.photos.preprocessing import Preprocessing
from cercafoto.training.clip_italian.batches import Batch, Inputs

GREY = 127  # what a picture turned, moved or tilted leaves uncovered
# Of a batch: uint8 [N, 3, S, S]; float32 [N], share of the circle of hues; float32 [N, 3, 3] twice,
# from places of the new picture to those of the old, each from -1 to 1; bool [N, 4].
PICTURES, HUE, AFFINE, TILT, DONE = ALL = ("pictures", "hue", "affine", "tilt", "done")
MIRRORED, TILTED, CONTRASTED, EQUALISED = range(4)  # columns of DONE
AT_ONCE = 128  # pictures in float32 several times over: a GB at 224 pixels


def drawn(steps: Sequence[Any], picture: Tensor) -> Inputs:
    """Return what the transforms of `augment.published` after the crop would do to a picture.

    Torch's generator is read as the transforms read it.
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


def moved(batch: Batch, device: torch.device, preprocessing: Preprocessing) -> Inputs:
    """Return a batch's inputs on the device, with the pictures distorted if the workers only drew
    how."""
    inputs = batch.to(device, stay=(DONE,))
    return distorted(inputs, preprocessing) if PICTURES in inputs else inputs


def distorted(inputs: Inputs, preprocessing: Preprocessing) -> Inputs:
    """Return the inputs with pixel_values float32 [N, 3, S, S], normalised, for what workers drew.

    inputs: of a `Batch`, on the device except for DONE, which is on the CPU: so which pictures a
        step changes is known without waiting for the device.
    """
    pictures = inputs[PICTURES]
    parts = [
        _distorted({name: inputs[name][at : at + AT_ONCE] for name in ALL}, rows)
        for at, rows in _changed(inputs[DONE], pictures.device)
    ]
    mean, deviation = (
        _colours(values, pictures.device) for values in (preprocessing.mean, preprocessing.std)
    )
    pixels = torch.cat(parts).div_(255).sub_(mean).div_(deviation)
    rest = {name: value for name, value in inputs.items() if name not in ALL}
    return {"pixel_values": pixels} | rest


def _changed(done: Tensor, device: torch.device) -> list[tuple[int, Sequence[Tensor]]]:
    """Return where each AT_ONCE pictures begin, and which of them each column of `done` changes.

    The rows of all of them go to the device in one copy that nothing waits for.
    """
    firsts = range(0, len(done), AT_ONCE)
    found = [
        done[at : at + AT_ONCE, column].nonzero()[:, 0]
        for at in firsts
        for column in range(done.shape[1])
    ]
    rows = torch.cat(found)
    if device.type == "cuda":
        rows = rows.pin_memory()
    moved = rows.to(device, non_blocking=True).split([len(some) for some in found])
    columns = done.shape[1]
    return [(at, moved[n * columns : (n + 1) * columns]) for n, at in enumerate(firsts)]


@cache
def _colours(values: tuple[float, ...], device: torch.device) -> Tensor:
    """Return a number for each colour [1, 3, 1, 1], copied to the device only once."""
    return torch.tensor(values, device=device).view(1, 3, 1, 1)


def _distorted(part: Inputs, rows: Sequence[Tensor]) -> Tensor:
    """Return pictures as float32 [N, 3, S, S], whole numbers from 0 to 255."""
    pictures, hue, affine, tilt = (part[name] for name in (PICTURES, HUE, AFFINE, TILT))
    values = _hued(pictures, hue)
    values[rows[MIRRORED]] = values[rows[MIRRORED]].flip(-1)
    values = _sampled(values, affine)
    values[rows[TILTED]] = _sampled(values[rows[TILTED]], tilt[rows[TILTED]])
    for at, change in ((CONTRASTED, functional.autocontrast), (EQUALISED, functional.equalize)):
        changed: Tensor = change(values[rows[at]].to(torch.uint8))
        values[rows[at]] = changed.float()
    return values


def _hued(pictures: Tensor, shift: Tensor) -> Tensor:
    """Return the pictures with each one's hue moved by its share of the circle: whole float32.

    pictures: uint8 [N, 3, S, S].
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
    own = _colours((5.0, 3.0, 1.0), pictures.device)
    way = (own + sixth).remainder(6)
    new = value - span * torch.minimum(way, 4 - way).clamp(0, 1)
    return new.mul_(255.999).floor_()  # torchvision's rounding


def _sampled(values: Tensor, matrices: Tensor) -> Tensor:
    """Return each pixel from where its matrix says, bilinearly; grey outside the picture."""
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
    """Draw and return whether a transform that has a chance `p` is applied."""
    return not bool(torch.rand(1) >= step.p)


def _affine(
    size: int, angle: float, translate: Sequence[float], scale: float, shear: Sequence[float]
) -> Floats:
    """Return the inverse of turning, scaling, shearing and moving about the centre.

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
    """Return a perspective's eight coefficients, in pixels, as a matrix; the identity for None."""
    if coefficients is None:
        return np.eye(3, dtype=np.float32)
    half = size / 2
    pixels = np.array([[half, 0, half], [0, half, half], [0, 0, 1]])
    tilted = np.array([*coefficients, 1.0]).reshape(3, 3)
    result: Floats = (np.linalg.inv(pixels) @ tilted @ pixels).astype(np.float32)
    return result
