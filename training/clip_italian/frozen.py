"""Compute the features of frozen backbones once.

If only the projections learn, nothing is augmented and no unit is dropped, then a photo or caption
has the same pooled features every time. They are kept in files beside the run and mapped into
memory: an epoch costs two small matrix products a pair instead of two transformers. The published
run augmented and dropped (`frozen_dropout`); this is another, cheaper run.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from cercafoto.base.arrays import Floats
from cercafoto.errors import ImageError
from cercafoto.training.clip_italian import distributed
from cercafoto.training.clip_italian.augment import Plain
from cercafoto.training.clip_italian.batches import Batch, Order, Place
from cercafoto.training.clip_italian.config import Run
from cercafoto.training.clip_italian.model import DualEncoder
from cercafoto.training.data.pairs import Pair
from cercafoto.training.data.photo_store import PhotoStore
from cercafoto.training.training_errors import InputError

Progress = Callable[[str, int, int], None]  # what, done, of
BATCH = 64


@dataclass
class FrozenFeatures:
    """Features of photos and captions.

    images: float32 [photos, width].
    texts: float32 [captions, width].
    first: photo i has the captions from first[i] to first[i + 1].
    broken: photos that could not be read; they have no row in images.
    """

    images: Floats
    texts: Floats
    first: NDArray[np.int64]
    broken: list[str] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.images)

    def batch(self, places: Sequence[Place], seed: int, sample: bool) -> Batch:
        rows = [index for _, index in places]
        captions = []
        for epoch, index in places:
            count = int(self.first[index + 1] - self.first[index])
            drawn = np.random.default_rng([seed, epoch, index]).integers(count) if sample else 0
            captions.append(int(self.first[index] + drawn))
        inputs = {"image_features": self.images[rows], "text_features": self.texts[captions]}
        return Batch([{name: torch.from_numpy(value) for name, value in inputs.items()}])

    def batches(
        self, order: Order, first: int, last: int, seed: int, sample: bool
    ) -> Iterator[Batch]:
        for step in range(first, last):
            yield self.batch(order.places(step), seed, sample)


def features(
    model: DualEncoder,
    run: Run,
    pairs: Sequence[Pair],
    root: Path,
    cache: Path,
    progress: Progress = lambda what, done, of: None,
) -> FrozenFeatures:
    """Return the features of every photo, as it is served, and of every caption.

    cache: folder that keeps the results of each choice of towers and pairs.
    Several processes on one file system share the work.
    """
    described = repr((run.towers, [(p.image_path, p.captions) for p in pairs]))
    key = hashlib.sha256(described.encode()).hexdigest()[:16]
    device = distributed.device()
    captions = [caption for pair in pairs for caption in pair.captions]
    counts = [len(pair.captions) for pair in pairs]
    model.eval()

    images = _Table(cache / f"{key}-images.npy", len(pairs), model.image_tower.width)
    if not images.complete:
        dataset = Photos(pairs, root, Plain(model.image_tower.preprocessing))
        mine = images.share()
        loader = DataLoader(
            torch.utils.data.Subset(dataset, mine), BATCH, num_workers=run.data.workers
        )
        at = mine.start
        for pixels, readable in loader:
            with torch.inference_mode():
                pixels = pixels.to(device, memory_format=torch.channels_last)
                rows = model.image_tower(pixels).float().cpu().numpy()
            rows[~readable.numpy()] = np.nan
            images.fill(at, rows)
            at += len(rows)
            progress("photos", at - mine.start, len(mine))
    texts = _Table(cache / f"{key}-texts.npy", len(captions), model.text_tower.width)
    if not texts.complete:
        mine = texts.share()
        for at in range(mine.start, mine.stop, BATCH):
            stop = min(at + BATCH, mine.stop)
            ids, mask = model.text_tower.tokens(captions[at:stop])
            with torch.inference_mode():
                rows = model.text_tower(ids.to(device), mask.to(device)).float().cpu().numpy()
            texts.fill(at, rows)
            progress("captions", stop - mine.start, len(mine))
    return _readable(images.finish(), texts.finish(), counts, pairs)


class Photos(Dataset[tuple[Tensor, bool]]):
    """Pixels of each photo, zeros if it cannot be read, and whether it can."""

    def __init__(self, pairs: Sequence[Pair], root: Path, view: Plain) -> None:
        self.pairs, self.store, self.view = pairs, PhotoStore(root), view

    def __len__(self) -> int:
        return len(self.pairs)

    def __getitem__(self, index: int) -> tuple[Tensor, bool]:
        name = self.pairs[index].image_path
        try:
            return self.view(self.store.read(name), name), True
        except (OSError, ImageError, InputError):
            size = self.view.preprocessing.size
            return torch.zeros(3, size, size), False


class _Table:
    """A float32 matrix in a file, which takes its name only when it is complete."""

    def __init__(self, path: Path, rows: int, width: int) -> None:
        self.path, self.rows = path, rows
        self.partial = path.with_suffix(".partial.npy")
        # Every process looks before any of them begins to write.
        self.complete = path.is_file()
        distributed.barrier()
        if not self.complete:
            path.parent.mkdir(parents=True, exist_ok=True)
            if distributed.rank() == 0:
                np.lib.format.open_memmap(self.partial, "w+", np.float32, (rows, width))
            distributed.barrier()
            self.table = np.lib.format.open_memmap(self.partial, "r+")

    def share(self) -> range:
        """Return the rows that this process computes."""
        each = -(-self.rows // distributed.world())
        first = min(each * distributed.rank(), self.rows)
        return range(first, min(first + each, self.rows))

    def fill(self, at: int, rows: Floats) -> None:
        self.table[at : at + len(rows)] = rows

    def finish(self) -> Floats:
        if not self.complete:
            self.table.flush()
            distributed.barrier()
            if distributed.rank() == 0:
                self.partial.replace(self.path)
            distributed.barrier()
        result: Floats = np.load(self.path, mmap_mode="r")
        return result


def _readable(
    images: Floats, texts: Floats, counts: Sequence[int], pairs: Sequence[Pair]
) -> FrozenFeatures:
    first = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
    lost = np.isnan(images[:, 0])
    if not lost.any():
        return FrozenFeatures(images, texts, first)
    readable = np.flatnonzero(~lost)
    rows = np.concatenate([np.arange(first[i], first[i + 1]) for i in readable])
    again = np.concatenate([[0], np.cumsum(np.array(counts)[readable])]).astype(np.int64)
    broken = [pair.image_path for pair, is_lost in zip(pairs, lost, strict=True) if is_lost]
    return FrozenFeatures(images[readable], texts[rows], again, broken)
