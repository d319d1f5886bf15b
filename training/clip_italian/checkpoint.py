"""Checkpoints of a run: written whole or not at all, read without running their code.

What is written is a copy in memory, taken between two steps: the disk is not waited for, until the
next one is to be written.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from cercafoto.base.atomic_file import replacing
from cercafoto.training.training_errors import InputError

BEST, LAST = "best", "last"


def path_of(folder: Path, which: str) -> Path:
    return folder / "checkpoints" / f"{which}.pt"


def write(folder: Path, which: str, state: dict[str, Any]) -> None:
    """Replace the checkpoint atomically: a crash leaves the old one or the new one."""
    with replacing(path_of(folder, which)) as partial, partial.open("wb") as file:
        torch.save(state, file)
        file.flush()
        os.fsync(file.fileno())


class Writer:
    """Writes checkpoints by a thread of its own, one set after the other.

    Leaving its block waits for what is being written. What goes wrong there is raised at the next
    `write`, or at the end.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._thread = ThreadPoolExecutor(1, "checkpoint")
        self._writing: Future[None] | None = None

    def __enter__(self) -> Writer:
        return self

    def __exit__(self, *error: object) -> None:
        try:
            self.wait()
        finally:
            self._thread.shutdown()

    def write(self, states: Mapping[str, dict[str, Any]]) -> None:
        """Replace the checkpoints of these names, in this order.

        The tensors must be copies that no step changes: `copied`.
        """
        self.wait()
        self._writing = self._thread.submit(self._write, states)

    def wait(self) -> None:
        if self._writing:
            writing, self._writing = self._writing, None
            writing.result()

    def _write(self, states: Mapping[str, dict[str, Any]]) -> None:
        for which, state in states.items():
            write(self.folder, which, state)


def copied(state: Any) -> Any:
    """A copy on the CPU of a state: tensors in dicts and lists."""
    if isinstance(state, Tensor):
        return state.detach().to("cpu", copy=True)
    if isinstance(state, dict):
        return {name: copied(value) for name, value in state.items()}
    if isinstance(state, list):
        return [copied(value) for value in state]
    return state


def read(folder: Path, which: str, lazily: bool = False) -> dict[str, Any]:
    """Read a checkpoint. Raises InputError if it is missing or damaged.

    lazily: its tensors are read from the file where they are looked at.
    """
    path = path_of(folder, which)
    try:
        state: dict[str, Any] = torch.load(
            path, map_location="cpu", weights_only=True, mmap=lazily or None
        )
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
