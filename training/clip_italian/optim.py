"""Optimizer, gradient clipping and learning rate, each a named option of the configuration."""

from __future__ import annotations

import math
from collections.abc import Iterable

import torch

from cercafoto.training.clip_italian.config import Optimizer, Schedule


def learning_rate(step: int, steps: int, warmup: int, peak: float) -> float:
    """Learning rate of step `step`, from 0, of `steps`.

    step / warmup * peak while it warms up, then peak * (1 + cos(pi * share done)) / 2: the two
    schedules that the published script joins (optax.linear_schedule, cosine_decay_schedule).
    """
    if step < warmup:
        return peak * step / warmup
    done = (step - warmup) / max(1, steps - warmup)
    return peak * (1 + math.cos(math.pi * min(1.0, done))) / 2


def warmup_steps(schedule: Schedule, steps: int) -> int:
    return int(schedule.warmup * steps)


def build(options: Optimizer, parameters: Iterable[torch.nn.Parameter]) -> torch.optim.Optimizer:
    """Make the optimizer of the parameters that learn."""
    learning = [parameter for parameter in parameters if parameter.requires_grad]
    if options.name == "adamw":
        return torch.optim.AdamW(
            learning,
            lr=options.learning_rate,
            betas=options.betas,
            eps=options.epsilon,
            weight_decay=options.weight_decay,
        )
    from timm.optim import AdaBelief

    believing: torch.optim.Optimizer = AdaBelief(
        learning,
        lr=options.learning_rate,
        betas=options.betas,
        eps=options.epsilon,
        weight_decay=options.weight_decay,
        rectify=False,
    )
    return believing


def step(
    optimizer: torch.optim.Optimizer,
    options: Optimizer,
    parameters: Iterable[torch.nn.Parameter],
    rate: float,
) -> None:
    """Clip the gradients and update at learning rate `rate`; the caller clears the gradients."""
    if options.agc:
        from timm.utils.agc import adaptive_clip_grad

        adaptive_clip_grad(parameters, clip_factor=options.agc, eps=options.agc_floor)
    for group in optimizer.param_groups:
        group["lr"] = rate
    optimizer.step()
