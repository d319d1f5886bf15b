"""The log of a run, as JSON lines and for TensorBoard."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from cercafoto.base.atomic_file import replacing

LOG = "log.jsonl"


class Log:
    """A log: a line a record in `log.jsonl`, the numbers also in `tensorboard/` if it is installed.

    A run that resumes at step `after` drops the lines beyond: those steps are done again.
    """

    def __init__(self, folder: Path, after: int = 0) -> None:
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

    def close(self) -> None:
        os.fsync(self.file.fileno())
        self.file.close()
        if self.board is not None:
            self.board.close()


def read(path: Path) -> list[dict[str, Any]]:
    """Read the records of a log, without a last line that a crash cut short."""
    if not path.is_file():
        return []
    rows = []
    for line in path.read_text(encoding="utf-8").splitlines():
        try:
            rows.append(json.loads(line))
        except ValueError:
            break
    return rows


def _line(row: dict[str, Any]) -> str:
    return json.dumps(row) + "\n"


def _board(folder: Path, after: int) -> Any:
    try:
        from torch.utils.tensorboard import SummaryWriter
    except ImportError:
        return None
    return SummaryWriter(str(folder), purge_step=after + 1)
