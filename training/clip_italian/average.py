"""A running mean of the weights that learn, which is steadier than the weights of any one step."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import torch
from torch import Tensor, nn

FIRST_STEPS = 10  # the mean follows faster at first, or it would stay where the run began


class Average:
    """The running mean of some weights.

    decay: share of the old mean that stays at each step; 0: there is no mean.
    """

    def __init__(self, weights: Sequence[nn.Parameter], decay: float) -> None:
        self.weights = [weight for weight in weights if decay]
        self.means = [weight.detach().clone() for weight in self.weights]
        self.decay, self.steps = decay, 0

    def follow(self) -> None:
        """Move the mean towards the weights, after a step."""
        decay = min(self.decay, (1 + self.steps) / (FIRST_STEPS + self.steps))
        self.steps += 1
        if self.means:
            torch._foreach_lerp_(self.means, [w.detach() for w in self.weights], 1 - decay)

    @contextmanager
    def in_place(self) -> Iterator[None]:
        """Within the block the model has the mean instead of its weights."""
        own = [weight.detach().clone() for weight in self.weights]
        self._set(self.means)
        try:
            yield
        finally:
            self._set(own)

    def restore(self, means: Sequence[Tensor], steps: int) -> None:
        """Go on from a checkpoint."""
        for mean, saved in zip(self.means, means, strict=True):
            mean.copy_(saved)
        self.steps = steps

    @torch.no_grad()
    def _set(self, values: Sequence[Tensor]) -> None:
        for weight, value in zip(self.weights, values, strict=True):
            weight.copy_(value)
