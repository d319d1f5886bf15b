"""One update of the model, the same for training and for timing.

Embeddings under the run's precision, the loss of each pair against those of its block, gradients
averaged over the devices, clipped, applied. Nothing here waits for the device, but for the update
under float16, which has to know whether the gradients overflowed.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from cercafoto.training.clip_italian import distributed, gradcache, optim
from cercafoto.training.clip_italian.batches import Inputs
from cercafoto.training.clip_italian.config import Run
from cercafoto.training.clip_italian.loss import contrastive
from cercafoto.training.clip_italian.model import DualEncoder
from cercafoto.training.clip_italian.precision import Precision


@dataclass
class Step:
    """The update of a model."""

    run: Run
    model: DualEncoder
    optimizer: torch.optim.Optimizer

    def __post_init__(self) -> None:
        self.precision = Precision(self.run.engine.precision, distributed.device())

    def __call__(self, inputs: Inputs, rate: float) -> Tensor:
        """Update once; return the loss of this process's pairs [], on the device.

        inputs: those of a `Batch`, on the device. The loss of the whole batch is the mean of the
        processes' (`distributed.means`).
        """
        chunk, block = self.run.engine.chunk, self.run.loss.negatives
        scaler = self.precision.scaler
        loss = gradcache.backward(inputs, self.embed, self._loss, chunk, block, scaler.scale)
        # Averaged first: a gradient that overflowed in one process is seen in all of them.
        distributed.average_gradients(self.model.learning())
        scaler.unscale_(self.optimizer)
        optim.clip(self.optimizer, self.run.optimizer)
        optim.set_rate(self.optimizer, rate)
        scaler.step(self.optimizer)
        scaler.update()
        self.optimizer.zero_grad(set_to_none=True)
        return loss

    def embed(self, inputs: Inputs) -> tuple[Tensor, Tensor]:
        """Unit vectors of the photos and of the captions, [N, D] each."""
        model = self.model
        with self.precision.cast():
            if "image_features" in inputs:
                return (
                    model.project_images(inputs["image_features"]),
                    model.project_texts(inputs["text_features"]),
                )
            return (
                model.embed_images(inputs["pixel_values"]),
                model.embed_texts(inputs["input_ids"], inputs["attention_mask"]),
            )

    def _loss(self, images: Tensor, texts: Tensor) -> Tensor:
        return contrastive(images, texts, self.model.scale(), self.run.loss.negatives)
