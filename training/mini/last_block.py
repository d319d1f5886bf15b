"""A copy of the image tower's last block, which learns together with the heads.

The heads read what the copy makes of a photo. The frozen block stays beside it: the class posterior
and the head that tells things read that one.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn
from torch.nn import functional as F  # noqa: N812

from cercafoto.base.arrays import Floats
from cercafoto.training.mini.features import Maps
from cercafoto.training.mini.heads import (
    Head,
    HeadRecipe,
    Material,
    contrastive_loss,
    draw_texts,
    new_optimiser,
    say_progress,
    take_step,
)

TOGETHER = 512  # photos whose features are computed at once


class LastBlock(nn.Module):
    """Copies of the tower's last block and last convolution: maps [N, C, h, w] -> average features
    [N, width]."""

    def __init__(self, tower: nn.Module) -> None:
        super().__init__()
        net: Any = tower
        self.blocks = nn.ModuleList([copy.deepcopy(net.blocks[-1])])
        self.conv_head = copy.deepcopy(net.conv_head)
        self.bn2 = copy.deepcopy(net.bn2)

    def forward(self, maps: torch.Tensor) -> torch.Tensor:
        features: torch.Tensor = self.bn2(self.conv_head(self.blocks[0](maps)))
        return features.mean((2, 3))

    def train(self, mode: bool = True) -> LastBlock:
        """Set the mode; the statistics of batch normalisation stay those of the tower."""
        super().train(mode)
        for module in self.modules():
            if isinstance(module, nn.BatchNorm2d):
                module.eval()
        return self

    @torch.no_grad()
    def features(self, maps: Maps) -> Floats:
        """Return the features of one look at N photos: maps [N, C, h, w] -> float32 [N, width]."""
        parts = [
            self(_tensor(maps[at : at + TOGETHER])).numpy() for at in range(0, len(maps), TOGETHER)
        ]
        return np.concatenate(parts)


def root(features: torch.Tensor) -> torch.Tensor:
    """Return the square roots of features, none of which is negative, at unit length."""
    # Where a feature is 0, the slope of its root is infinite.
    return F.normalize((features.clamp_min(0) + 1e-12).sqrt(), dim=-1)


def train_together(
    heads: Sequence[Head],
    tower: nn.Module,
    maps: Maps,
    material: Material,
    photos: NDArray[np.int64],
    recipe: HeadRecipe,
    seed: int,
) -> LastBlock:
    """Train trained heads further, together with a copy of the tower's last block, which is
    returned.

    maps: of view 0, see `features.photo_features`. Half of the steps see them mirrored.
    photos: those to train on (indices).
    recipe: only the settings of the optimiser and the shares count.
    """
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    block = LastBlock(tower)
    module = nn.ModuleList([block, *heads]).train()
    optimiser, schedule = new_optimiser(module, recipe)
    batch = min(recipe.batch, len(photos))
    for step in range(recipe.steps):
        drawn = rng.choice(photos, batch, replace=False)
        texts = draw_texts(material, drawn, recipe.shares, rng)
        looks = rng.integers(0, len(maps), batch)
        seen = _tensor(maps[looks, drawn])
        features = root(block(seen.flip(-1) if step % 2 else seen))
        match = material.match(drawn, texts)
        losses = [
            contrastive_loss(
                head.image(features), head.text(material.texts[texts]), match, recipe.scale
            )
            for head in heads
        ]
        loss = torch.stack(losses).mean()
        take_step(optimiser, schedule, module, loss)
        say_progress("last block", seed, step, recipe.steps, loss)
    module.eval()
    return block


def _tensor(maps: Maps) -> torch.Tensor:
    return torch.from_numpy(maps.astype(np.float32)).contiguous(memory_format=torch.channels_last)
