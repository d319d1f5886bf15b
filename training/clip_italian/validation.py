"""Validate a run: the loss over blocks, recall and MRR among the set's first photos."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from cercafoto.base.arrays import Floats
from cercafoto.training.clip_italian import distributed, objective
from cercafoto.training.clip_italian.augment import Plain
from cercafoto.training.clip_italian.batches import Batch, PhotoPairs, in_order
from cercafoto.training.clip_italian.config import Run
from cercafoto.training.clip_italian.frozen import FrozenFeatures
from cercafoto.training.clip_italian.read_ahead import planned, read
from cercafoto.training.clip_italian.sentences import Sentences
from cercafoto.training.clip_italian.step import Step
from cercafoto.training.data.pairs import Pair
from cercafoto.training.metrics import hits_at, mrr_at, ranks

# Retrieval while training is measured among this many photos at most: figures of one run can be
# compared with each other, and a matrix of 70,000 by 70,000 scores would not fit.
RETRIEVAL_PHOTOS = 5_000
RETRIEVAL = (1, 5, 10)
# Pairs that the validation loss is among where training has no blocks: the published ones
# (run_training.sh@9ca42b9:19, see `config`).
VALIDATION_BLOCK = 128


@dataclass
class Validation:
    """The set that a run is validated on.

    frozen: its features, if they are computed once; otherwise the pairs are read.
    """

    run: Run
    step: Step
    pairs: Sequence[Pair] | Sentences
    frozen: FrozenFeatures | None

    def measure(self) -> dict[str, float]:
        """Return loss, recall and MRR; every process measures its share of the blocks.

        A running mean of the weights is measured instead of the weights. Blocks are in the set's
        order, with first captions. The rest that fills no block does not count for the loss, as in
        the published script: among fewer pairs a loss is lower.
        """
        model, device = self.step.model, distributed.device()
        model.eval()
        block, losses = self._block(), []
        images: list[Floats] = []
        texts: list[Floats] = []
        with self.step.average.in_place(), torch.inference_mode():
            for batch in self._batches():
                photos, captions = self.step.embed(batch.to(device))
                if len(batch) == block:
                    losses.append(objective.compare(photos, captions, model, self.run.loss, block))
                if self.run.loss.name == "mse":  # texts of any length
                    captions = torch.nn.functional.normalize(captions, dim=1)
                if len(images) * block * distributed.world() < RETRIEVAL_PHOTOS:
                    images.append(photos.cpu().numpy())
                    texts.append(captions.cpu().numpy())
        model.train()
        total = float(torch.stack(losses).double().sum()) if losses else 0.0
        # A small set may have fewer blocks than there are processes.
        images, texts = (
            [rows for own in distributed.everywhere(mine) for rows in own]
            for mine in (images, texts)
        )
        among = np.concatenate(images)[:RETRIEVAL_PHOTOS]
        rank = ranks(np.concatenate(texts)[: len(among)] @ among.T, np.arange(len(among)))
        numbers = {"valid_loss": distributed.total(total) / distributed.total(len(losses))}
        numbers |= {f"R@{k}": hits_at(rank, k) for k in RETRIEVAL}
        return numbers | {f"MRR@{k}": mrr_at(rank, k) for k in RETRIEVAL}

    def _count(self) -> int:
        return len(self.frozen if self.frozen else self.pairs)

    def _block(self) -> int:
        """Return the pairs of a block, whatever the batch is: a smaller set is one block."""
        return min(self.run.loss.negatives or VALIDATION_BLOCK, self._count())

    def _batches(self) -> Iterator[Batch]:
        places = in_order(self._count(), self._block(), distributed.rank(), distributed.world())
        if self.frozen:
            for batch in places:
                yield self.frozen.batch(batch, self.run.seed, sample=False)
            return
        assert not isinstance(self.pairs, Sentences), "sentences have features"
        model, data = self.step.model, self.run.data
        preprocessing = model.image_tower.preprocessing
        view = Plain(preprocessing)
        photos = PhotoPairs(self.pairs, Path(data.valid).parent, view, self.run.seed, sample=False)
        ahead = planned(self.run, preprocessing.size, self._block(), colour_bytes=4)
        yield from read(photos, places, model.text_tower.tokenizer, ahead)
