"""Going on with a run: its configuration, which its checkpoint carries, and what may differ.

A field may change where it only says how the same run is computed. What would make another run of
it is refused.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch

from cercafoto.training.clip_italian import checkpoint
from cercafoto.training.clip_italian import config as configuration
from cercafoto.training.clip_italian.batches import Order
from cercafoto.training.clip_italian.checkpoint import LAST
from cercafoto.training.clip_italian.config import Run
from cercafoto.training.training_errors import InputError

# How a run is computed, not which one it is. The files of pairs may lie elsewhere, if they hold the
# same (`data_of`), and engine.batch may differ where the devices together take as many.
FREE = ("name", "engine.", "data.workers", "data.train", "data.valid")


def begun(folder: Path) -> bool:
    """Tell whether the folder holds a run that can be gone on with."""
    return checkpoint.path_of(folder, LAST).exists()


def saved_run(folder: Path) -> Run:
    """The configuration that the last checkpoint of a run was written under. Raises InputError."""
    state, where = checkpoint.read(folder, LAST, lazily=True), checkpoint.path_of(folder, LAST)
    if "config" not in state:
        raise InputError(f"{where}: by an earlier version, which cannot be gone on with")
    return configuration.from_json(state["config"], str(where))


def check(saved: Run, run: Run, folder: Path) -> None:
    """Raise InputError, naming every field, where `run` is another one than `saved`."""
    others = [
        f"{name} is {old!r} there and {new!r} here"
        for name, old, new in _differences(saved, run)
        if not name.startswith(FREE)
    ]
    if others:
        raise InputError(
            f"{folder}: to go on with would be another run: {'; '.join(others)}. Leave these as "
            "they are there, or begin in another folder"
        )


def state_of(
    run: Run, order: Order, optimizer: torch.optim.Optimizer, digests: dict[str, str]
) -> dict[str, Any]:
    """What a checkpoint holds for `restore`, beside the weights and the random numbers."""
    return {
        "config": configuration.to_json(run),
        "data": digests,
        "optimizer": checkpoint.copied(optimizer.state_dict()),
        "global_batch": order.batch * order.world,
    }


def check_state(
    state: dict[str, Any], run: Run, order: Order, digests: dict[str, str], folder: Path
) -> None:
    """Raise InputError where a checkpoint is of other pairs, or of another number a step."""
    if state["global_batch"] != order.batch * order.world:
        raise InputError(
            f"{folder}: was running with {state['global_batch']} pairs a step over all devices, "
            f"now {order.batch * order.world}: the run would not be the same"
        )
    saved = configuration.from_json(state["config"])
    for name, digest in digests.items():
        if state["data"][name] != digest:
            old, new = getattr(saved.data, name), getattr(run.data, name)
            raise InputError(f"{new}: holds other pairs than data.{name}, {old}, did at the start")


def _differences(one: Any, other: Any, within: str = "") -> Iterator[tuple[str, Any, Any]]:
    """The fields in which two configurations differ: name, value of one, of the other."""
    for field in dataclasses.fields(one):
        name, old, new = within + field.name, getattr(one, field.name), getattr(other, field.name)
        if dataclasses.is_dataclass(old):
            yield from _differences(old, new, f"{name}.")
        elif old != new:
            yield name, old, new
