"""Go on with a run: read its configuration from its checkpoint, and check what differs.

A field may change if it only says how the same run is computed. A change that makes another run is
refused.
"""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import torch

from cercafoto.training.clip_italian import checkpoint, config_text
from cercafoto.training.clip_italian.checkpoint import LAST
from cercafoto.training.clip_italian.config import Run
from cercafoto.training.training_errors import InputError

# How a run is computed, not which one it is. The files of pairs may lie elsewhere, if they hold the
# same (`check_state`).
FREE = ("name", "engine.", "data.workers", "data.tables", "data.train", "data.valid")
BATCH = "engine.batch"  # the one field of the engine that makes another run


def begun(folder: Path) -> bool:
    """Whether the folder holds a run that can be resumed."""
    return checkpoint.path_of(folder, LAST).exists()


def saved_run(folder: Path) -> Run:
    """Return the configuration in the last checkpoint of a run. Raises InputError."""
    state = checkpoint.read(folder, LAST, lazily=True)
    return config_text.from_json(state["config"], str(checkpoint.path_of(folder, LAST)))


def check(saved: Run, run: Run, folder: Path) -> None:
    """Raise InputError, naming every field that differs, if `run` is another run than `saved`."""
    others = [
        f"{name} is {old!r} there and {new!r} here"
        for name, old, new in _differences(saved, run)
        if name == BATCH or not name.startswith(FREE)
    ]
    if others:
        raise InputError(
            f"{folder}: to go on with would be another run: {'; '.join(others)}. Leave these as "
            "they are there, or begin in another folder"
        )


def state_of(run: Run, optimizer: torch.optim.Optimizer, digests: dict[str, str]) -> dict[str, Any]:
    """Return what a checkpoint holds for `check_state`, and the state of the optimizer."""
    return {
        "config": config_text.to_json(run),
        "data": digests,
        "optimizer": checkpoint.copied(optimizer.state_dict()),
    }


def digest_of(pairs: str, broken: Sequence[str]) -> str:
    """Return what tells the places of a run's batches apart: the digest of its pairs, and the
    photos that have no features."""
    return hashlib.sha256(f"{pairs} {broken}".encode()).hexdigest() if broken else pairs


def check_state(state: dict[str, Any], run: Run, digests: dict[str, str]) -> None:
    """Raise InputError if a checkpoint has other pairs, or features of other photos."""
    saved = config_text.from_json(state["config"])
    for name, digest in digests.items():
        if state["data"][name] != digest:
            old, new = getattr(saved.data, name), getattr(run.data, name)
            raise InputError(
                f"{new}: holds other pairs, or photos that can be read, than data.{name}, {old}, "
                "did at the start: begin in another folder"
            )


def _differences(one: Any, other: Any, within: str = "") -> Iterator[tuple[str, Any, Any]]:
    """Yield name and both values of each field in which two configurations differ."""
    for field in dataclasses.fields(one):
        name, old, new = within + field.name, getattr(one, field.name), getattr(other, field.name)
        if dataclasses.is_dataclass(old):
            yield from _differences(old, new, f"{name}.")
        elif old != new:
            yield name, old, new
