"""Train the head that tells things, on the tower's maps; the tower stays as it is."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn
from torch.nn import functional as F  # noqa: N812

from cercafoto.training.mini.things.detected import Box, Detected
from cercafoto.training.mini.things.thing_head import ThingHead, Told
from cercafoto.training.mini.things.thing_targets import Targets, targets
from cercafoto.training.mini.things.tower_maps import TowerMaps, draw_view

Tensor = torch.Tensor
PRESENCE, BOXES, PEOPLE = 0.5, 0.3, 0.3  # weights of the losses beside that of the heat
USUAL = (
    8  # classes among which the loss of presence is a mean: most of the others are plainly absent
)
WARM_UP = 0.15  # part of the steps in which the rate grows
LONGEST_GRADIENT = 5.0
TOLD_EVERY = 100  # steps


@dataclass(frozen=True)
class ThingRecipe:
    """Training of the head; training/mini/log.md has the experiments behind the defaults.

    width, blocks: see `ThingHead`.
    views: of each photo, see `tower_maps.draw_view`.
    epochs: passes over all views of all photos.
    batch, rate, decay: settings of the optimiser.
    """

    width: int = 128
    blocks: int = 3
    views: int = 2
    epochs: int = 8
    batch: int = 64
    rate: float = 3e-3
    decay: float = 0.01


def fit(
    maps: TowerMaps,
    detected: Sequence[Detected],
    kinds: Sequence[str],
    middle: Box,
    recipe: ThingRecipe,
    seed: int,
) -> ThingHead:
    """Return a trained head. The same seed gives the same head, if torch uses one thread.

    maps, detected: of the same photos.
    kinds: names of the classes.
    middle: frame of the second look.
    """
    torch.manual_seed(seed)
    head = ThingHead(maps.channels, len(kinds), recipe.width, recipe.blocks)
    head.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    every = [(at, view) for view in range(recipe.views) for at in range(len(detected))]
    batch = min(recipe.batch, len(every))
    steps = recipe.epochs * (len(every) // batch)
    optimiser = torch.optim.AdamW(head.parameters(), lr=recipe.rate, weight_decay=recipe.decay)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimiser, recipe.rate, total_steps=steps, pct_start=WARM_UP
    )

    def load(chosen: NDArray[np.int64]) -> tuple[list[Tensor], Targets]:
        photos, views = chosen[:, 0].tolist(), chosen[:, 1].tolist()
        drawn = [draw_view(detected[p].photo, v)[0] for p, v in zip(photos, views, strict=True)]
        wanted = targets([detected[p] for p in photos], drawn, kinds, maps.cells, middle)
        return maps.of(photos, views), wanted

    batches = _batches(np.array(every), batch, steps, np.random.default_rng(seed))
    told = np.zeros(4)
    with ThreadPoolExecutor(1) as reader:  # reads the next batch while this one is learned
        coming = reader.submit(load, next(batches))
        for step in range(1, steps + 1):
            inputs, wanted = coming.result()
            if (following := next(batches, None)) is not None:
                coming = reader.submit(load, following)
            parts = _losses(head(*inputs), wanted)
            loss = PRESENCE * parts[0] + parts[1] + BOXES * parts[2] + PEOPLE * parts[3]
            optimiser.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(head.parameters(), LONGEST_GRADIENT)
            optimiser.step()
            schedule.step()
            told += [part.item() for part in parts]
            if step % TOLD_EVERY == 0:
                named = zip(("presence", "heat", "boxes", "people"), told / TOLD_EVERY, strict=True)
                losses = ", ".join(f"{name} {mean:.3f}" for name, mean in named)
                print(f"things: step {step}/{steps}, {losses}", file=sys.stderr, flush=True)
                told[:] = 0
    head.eval()
    return head


def _batches(
    every: NDArray[np.int64], size: int, steps: int, rng: np.random.Generator
) -> Iterator[NDArray[np.int64]]:
    """Yield `steps` batches of rows in random order, the rows of a batch in the order of the file
    that they are read from."""
    done = 0
    while True:
        order = rng.permutation(len(every))
        for at in range(0, len(order) - size + 1, size):
            if done == steps:
                return
            yield every[np.sort(order[at : at + size])]
            done += 1


def _losses(told: Told, wanted: Targets) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Return the losses of presence, heat, boxes and people.

    Heat has the quality focal loss (Li et al., "Generalized Focal Loss", 2020). It and the boxes
    count for each thing, not for each cell.
    """
    presence, heat, boxes, weight, people = map(torch.from_numpy, wanted)
    things = weight.sum().clamp_min(1)
    certain = F.binary_cross_entropy_with_logits(told.presence, presence)
    off = (told.heat.sigmoid() - heat).abs().pow(2)
    bumps = F.binary_cross_entropy_with_logits(told.heat, heat, reduction="none") * off
    sides = F.smooth_l1_loss(told.boxes, boxes, reduction="none").sum(2) * weight
    return (
        certain * presence.shape[1] / USUAL,
        bumps.sum() / things,
        sides.sum() / things,
        F.cross_entropy(told.people, people),
    )
