"""The steps of a stage: batches in, weights out; stopped at any moment, it goes on to the bit."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import torch
from torch import Tensor

from cercafoto.training.clip_italian import checkpoint
from cercafoto.training.clip_italian.checkpoint import LAST
from cercafoto.training.clip_italian.config import Schedule
from cercafoto.training.clip_italian.monitor.run_log import Log
from cercafoto.training.clip_italian.optim import learning_rate
from cercafoto.training.clip_italian.stopping import stoppable
from cercafoto.training.recipes.rates import groups
from cercafoto.training.recipes.recipe import Recipe
from cercafoto.training.recipes.recipe_model import TwoTowers

FINAL = "final"
Batch = TypeVar("Batch")
Report = Callable[[int, int, dict[str, float]], None]  # step, of, numbers
BETAS = (0.9, 0.98)  # Radford et al., arXiv:2103.00020, table 18, for the vision transformers
FIRST_AVERAGES = 10  # the mean follows faster at first, or it would hold where the run began


@dataclass
class Result:
    """The end of a run: the steps done, whether a signal ended it, and its last loss."""

    steps: int
    interrupted: bool = False
    loss: float = float("nan")


def go(
    recipe: Recipe,
    out: Path,
    model: TwoTowers,
    steps: int,
    batches: Callable[[int], Iterator[Batch]],
    loss_of: Callable[[Batch], Tensor],
    report: Report,
) -> Result:
    """Train `model` for `steps` steps in `out`, from its last checkpoint if it has one.

    batches: those of the steps from the one named on; the same for the same step.
    At the end the model has the final weights, averaged where the recipe says so.
    """
    optimizer = torch.optim.AdamW(groups(model, recipe), betas=BETAS)
    learning = [weight for weight in model.parameters() if weight.requires_grad]
    average = [weight.detach().clone() for weight in learning] if recipe.average else []
    torch.manual_seed(recipe.seed * 1000 + 1)  # of dropout
    at, loss = 0, float("nan")
    if checkpoint.path_of(out, LAST).exists():
        at, loss = _restore(out, model, optimizer, average)
    result = Result(at, loss=loss)
    log = Log(out, after=at)
    schedule = Schedule(warmup=recipe.warmup)
    began, since = time.perf_counter(), at
    model.train()
    device = next(model.parameters()).device.type
    with stoppable() as stopped:
        for batch in batches(at) if at < steps else ():
            factor = learning_rate(at, steps, schedule, 1.0)
            for group in optimizer.param_groups:
                group["lr"] = factor * group["peak"]
            with torch.autocast(device, torch.bfloat16, recipe.precision == "bfloat16"):
                found = loss_of(batch)
            found.backward()
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)
            if average:
                decay = min(recipe.average, (1 + at) / (FIRST_AVERAGES + at))
                torch._foreach_lerp_(average, [w.detach() for w in learning], 1 - decay)
            at += 1
            result.steps, result.loss = at, float(found.detach())
            pace = (at - since) * recipe.batch / (time.perf_counter() - began)
            numbers = {"loss": result.loss, "scale": float(model.scale().detach()), "per_s": pace}
            log.write(at, **numbers)
            report(at, steps, numbers)
            if at % recipe.save_every == 0 or at == steps or stopped:
                _save(out, model, optimizer, average, result)
            if stopped:
                break
    log.close()
    result.interrupted = at < steps
    if average and not result.interrupted:
        with torch.no_grad():
            for weight, mean in zip(learning, average, strict=True):
                weight.copy_(mean)
    model.eval()
    return result


def finish(out: Path, model: TwoTowers) -> None:
    """Keep the final weights, for the next stage and for the model folder."""
    checkpoint.write(out, FINAL, {"model": model.own_state()})


def _save(
    out: Path,
    model: TwoTowers,
    optimizer: torch.optim.Optimizer,
    average: list[Tensor],
    result: Result,
) -> None:
    state = {
        "model": model.own_state(),
        "optimizer": optimizer.state_dict(),
        "average": average,
        "step": result.steps,
        "loss": result.loss,
        "random": checkpoint.random_state(),
    }
    checkpoint.write(out, LAST, state)


def _restore(
    out: Path, model: TwoTowers, optimizer: torch.optim.Optimizer, average: list[Tensor]
) -> tuple[int, float]:
    state: dict[str, Any] = checkpoint.read(out, LAST)
    model.restore(state["model"])
    optimizer.load_state_dict(state["optimizer"])
    for mean, saved in zip(average, state["average"], strict=True):
        mean.copy_(saved)
    checkpoint.set_random_state(state["random"])
    return int(state["step"]), float(state["loss"])
