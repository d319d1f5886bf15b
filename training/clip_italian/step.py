"""One update of the model, the same for training and for timing.

Embeddings under the run's precision, the loss of each pair against those of its block, gradients
averaged over the devices, clipped, applied. Nothing here waits for the device, but for the update
under float16, which has to know whether the gradients overflowed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import torch
from torch import Tensor

from cercafoto.training.clip_italian import distributed, gradcache, objective, optim
from cercafoto.training.clip_italian.average import Average
from cercafoto.training.clip_italian.batches import Inputs
from cercafoto.training.clip_italian.config import Run
from cercafoto.training.clip_italian.model import DualEncoder
from cercafoto.training.clip_italian.precision import Precision


@dataclass
class Step:
    """The update of a model.

    keepers: teachers whose similarities are to be kept.
    """

    run: Run
    model: DualEncoder
    optimizer: torch.optim.Optimizer
    keepers: Sequence[DualEncoder] = ()

    def __post_init__(self) -> None:
        self.average = Average(list(self.model.learning()), self.run.optimizer.average)
        self.precision = Precision(self.run.engine.precision, distributed.device())

    def __call__(self, inputs: Inputs, rate: float) -> Tensor:
        """Update once; return the loss of this process's pairs [], on the device.

        inputs: those of a `Batch`, on the device. The loss of the whole batch is the mean of the
        processes' (`distributed.means`).
        """
        chunk, block = self.run.engine.chunk, self.run.loss.negatives
        scaler = self.precision.scaler
        of_all = partial(self._loss, inputs=inputs)
        loss = gradcache.backward(inputs, self.embed, of_all, chunk, block, scaler.scale)
        # Averaged first: a gradient that overflowed in one process is seen in all of them.
        distributed.average_gradients(self.model.learning())
        scaler.unscale_(self.optimizer)
        optim.clip(self.optimizer, self.run.optimizer)
        optim.set_rate(self.optimizer, rate)
        scaler.step(self.optimizer)
        scaler.update()
        self.average.follow()
        self.optimizer.zero_grad(set_to_none=True)
        return loss

    def embed(self, inputs: Inputs) -> tuple[Tensor, Tensor]:
        """Return unit vectors of the photos and of the captions, [N, D] each."""
        with self.precision.cast():
            vectors: tuple[Tensor, Tensor] = self.model(inputs)
            return vectors

    def _loss(self, images: Tensor, texts: Tensor, inputs: Inputs | None = None) -> Tensor:
        """Return the loss [] of this process's pairs. inputs: of all of them, for the keepers."""
        loss, model = self.run.loss, self.model
        value = objective.compare(images, texts, model, loss, loss.negatives)
        for number, keeper in enumerate(self.keepers):
            assert inputs is not None
            kept = (
                keeper.project_images(inputs[f"kept_images_{number}"]),
                keeper.project_texts(inputs[f"kept_texts_{number}"]),
            )
            term = objective.keeping(images, texts, model.scale(), kept, keeper.scale())
            value = value + loss.keep / len(self.keepers) * term
        return value
