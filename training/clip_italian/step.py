"""One update of the model, the same for training and for timing.

It embeds the pairs in the run's precision, takes the loss of each pair against the others of its
block, averages the gradients over the devices, clips and applies them. Nothing here waits for the
device, except the update in float16, which has to know whether the gradients overflowed.

Several devices average their gradients while the backward pass still runs
(DistributedDataParallel), unless a batch is embedded twice or the run is deterministic: how
DistributedDataParallel groups the weights, and so how it rounds, changes after its first step.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from functools import partial

import torch
from torch import Tensor, nn
from torch.nn.parallel import DistributedDataParallel

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
        engine = self.run.engine
        self.average = Average(list(self.model.learning()), self.run.optimizer.average)
        self.precision = Precision(engine.precision, distributed.device())
        self.shared: DistributedDataParallel | None = None
        if distributed.world() > 1 and not engine.deterministic:
            self.shared = DistributedDataParallel(self.model, gradient_as_bucket_view=True)
            # Set here: the argument has another name since torch 2.13.
            self.shared.broadcast_buffers = False

    def __call__(self, inputs: Inputs, rate: float) -> Tensor:
        """Update once; return the loss of this process's pairs [], on the device.

        inputs: those of a `Batch`, on the device. The loss of the whole batch is the mean of the
        processes' (`distributed.means`).
        """
        chunk, block = self.run.engine.chunk, self.run.loss.negatives
        scaler, shared = self.precision.scaler, self.shared
        # Two passes have two backward passes a weight: its gradients can only be averaged after.
        overlaps = shared and not gradcache.needs_two_passes(inputs, chunk, block)
        loss = gradcache.backward(
            inputs,
            partial(self.embed, by=shared) if overlaps else self.embed,
            partial(self._loss, inputs=inputs),
            chunk,
            block,
            scaler.scale,
            shared.no_sync if shared and overlaps else nullcontext,
        )
        if not overlaps:
            distributed.average_gradients(self.model.learning())
        # Averaged before: a gradient that overflowed in one process is seen in all of them.
        scaler.unscale_(self.optimizer)
        optim.clip(self.optimizer, self.run.optimizer)
        optim.set_rate(self.optimizer, rate)
        scaler.step(self.optimizer)
        scaler.update()
        self.average.follow()
        self.optimizer.zero_grad(set_to_none=True)
        return loss

    def embed(self, inputs: Inputs, by: nn.Module | None = None) -> tuple[Tensor, Tensor]:
        """Return unit vectors of the photos and of the captions, [N, D] each."""
        with self.precision.cast():
            vectors: tuple[Tensor, Tensor] = (by or self.model)(inputs)
            return vectors

    def _loss(self, images: Tensor, texts: Tensor, inputs: Inputs | None = None) -> Tensor:
        """Return the loss [] of this process's pairs. inputs: the batch's, which the keepers embed
        too."""
        loss, model = self.run.loss, self.model
        value = objective.compare(images, texts, model, loss, loss.negatives).mean()
        for number, keeper in enumerate(self.keepers):
            assert inputs is not None
            kept = (
                keeper.project_images(inputs[f"kept_images_{number}"]),
                keeper.project_texts(inputs[f"kept_texts_{number}"]),
            )
            term = objective.keeping(images, texts, model.scale(), kept, keeper.scale())
            value = value + loss.keep / len(self.keepers) * term
        return value
