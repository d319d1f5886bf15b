"""Update weights by AdaBelief as optax 0.0.8 and 0.0.9 do (`scale_by_belief`), as published.

It differs in two things from the paper (Zhuang et al., arXiv:2010.07468, algorithm 2) and from the
libraries that follow the paper. The variance is that of the gradient's difference from the mean
*before* this step, which is 1 / b1 times the difference from the mean after it: steps are b1 = 0.9
times as long. And epsilon is added once, under the root; if it were added to the variance at every
step, it would pile up to 1 / (1 - b2) = 1,000 times itself and shorten the steps of gradients below
1e-6.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import torch
from torch import Tensor


class Belief(torch.optim.Optimizer):
    """The optimizer AdaBelief, in float32.

    For a gradient g at step t, counted from 1, the moments become s = b2 s + (1 - b2) (g - m)^2 and
    then m = b1 m + (1 - b1) g; the weight goes down by
    lr * m / (1 - b1^t) / sqrt(s / (1 - b2^t) + epsilon).
    """

    def __init__(
        self,
        parameters: Iterable[Tensor] | Iterable[dict[str, Any]],
        lr: float,
        betas: tuple[float, float],
        epsilon: float,
    ) -> None:
        super().__init__(parameters, {"lr": lr, "betas": betas, "epsilon": epsilon, "step": 0})

    @torch.no_grad()
    def step(self, closure: None = None) -> None:  # type: ignore[override]
        """Update the weights that have a gradient."""
        for group in self.param_groups:
            weights = [weight for weight in group["params"] if weight.grad is not None]
            if not weights:
                continue
            for weight in weights:
                if not self.state[weight]:
                    self.state[weight]["mean"] = torch.zeros_like(weight)
                    self.state[weight]["variance"] = torch.zeros_like(weight)
            gradients = [weight.grad for weight in weights]
            means = [self.state[weight]["mean"] for weight in weights]
            variances = [self.state[weight]["variance"] for weight in weights]
            group["step"] += 1
            (b1, b2), t = group["betas"], group["step"]
            # All weights at once: on a GPU the calls take longer than the arithmetic.
            surprises = torch._foreach_sub(gradients, means)
            torch._foreach_mul_(variances, b2)
            torch._foreach_addcmul_(variances, surprises, surprises, value=1 - b2)
            torch._foreach_lerp_(means, gradients, 1 - b1)
            deviations = torch._foreach_div(variances, 1 - b2**t)
            torch._foreach_add_(deviations, group["epsilon"])
            torch._foreach_sqrt_(deviations)
            torch._foreach_addcdiv_(weights, means, deviations, value=-group["lr"] / (1 - b1**t))
