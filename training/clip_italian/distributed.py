"""Let several processes train one model, as `torchrun` starts them; a single one does nothing here.

Every process holds the whole model and its own part of each batch. Embeddings are gathered, so that
a pair is told from the pairs of all processes; gradients are averaged.
"""

from __future__ import annotations

import gc
import os
import signal
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from threading import Event, Thread
from typing import Any

import torch
from torch import Tensor
from torch import distributed as dist

from cercafoto.errors import first_line
from cercafoto.training.training_errors import InputError

PARENT_CHECK = 2.0  # seconds


def rank() -> int:
    return dist.get_rank() if dist.is_initialized() else 0


def world() -> int:
    return dist.get_world_size() if dist.is_initialized() else 1


def device() -> torch.device:
    """Return the GPU of this process, or the CPU."""
    if torch.cuda.is_available():
        return torch.device("cuda", int(os.environ.get("LOCAL_RANK", "0")))
    return torch.device("cpu")


@contextmanager
def group(seconds: float = 1800) -> Iterator[None]:
    """Connect the processes that torchrun started (it sets WORLD_SIZE) for the block.

    They talk by NCCL between GPUs, by gloo otherwise. Raises InputError if another process is gone,
    or has not answered for so many seconds.
    """
    if int(os.environ.get("WORLD_SIZE", "1")) == 1:
        yield
        return
    here = device()
    if here.type == "cuda":
        torch.cuda.set_device(here)
    try:
        dist.init_process_group(
            "nccl" if here.type == "cuda" else "gloo", timeout=timedelta(seconds=seconds)
        )
        try:
            with _following_parent():
                yield
        finally:
            # Free every DistributedDataParallel first. One that outlived the group would destroy it
            # while holding the GIL, for which gloo's threads wait: a deadlock.
            gc.collect()
            dist.destroy_process_group()
    except RuntimeError as error:
        if not isinstance(error, dist.DistError) and "gloo" not in str(error):
            raise
        raise InputError(
            f"another process of the run is gone, or has not answered for {seconds:g} s "
            f"({first_line(error, 200)}); the same command with --resume goes on"
        ) from error


@contextmanager
def _following_parent() -> Iterator[None]:
    """End the run as SIGTERM does, after a checkpoint, if the process that started it is killed."""
    ended, parent = Event(), os.getppid()

    def watch() -> None:
        while not ended.wait(PARENT_CHECK):
            if os.getppid() != parent:
                os.kill(os.getpid(), signal.SIGTERM)
                return

    Thread(target=watch, daemon=True).start()
    try:
        yield
    finally:
        ended.set()


def gathered(rows: Tensor) -> Tensor:
    """Return the rows [N, D] of all processes, by rank: [world * N, D]; gradients flow back."""
    gather: Callable[[Tensor], Tensor] = _Gather.apply
    return gather(rows) if world() > 1 else rows


class _Gather(torch.autograd.Function):
    """Gathers rows; their gradient is the sum of the gradients that all processes have for them.

    torch.distributed.all_gather by itself has no gradient.
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

    It is called once a step, after the last chunk of the batch: with GradCache a batch has many
    backward passes, and averaging in each would send the same numbers many times.
    """
    if world() == 1:
        return
    gradients = [weight.grad for weight in parameters if weight.grad is not None]
    for sending in [dist.all_reduce(gradient, async_op=True) for gradient in gradients]:
        sending.wait()
    for gradient in gradients:
        gradient /= world()


def means(values: Tensor) -> Tensor:
    """Return the means of numbers [N] over the processes, on the CPU; all have as many."""
    if world() > 1:
        values = values.clone()
        dist.all_reduce(values)
        values /= world()
    return values.cpu()


def everywhere(value: Any) -> list[Any]:
    """Return the values of all processes, of any kind, by rank."""
    found = [value] * world()
    if world() > 1:
        dist.all_gather_object(found, value)
    return found


def barrier() -> None:
    if world() > 1:
        dist.barrier()
