"""Several processes that train one model, as `torchrun` starts them; one process needs nothing.

Every process holds the whole model and its own part of each batch. Embeddings are gathered so
that a pair has the pairs of all processes as negatives; gradients are averaged.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor
from torch import distributed as dist

BUCKET = 16_000_000  # numbers that travel together: 64 MB, enough to hide the latency of a call


def rank() -> int:
    return dist.get_rank() if dist.is_initialized() else 0


def world() -> int:
    return dist.get_world_size() if dist.is_initialized() else 1


def device() -> torch.device:
    """Choose the GPU of this process, or the CPU."""
    if torch.cuda.is_available():
        return torch.device("cuda", int(os.environ.get("LOCAL_RANK", "0")))
    return torch.device("cpu")


@contextmanager
def group() -> Iterator[None]:
    """Join the processes that torchrun started (it sets WORLD_SIZE), and leave them at the end.

    NCCL between GPUs, gloo otherwise.
    """
    if int(os.environ.get("WORLD_SIZE", "1")) == 1:
        yield
        return
    here = device()
    if here.type == "cuda":
        torch.cuda.set_device(here)
    dist.init_process_group("nccl" if here.type == "cuda" else "gloo")
    try:
        yield
    finally:
        dist.destroy_process_group()


def gathered(rows: Tensor) -> Tensor:
    """Gather rows [N, D] of every process, by rank: [world * N, D]; gradients flow back."""
    gather: Callable[[Tensor], Tensor] = _Gather.apply
    return gather(rows) if world() > 1 else rows


class _Gather(torch.autograd.Function):
    """all_gather with a gradient: the sum of the gradients that all processes have for our rows.

    torch.distributed.all_gather alone cuts the gradient.
    """

    @staticmethod
    def forward(ctx: Any, rows: Tensor) -> Tensor:
        parts = [torch.empty_like(rows) for _ in range(world())]
        dist.all_gather(parts, rows.contiguous())
        return torch.cat(parts)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> Tensor:
        total = gradients[0].contiguous()
        dist.all_reduce(total)
        return total.chunk(world())[rank()]


def average_gradients(parameters: Iterable[torch.nn.Parameter]) -> None:
    """Replace every gradient by its mean over the processes.

    Once a step, after the last chunk of the batch: with GradCache a batch is many backward
    passes, and averaging within each would send the same numbers again and again.
    """
    if world() == 1:
        return
    waiting: list[Tensor] = []
    for parameter in parameters:
        if parameter.grad is not None:
            waiting.append(parameter.grad)
        if sum(gradient.numel() for gradient in waiting) >= BUCKET:
            _average(waiting)
            waiting = []
    if waiting:
        _average(waiting)


def _average(gradients: list[Tensor]) -> None:
    flat = torch.cat([gradient.reshape(-1) for gradient in gradients])
    dist.all_reduce(flat)
    flat /= world()
    at = 0
    for gradient in gradients:
        gradient.copy_(flat[at : at + gradient.numel()].view_as(gradient))
        at += gradient.numel()


def total(value: float) -> float:
    """Sum of a number over the processes."""
    if world() == 1:
        return value
    everywhere = torch.tensor([value], dtype=torch.float32, device=device())
    dist.all_reduce(everywhere)
    return float(everywhere)


def means(values: Tensor) -> Tensor:
    """Means of numbers [N] over the processes, each having as many; on the CPU."""
    if world() > 1:
        values = values.clone()
        dist.all_reduce(values)
        values /= world()
    return values.cpu()


def any_true(value: bool) -> bool:
    """Tell whether the value is true in any process: all must stop at the same step."""
    return total(float(value)) > 0


def collect(value: Tensor) -> list[Tensor]:
    """Collect the tensors of all processes, alike in shape, by rank, on the CPU."""
    if world() == 1:
        return [value]
    mine = value.to(device())
    everything = [torch.empty_like(mine) for _ in range(world())]
    dist.all_gather(everything, mine)
    return [tensor.cpu() for tensor in everything]


def everywhere(value: Any) -> list[Any]:
    """The values of all processes, by rank, whatever they are."""
    found = [value] * world()
    if world() > 1:
        dist.all_gather_object(found, value)
    return found


def barrier() -> None:
    if world() > 1:
        dist.barrier()
