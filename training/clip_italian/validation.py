"""Validate a run: the loss over blocks, also by source; recall and MRR among a sample of photos."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from cercafoto.base.arrays import Floats, Ints
from cercafoto.training.clip_italian import distributed, objective
from cercafoto.training.clip_italian.augment import Plain
from cercafoto.training.clip_italian.batches import Batch, PhotoPairs
from cercafoto.training.clip_italian.config import Run
from cercafoto.training.clip_italian.frozen import FrozenFeatures
from cercafoto.training.clip_italian.monitor.tables import Tables
from cercafoto.training.clip_italian.read_ahead import planned, read
from cercafoto.training.clip_italian.sentences import Sentences
from cercafoto.training.clip_italian.step import Step
from cercafoto.training.data.pairs import Pair
from cercafoto.training.measure.metrics import hits_at, mrr_at, ranks
from cercafoto.training.training_errors import InputError

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
    tables: the published tables' photos, which are measured too.
    """

    run: Run
    step: Step
    pairs: Sequence[Pair] | Sentences
    frozen: FrozenFeatures | None
    tables: Tables

    def __post_init__(self) -> None:
        names: list[str] = []
        if not isinstance(self.pairs, Sentences):
            names = [pair.source for pair in self.pairs]
        if self.frozen and names:
            names = [names[row] for row in self.frozen.rows]
        self.names = list(dict.fromkeys(names)) or [""]
        sources = [self.names.index(name) for name in names] or [0] * self._count()
        self.sources = np.array(sources, dtype=np.int64)
        # The pairs of a source follow each other, as `prepare split` writes them. Of that order
        # every 14th of 70,000 is a sample which has of each source its share.
        self.order = np.argsort(self.sources, kind="stable")
        sampled = min(RETRIEVAL_PHOTOS, self._count())
        self.sample = self.order[np.arange(sampled) * self._count() // sampled]

    def measure(self) -> dict[str, float]:
        """Return loss, recall and MRR; every process measures its share of the blocks.

        A running mean of the weights is measured instead of the weights. Blocks are in the set's
        order, source by source, with first captions. The rest that fills no block does not count
        for the loss, as in the published script: among fewer pairs a loss is lower. Of several
        sources each has its own loss too. Raises InputError if a figure is not a number.
        """
        model, device = self.step.model, distributed.device()
        model.eval()
        block, sampled = self._block(), set(self.sample.tolist())
        losses = torch.zeros(len(self.names), 2, dtype=torch.float64)  # sum and number of pairs
        images: list[Floats] = []
        texts: list[Floats] = []
        with self.step.average.in_place(), torch.inference_mode():
            places = self._places()
            for numbers, batch in zip(places, self._batches(places), strict=True):
                photos, captions = self.step.embed(batch.to(device))
                if len(batch) == block:
                    each = objective.compare(photos, captions, model, self.run.loss, block)
                    values = torch.stack([each.double().cpu(), torch.ones(block).double()], dim=1)
                    losses.index_add_(0, torch.from_numpy(self.sources[numbers]), values)
                if self.run.loss.name == "mse":  # texts of any length
                    captions = torch.nn.functional.normalize(captions, dim=1)
                rows = [at for at, number in enumerate(numbers) if number in sampled]
                images.append(photos[rows].cpu().numpy())
                texts.append(captions[rows].cpu().numpy())
            figures = self._loss(losses) | self.tables.measure(self.step)
        model.train()
        # A small set may have fewer blocks than there are processes.
        images, texts = (
            [rows for own in distributed.everywhere(mine) for rows in own]
            for mine in (images, texts)
        )
        among = np.concatenate(images)
        if not np.isfinite(figures["valid_loss"]) or not np.isfinite(among).all():
            raise InputError(
                f"the validation loss is {figures['valid_loss']:g}, or embeddings are not numbers: "
                "the run has diverged. Begin again with a smaller optimizer.learning_rate"
            )
        rank = ranks(np.concatenate(texts) @ among.T, np.arange(len(among)))
        figures |= {f"R@{k}": hits_at(rank, k) for k in RETRIEVAL}
        return figures | {f"MRR@{k}": mrr_at(rank, k) for k in RETRIEVAL}

    def _loss(self, losses: Tensor) -> dict[str, float]:
        """Return the mean loss of the pairs of all processes, and of each of several sources."""
        total = torch.stack(distributed.everywhere(losses)).sum(dim=0)
        whole, pairs = total.sum(dim=0).tolist()
        figures = {"valid_loss": whole / pairs}
        if len(self.names) > 1:
            figures |= {
                f"valid_loss/{name}": own / count
                for name, (own, count) in zip(self.names, total.tolist(), strict=True)
                if count
            }
        return figures

    def _count(self) -> int:
        return len(self.frozen if self.frozen else self.pairs)

    def _block(self) -> int:
        """Return the pairs of a block, whatever the batch is: a smaller set is one block."""
        return min(self.run.loss.negatives or VALIDATION_BLOCK, self._count())

    def _places(self) -> list[Ints]:
        """Return the numbers of the pairs of this process's blocks; the last may be smaller."""
        blocks = np.split(self.order, range(self._block(), self._count(), self._block()))
        return blocks[distributed.rank() :: distributed.world()]

    def _batches(self, blocks: Sequence[Ints]) -> Iterator[Batch]:
        places = [[(0, int(number)) for number in numbers] for numbers in blocks]
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
