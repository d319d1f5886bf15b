"""Make the optimizer, clip gradients and set the learning rate, as the configuration says."""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import Tensor, nn

from cercafoto.training.clip_italian import rates
from cercafoto.training.clip_italian.belief import Belief
from cercafoto.training.clip_italian.config import Optimizer, Schedule
from cercafoto.training.clip_italian.model import DualEncoder

LEAST_NORM = 1e-6  # of a gradient that is divided by; optax 0.0.9, unitwise_clip


def learning_rate(step: int, steps: int, schedule: Schedule, peak: float) -> float:
    """Return the learning rate of a step, counted from 0, in a schedule of `steps` steps.

    It is step / warmup * peak while the rate warms up, then peak * (1 + cos(pi * share done)) / 2
    or peak * (1 - share done): the schedules that the published script joins
    (optax.linear_schedule; cosine_decay_schedule, at first linear_schedule).
    """
    warmup = int(schedule.warmup * steps)
    if step < warmup:
        return peak * step / warmup
    done = min(1.0, (step - warmup) / max(1, steps - warmup))
    return peak * ((1 + math.cos(math.pi * done)) / 2 if schedule.decay == "cosine" else 1 - done)


def build(options: Optimizer, model: nn.Module) -> torch.optim.Optimizer:
    """Return the optimizer of the weights of `model` that learn.

    Weights are grouped by how fast they learn and whether they decay. Tables of embeddings are in
    groups of their own, as they are clipped in another direction.
    """
    tables = {id(part.weight) for part in model.modules() if isinstance(part, nn.Embedding)}
    learning = [weight for weight in model.parameters() if weight.requires_grad]
    factors = rates.factors(model, options.layer_decay) if isinstance(model, DualEncoder) else {}
    found: dict[tuple[bool, float, bool], list[nn.Parameter]] = {}
    for weight in sorted(learning, key=lambda weight: id(weight) in tables):
        decays = options.decayed == "all" or weight.ndim > 1
        found.setdefault((id(weight) in tables, factors.get(id(weight), 1.0), decays), []).append(
            weight
        )
    groups: list[dict[str, Any]] = [
        {"params": weights, "table": is_table, "factor": factor}
        | ({} if decays else {"weight_decay": 0.0})
        for (is_table, factor, decays), weights in found.items()
    ]
    if options.name == "adamw":
        return torch.optim.AdamW(
            groups,
            lr=options.learning_rate,
            betas=options.betas,
            eps=options.epsilon,
            weight_decay=options.weight_decay,
            fused=learning[0].is_cuda,  # one call for all weights, instead of some ten
        )
    return Belief(groups, options.learning_rate, options.betas, options.epsilon)


def set_rate(optimizer: torch.optim.Optimizer, rate: float) -> None:
    """Set the learning rate of the next update; groups with a factor learn so much faster."""
    for group in optimizer.param_groups:
        group["lr"] = rate * group.get("factor", 1.0)


@torch.no_grad()
def clip(optimizer: torch.optim.Optimizer, options: Optimizer) -> None:
    """Bound each unit of every gradient to `agc` times the norm of the weight's unit, in place.

    This is adaptive gradient clipping (Brock et al., arXiv:2102.06171) as optax.adaptive_grad_clip
    does it. In torch's layout a unit is a row of a linear layer, a filter of a convolution or a
    whole vector; of a table of embeddings it is a column, which is one number of every word.
    """
    if not options.agc:
        return
    gradients, weights_of, norms_of = [], [], []
    for group in optimizer.param_groups:
        for weight in group["params"]:
            if weight.grad is not None:
                gradients.append(weight.grad)
                weights_of.append(_unit_norms(weight, group["table"]))
                norms_of.append(_unit_norms(weight.grad, group["table"]))
    # The units of all weights together: on a GPU calls take longer than arithmetic.
    limit, norm = (torch.cat([v.reshape(-1) for v in values]) for values in (weights_of, norms_of))
    limit = options.agc * limit.clamp_min(options.agc_floor)
    factor = torch.where(norm < limit, 1.0, limit / norm.clamp_min(LEAST_NORM))
    parts = factor.split([norms.numel() for norms in norms_of])
    for gradient, norms, part in zip(gradients, norms_of, parts, strict=True):
        gradient.mul_(part.view(norms.shape))


def _unit_norms(value: Tensor, table: bool) -> Tensor:
    norms: Tensor
    if value.squeeze().ndim <= 1:
        norms = torch.linalg.vector_norm(value)
    else:
        dimensions = 0 if table else tuple(range(1, value.ndim))
        norms = torch.linalg.vector_norm(value, dim=dimensions, keepdim=True)
    return norms
