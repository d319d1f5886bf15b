"""Leave the figures of the steps on the device until those of several are read together.

Reading a loss waits until the device has computed it, and then the device has nothing to do next.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path

import torch
from torch import Tensor

from cercafoto.training.clip_italian import distributed
from cercafoto.training.clip_italian.config import Run
from cercafoto.training.clip_italian.monitor.run_log import Log
from cercafoto.training.training_errors import InputError

Figures = dict[str, float]


class Journal:
    """The log of a run: every process notes its steps, the first one writes.

    after: the step that the run begins at, as for `Log`.
    """

    def __init__(self, folder: Path, run: Run, after: int) -> None:
        self.log = Log(folder, after, run) if distributed.rank() == 0 else None
        self._steps: list[int] = []
        self._rates: list[float] = []
        self._tensors: list[Tensor] = []

    def step(self, step: int, rate: float, loss: Tensor, scale: Tensor) -> None:
        """Note a step: its learning rate, this process's loss [], the scale []."""
        self._steps.append(step)
        self._rates.append(rate)
        self._tensors.append(torch.stack([loss.detach(), scale.detach()]))

    def flush(self, speed: Callable[[], Figures]) -> Figures:
        """Wait for the steps noted, write their figures, and return those of the last.

        The loss is the mean over the processes.
        speed: called when the device has done the steps; its figures are written with each step.
        Raises InputError at the first loss that is not a number: no checkpoint may follow it.
        """
        if not self._steps:
            return {}
        seen = distributed.means(torch.stack(self._tensors)).tolist()
        figures, pace = {}, speed()
        for step, rate, (loss, scale) in zip(self._steps, self._rates, seen, strict=True):
            if not math.isfinite(loss):
                raise InputError(
                    f"step {step}: the loss is {loss} at the learning rate {rate:g}: the run has "
                    "diverged, and stops. The checkpoint is of an earlier step, but steps would go "
                    "the same way again: begin in another folder with a smaller "
                    "optimizer.learning_rate"
                )
            figures = {"loss": loss, "learning_rate": rate, "scale": scale} | pace
            self.write(step, figures)
        self._steps, self._rates, self._tensors = [], [], []
        return figures

    def write(self, step: int, figures: Figures) -> None:
        if self.log:
            self.log.write(step, **figures)

    def close(self) -> None:
        if self.log:
            self.log.close()
