"""Compute the features of frozen towers once, and make batches of them.

While a tower does not learn, nothing is augmented and no unit is dropped, a photo or a caption has
the same pooled features every time. They are kept in files and mapped into memory: an epoch costs
small matrix products instead of a transformer. A text tower that learns reads its captions anew.
The published run augmented and dropped (`frozen_dropout`); this is another, cheaper run.

They are computed in the numbers that the run multiplies in, as they would be in its steps:
bfloat16 on a GPU. What the run learns from, a teacher's features, is computed in TensorFloat-32 at
the coarsest, and so is everything for a run in float16, which has no room for large features.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.utils.data import DataLoader, Dataset

from cercafoto.base.arrays import Floats
from cercafoto.errors import ImageError
from cercafoto.training.clip_italian import distributed
from cercafoto.training.clip_italian.augment import Plain
from cercafoto.training.clip_italian.batches import Batch, Inputs, Order, Place
from cercafoto.training.clip_italian.config import Run
from cercafoto.training.clip_italian.model import DualEncoder
from cercafoto.training.clip_italian.one_run import one_run
from cercafoto.training.clip_italian.precision import Precision, chosen
from cercafoto.training.clip_italian.read_ahead import planned, workers_of
from cercafoto.training.clip_italian.sentences import Sentences
from cercafoto.training.data.pairs import Pair, split_member
from cercafoto.training.data.photo_store import PhotoStore
from cercafoto.training.training_errors import InputError

BATCH = 64
UNREADABLE = np.inf  # in the row of a photo that could not be read
Tokens = Callable[[Sequence[str]], tuple[Tensor, Tensor]]
Numbers = NDArray[np.int64]


@dataclass
class FrozenFeatures:
    """The training set with features computed once, by place.

    images: float32 [photos, width]: pooled features; of sentences, the embeddings to be learned.
    rows: the row in `images` of each place [places].
    first, count: the captions of a place are `count` from `first` on.
    captions: of all places.
    texts: their pooled features, float32 [captions, width]; None if the text tower learns.
    tokens: of the text tower, for captions without features.
    kept: features of photos and captions by the teachers whose similarities are to be kept.
    broken: photos that could not be read, which have no place.
    """

    images: Floats
    rows: Numbers
    first: Numbers
    count: Numbers
    captions: Sequence[str]
    texts: Floats | None
    tokens: Tokens
    kept: Sequence[tuple[Floats, Floats]] = ()
    broken: list[str] = field(default_factory=list)
    name: str = "image_features"

    def __len__(self) -> int:
        return len(self.rows)

    def batch(self, places: Sequence[Place], seed: int, sample: bool) -> Batch:
        rows = [int(self.rows[index]) for _, index in places]
        captions = []
        for epoch, index in places:
            count = int(self.count[index])
            drawn = np.random.default_rng([seed, epoch, index]).integers(count) if sample else 0
            captions.append(int(self.first[index] + drawn))
        inputs: Inputs = {self.name: torch.from_numpy(self.images[rows])}
        if self.texts is None:
            ids, mask = self.tokens([self.captions[number] for number in captions])
            inputs |= {"input_ids": ids, "attention_mask": mask}
        else:
            inputs["text_features"] = torch.from_numpy(self.texts[captions])
        for number, (photos, texts) in enumerate(self.kept):
            inputs[f"kept_images_{number}"] = torch.from_numpy(photos[rows])
            inputs[f"kept_texts_{number}"] = torch.from_numpy(texts[captions])
        return Batch([inputs])

    def batches(
        self, order: Order, first: int, last: int, seed: int, sample: bool
    ) -> Iterator[Batch]:
        for step in range(first, last):
            yield self.batch(order.places(step), seed, sample)


def of_pairs(
    model: DualEncoder,
    run: Run,
    pairs: Sequence[Pair],
    root: Path,
    cache: Path,
    keepers: Sequence[DualEncoder] = (),
) -> FrozenFeatures:
    """Return the features of every photo, as it is served, and of captions read by a frozen tower.

    cache: folder that keeps the results, by the weights of the towers, the pairs and, if other runs
        share it, the sizes of the photos' files.
    keepers: teachers whose similarities are to be kept.
    Several processes on one file system share the work.
    """
    captions = [caption for pair in pairs for caption in pair.captions]
    count = np.array([len(pair.captions) for pair in pairs], dtype=np.int64)
    first = np.cumsum(count) - count
    images = _images(model, run, _precision(run), pairs, root, cache)
    rows = np.flatnonzero(np.isfinite(images[:, 0]))
    broken = [pairs[int(row)].image_path for row in np.flatnonzero(np.isinf(images[:, 0]))]
    texts = _texts(model, _precision(run), captions, cache) if run.text_still else None
    fine = _precision(run, of_teacher=True)
    kept = [
        (_images(keeper, run, fine, pairs, root, cache), _texts(keeper, fine, captions, cache))
        for keeper in keepers
    ]
    return FrozenFeatures(
        images,
        rows,
        first[rows],
        count[rows],
        captions,
        texts,
        model.text_tower.tokens,
        kept,
        broken,
    )


def of_sentences(
    model: DualEncoder,
    teacher: DualEncoder,
    run: Run,
    sentences: Sentences,
    languages: str,
    cache: Path,
) -> FrozenFeatures:
    """Return the teacher's embedding of each English sentence, beside what the student reads.

    languages: "italian": each sentence in Italian; "both": also the English one, as a place of its
        own.
    """
    texts = _texts(teacher, _precision(run, of_teacher=True), sentences.english, cache)
    targets = np.empty((len(texts), teacher.dimension), dtype=np.float32)
    device = distributed.device()
    for at in range(0, len(texts), BATCH):
        pooled = torch.from_numpy(np.array(texts[at : at + BATCH])).to(device)
        with torch.inference_mode():
            targets[at : at + BATCH] = teacher.project_texts(pooled).cpu().numpy()
    read = list(sentences.italian) + (list(sentences.english) if languages == "both" else [])
    place = np.arange(len(read), dtype=np.int64)
    return FrozenFeatures(
        targets,
        place % len(targets),
        place,
        np.ones_like(place),
        read,
        None,
        model.text_tower.tokens,
        name="targets",
    )


def _precision(run: Run, of_teacher: bool = False) -> Precision:
    """Return the precision that a run's features are computed in."""
    device = distributed.device()
    name = chosen(run.engine.precision, device)
    if name == "float16" or (name == "bfloat16" and of_teacher):
        name = "tf32" if device.type == "cuda" else "float32"
    return Precision(name, device)


def _images(
    model: DualEncoder,
    run: Run,
    precision: Precision,
    pairs: Sequence[Pair],
    root: Path,
    cache: Path,
) -> Floats:
    """Return pooled features of photos, `UNREADABLE` for a photo that cannot be read."""
    tower = model.image_tower
    view = Plain(tower.preprocessing)
    photos = _named(pairs, root, sizes=bool(run.engine.cache)) if not distributed.rank() else []
    key = distributed.everywhere(_key(tower, precision, tower.preprocessing, photos))[0]

    def rows_of(mine: range) -> Iterator[Floats]:
        dataset = torch.utils.data.Subset(Photos(pairs, root, view), mine)
        workers = workers_of(run)
        ahead = planned(run, tower.preprocessing.size, BATCH * max(workers, 1), colour_bytes=4)
        for pixels, readable in DataLoader(
            dataset, ahead.piece, num_workers=workers, prefetch_factor=ahead.pieces or None
        ):
            with torch.inference_mode(), precision.cast():
                pixels = pixels.to(distributed.device(), memory_format=torch.channels_last)
                rows = tower(pixels).float().cpu().numpy()
            rows[~readable.numpy()] = UNREADABLE
            yield rows

    return _kept(cache / f"{key}-images.npy", len(pairs), tower.width, tower, rows_of)


def _texts(
    model: DualEncoder, precision: Precision, captions: Sequence[str], cache: Path
) -> Floats:
    """Return pooled features of captions."""
    tower = model.text_tower
    key = _key(tower, precision, tower.tokenizer.to_str(), captions)

    def rows_of(mine: range) -> Iterator[Floats]:
        for at in range(mine.start, mine.stop, BATCH):
            ids, mask = tower.tokens(captions[at : min(at + BATCH, mine.stop)])
            device = distributed.device()
            with torch.inference_mode(), precision.cast():
                rows = tower(ids.to(device), mask.to(device)).float().cpu().numpy()
            yield rows

    return _kept(cache / f"{key}-texts.npy", len(captions), tower.width, tower, rows_of)


def _named(pairs: Sequence[Pair], root: Path, sizes: bool) -> list[Any]:
    """Return what names the photos of pairs: their paths, with the sizes of their files or shards
    if `sizes`, since runs may share features that have photos of the same names. -1: there is no
    such file. A run's own features stay, even if a photo is lost while it goes on."""
    if not sizes:
        return [pair.image_path for pair in pairs]

    @cache
    def size(file: str) -> int:
        try:
            return (root / file).stat().st_size
        except OSError:
            return -1

    return [(pair.image_path, size(split_member(pair.image_path)[0])) for pair in pairs]


def _key(tower: nn.Module, precision: Precision, *described: Any) -> str:
    """Return a name for features, made of their weights, their data and their precision."""
    if precision.name != "float32":
        described = (*described, precision.name)
    found = hashlib.sha256(repr(described).encode())
    for name, weight in tower.state_dict().items():
        found.update(name.encode() + weight.cpu().contiguous().numpy().tobytes())
    return found.hexdigest()[:16]


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


def _kept(
    path: Path,
    rows: int,
    width: int,
    tower: nn.Module,
    rows_of: Callable[[range], Iterable[Floats]],
) -> Floats:
    """Return float32 [rows, width], mapped from the file, which is made if it is not there.

    The file appears under its name only when it is complete; rows that an interrupted call has
    computed are not computed again. Of several runs one computes them, and the others wait.
    rows_of: gives the rows of a range in order, some at a time.
    """
    if not _is_complete(path):
        with one_run(path.with_suffix(".lock"), waits=True):
            if not _is_complete(path):
                _compute(path, rows, width, tower, rows_of)
    result: Floats = np.load(path, mmap_mode="r")
    return result


def _is_complete(path: Path) -> bool:
    """Whether a file is there for the first process, the only one that writes it."""
    complete: bool = distributed.everywhere(path.is_file())[0]
    return complete


def _compute(
    path: Path,
    rows: int,
    width: int,
    tower: nn.Module,
    rows_of: Callable[[range], Iterable[Floats]],
) -> None:
    """Make the file of `_kept`; each process computes its part of the rows."""
    partial = path.with_suffix(".partial.npy")
    if distributed.rank() == 0:
        _begin(partial, rows, width)
    distributed.barrier()
    table = np.lib.format.open_memmap(partial, "r+")
    each = -(-rows // distributed.world())
    start = min(each * distributed.rank(), rows)
    mine = range(start, min(start + each, rows))
    # NaN marks rows to come; a row that a crash cut short has it at its end.
    missing = np.flatnonzero(np.isnan(table[mine.start : mine.stop, [0, -1]]).any(axis=1))
    if len(missing):
        at = mine.start + int(missing[0])
        learning = tower.training
        tower.to(distributed.device()).eval()
        for found in rows_of(range(at, mine.stop)):
            table[at : at + len(found)] = found
            at += len(found)
        tower.train(learning)
    table.flush()
    del table
    distributed.barrier()
    if distributed.rank() == 0:
        partial.replace(path)
    distributed.barrier()


def _begin(partial: Path, rows: int, width: int) -> None:
    """Create the file of a table without rows, unless it has been begun.

    It gets its name when all rows are marked as missing: zeros would pass for computed ones.
    """
    try:
        if np.load(partial, mmap_mode="r").shape == (rows, width):
            return
    except (OSError, ValueError):  # there is none, or it is damaged
        pass
    fresh = partial.with_suffix(".new")
    table = np.lib.format.open_memmap(fresh, "w+", np.float32, (rows, width))
    if hasattr(os, "posix_fallocate"):  # or a full disk would kill the process that writes a row
        with fresh.open("r+b") as file:
            os.posix_fallocate(file.fileno(), 0, fresh.stat().st_size)
    table[:] = np.nan
    table.flush()
    fresh.replace(partial)
