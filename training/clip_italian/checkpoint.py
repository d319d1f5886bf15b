"""Checkpoints of a run: written whole or not at all, read without running their code."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from cercafoto.base.atomic_file import replacing
from cercafoto.training.errors import InputError

BEST, LAST = "best", "last"


def path_of(folder: Path, which: str) -> Path:
    return folder / "checkpoints" / f"{which}.pt"


def write(folder: Path, which: str, state: dict[str, Any]) -> None:
    """Replace the checkpoint atomically: a crash leaves the old one or the new one."""
    with replacing(path_of(folder, which)) as partial, partial.open("wb") as file:
        torch.save(state, file)
        file.flush()
        os.fsync(file.fileno())


def read(folder: Path, which: str) -> dict[str, Any]:
    """Read a checkpoint. Raises InputError if it is missing or damaged."""
    path = path_of(folder, which)
    try:
        state: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True)
    except FileNotFoundError as error:
        raise InputError(f"{path}: there is no such checkpoint") from error
    except Exception as error:  # pickle, zip and torch raise nearly anything
        raise InputError(f"{path}: damaged ({type(error).__name__}: {error})") from error
    return state


def random_state() -> dict[str, Tensor]:
    """The state of torch's generators, the CPU's and this process's GPU's.

    Dropout draws from them. Draws for a pair come from seeds, see `batches`.
    """
    state = {"cpu": torch.get_rng_state()}
    if torch.cuda.is_available():
        state["cuda"] = torch.cuda.get_rng_state()
    return state


def set_random_state(state: dict[str, Tensor]) -> None:
    torch.set_rng_state(state["cpu"])
    if "cuda" in state and torch.cuda.is_available():
        torch.cuda.set_rng_state(state["cuda"])
