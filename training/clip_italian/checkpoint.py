"""Write and read checkpoints of a run: whole or not at all, and without running their code.

A checkpoint is copied in memory between two steps and written while the next steps run. Only the
next checkpoint waits for the disk.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from cercafoto.base.atomic_file import replacing
from cercafoto.errors import first_line
from cercafoto.training.training_errors import InputError

BEST, LAST = "best", "last"


def path_of(folder: Path, which: str) -> Path:
    return folder / "checkpoints" / f"{which}.pt"


def write(folder: Path, which: str, state: dict[str, Any]) -> None:
    """Write a checkpoint in place of the old one; a crash leaves one of the two.

    Raises InputError if it cannot be written.
    """
    path = path_of(folder, which)
    try:
        with replacing(path) as partial, partial.open("wb") as file:
            torch.save(state, file)
            file.flush()
            os.fsync(file.fileno())
    except (OSError, RuntimeError) as error:  # torch's own writer raises RuntimeError
        # The system's reason comes before torch's.
        reason = error.__context__ if isinstance(error.__context__, OSError) else error
        free = shutil.disk_usage(folder).free / 1e9
        raise InputError(
            f"{path}: cannot be written ({first_line(reason, 100)}); {free:.1f} GB are free there. "
            "The checkpoint before is kept: make room, and the same command with --resume goes on"
        ) from error


class Writer:
    """Writes checkpoints one after another in its own thread.

    The end of the with block waits for the thread. An error in the thread is raised at the next
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
        """Write the checkpoints of these names, in this order.

        The tensors must be copies that no step changes, as `copied` makes them.
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
    """Return a copy on the CPU of tensors in dicts and lists."""
    if isinstance(state, Tensor):
        return state.detach().to("cpu", copy=True)
    if isinstance(state, dict):
        return {name: copied(value) for name, value in state.items()}
    if isinstance(state, list):
        return [copied(value) for value in state]
    return state


def read(folder: Path, which: str, lazily: bool = False) -> dict[str, Any]:
    """Return a checkpoint. Raises InputError if it is missing or damaged.

    lazily: read each tensor from the file only when it is used.
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
    """Return the state of torch's generators, of the CPU and of this process's GPU.

    Dropout draws from them; what is drawn for a pair comes from seeds, see `batches`.
    """
    state = {"cpu": torch.get_rng_state()}
    if torch.cuda.is_available():
        state["cuda"] = torch.cuda.get_rng_state()
    return state


def set_random_state(state: dict[str, Tensor]) -> None:
    torch.set_rng_state(state["cpu"])
    if "cuda" in state and torch.cuda.is_available():
        torch.cuda.set_rng_state(state["cuda"])
