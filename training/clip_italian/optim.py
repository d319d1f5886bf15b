"""Make the optimizer, clip gradients and set the learning rate, as the configuration says."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn

from cercafoto.training.clip_italian import rates
from cercafoto.training.clip_italian.belief import Belief
from cercafoto.training.clip_italian.config import Optimizer, Schedule
from cercafoto.training.clip_italian.model import DualEncoder

LEAST_NORM = 1e-6  # of a gradient that is divided by; optax 0.0.9, unitwise_clip
JOINED = 2**20  # numbers of weights: to copy more takes a processor longer than calls do


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
    alike: dict[tuple[bool, torch.Size], list[Tensor]] = {}
    for group in optimizer.param_groups:
        for weight in group["params"]:
            if weight.grad is not None:
                alike.setdefault((group["table"], weight.shape), []).append(weight)
    for (table, shape), weights in alike.items():
        on_a_processor = weights[0].device.type == "cpu"
        together = max(1, JOINED // shape.numel()) if on_a_processor else len(weights)
        for at in range(0, len(weights), together):
            _clip_alike(weights[at : at + together], table, options)


def _clip_alike(weights: Sequence[Tensor], table: bool, options: Optimizer) -> None:
    """Clip the gradients of weights of one shape with the same few calls as of a single one: on a
    GPU the calls for hundreds of weights take longer than the arithmetic."""
    gradients = [weight.grad for weight in weights if weight.grad is not None]
    joined = _joined(gradients)
    norm = _unit_norms(joined, table)
    limit = options.agc * _unit_norms(_joined(weights), table).clamp_min(options.agc_floor)
    factor = torch.where(norm < limit, 1.0, limit / norm.clamp_min(LEAST_NORM))
    joined.mul_(factor)
    if len(gradients) > 1:  # else `joined` is the gradient itself
        torch._foreach_copy_(gradients, joined.unbind())


def _joined(values: Sequence[Tensor]) -> Tensor:
    """Return tensors of one shape as one, [N, ...]; a single one is not copied."""
    return torch.stack(list(values)) if len(values) > 1 else values[0].unsqueeze(0)


def _unit_norms(values: Tensor, table: bool) -> Tensor:
    """Return the norms of the units of tensors [N, ...], with as many dimensions."""
    norms: Tensor
    if values[0].squeeze().ndim <= 1:
        norms = torch.linalg.vector_norm(values.reshape(len(values), -1), dim=1)
        return norms.view(-1, *[1] * (values.ndim - 1))
    dimensions = 1 if table else tuple(range(2, values.ndim))
    norms = torch.linalg.vector_norm(values, dim=dimensions, keepdim=True)
    return norms
