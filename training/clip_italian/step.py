"""One update of the model, the same for training and for timing.

Embeddings under the run's precision, the loss of each pair against those of its block, gradients
averaged over the devices, clipped, applied.
"""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from cercafoto.training.clip_italian import distributed, gradcache, optim
from cercafoto.training.clip_italian.batches import Inputs
from cercafoto.training.clip_italian.config import Run
from cercafoto.training.clip_italian.loss import contrastive
from cercafoto.training.clip_italian.model import DualEncoder


@dataclass
class Step:
    """The update of a model."""

    run: Run
    model: DualEncoder
    optimizer: torch.optim.Optimizer

    def __call__(self, inputs: Inputs, rate: float) -> float:
        """Update once; return the loss of the whole batch, over all devices.

        inputs: those of a `Batch`, on the device.
        """
        chunk, block = self.run.engine.chunk, self.run.loss.negatives
        loss = gradcache.backward(inputs, self.embed, self._loss, chunk, block)
        distributed.average_gradients(self.model.learning())
        optim.step(self.optimizer, self.run.optimizer, rate)
        self.optimizer.zero_grad(set_to_none=True)
        return distributed.mean(loss)

    def embed(self, inputs: Inputs) -> tuple[Tensor, Tensor]:
        """Unit vectors of the photos and of the captions, [N, D] each."""
        model = self.model
        with self._precision():
            if "image_features" in inputs:
                return (
                    model.project_images(inputs["image_features"]),
                    model.project_texts(inputs["text_features"]),
                )
            return (
                model.embed_images(inputs["pixel_values"]),
                model.embed_texts(inputs["input_ids"], inputs["attention_mask"]),
            )

    def _precision(self) -> AbstractContextManager[Any]:
        if self.run.engine.precision == "bfloat16":
            return torch.autocast(distributed.device().type, torch.bfloat16)
        return nullcontext()

    def _loss(self, images: Tensor, texts: Tensor) -> Tensor:
        return contrastive(images, texts, self.model.scale(), self.run.loss.negatives)
