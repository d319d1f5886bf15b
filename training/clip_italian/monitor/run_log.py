"""Write the log of a run as JSON lines, for TensorBoard and for a tracker."""

from __future__ import annotations

import dataclasses
import importlib
import json
import os
from pathlib import Path
from typing import Any

from cercafoto.base.atomic_file import replacing
from cercafoto.training.clip_italian.config import Run
from cercafoto.training.training_errors import InputError

LOG = "log.jsonl"
PROJECT = "cercafoto"  # of the trackers, which show its runs side by side


class Log:
    """Write each record as a line of `log.jsonl`, its numbers also to the boards of the run.

    The boards are TensorBoard, in `tensorboard/`, if it is installed, and the tracker that
    `engine.tracker` names. A run that resumes at step `after` drops the lines beyond: those steps
    are done again. Raises InputError if the tracker is not installed.
    """

    def __init__(self, folder: Path, after: int = 0, run: Run | None = None) -> None:
        self.tracker = _tracker(folder, run) if run else None
        self.path = folder / LOG
        earlier = [row for row in read(self.path) if row["step"] <= after]
        with replacing(self.path) as partial:
            partial.write_text("".join(_line(row) for row in earlier), encoding="utf-8")
        self.file = self.path.open("a", encoding="utf-8")
        self.board = _board(folder / "tensorboard", after)

    def write(self, step: int, **numbers: float) -> None:
        self.file.write(_line({"step": step} | numbers))
        self.file.flush()
        if self.board is not None:
            for name, value in numbers.items():
                self.board.add_scalar(name.replace("@", "_at_"), value, step)
        if self.tracker is not None:
            self.tracker.log(numbers, step=step)

    def close(self) -> None:
        os.fsync(self.file.fileno())
        self.file.close()
        if self.board is not None:
            self.board.close()
        if self.tracker is not None:
            self.tracker.finish()


def read(path: Path) -> list[dict[str, Any]]:
    """Return the records of a log, without a last line that a crash cut short."""
    if not path.is_file():
        return []
    rows = []
    for line in path.read_text(encoding="utf-8").split("\n"):
        try:
            rows.append(json.loads(line))
        except ValueError:
            break
    return rows


def _line(row: dict[str, Any]) -> str:
    return json.dumps(row) + "\n"


def _tracker(folder: Path, run: Run) -> Any:
    """Start the run's tracker and return its module: trackio and wandb have one interface."""
    name = run.engine.tracker
    if not name:
        return None
    try:
        tracker: Any = importlib.import_module(name)
    except ModuleNotFoundError as error:
        raise InputError(f"engine.tracker={name}: pip install {name}") from error
    tracker.init(project=PROJECT, name=folder.name, config=dataclasses.asdict(run), resume="allow")
    return tracker


def _board(folder: Path, after: int) -> Any:
    try:
        from torch.utils.tensorboard import SummaryWriter
    except ImportError:
        return None
    return SummaryWriter(str(folder), purge_step=after + 1)
