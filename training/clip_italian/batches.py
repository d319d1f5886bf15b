"""Make batches of pairs: the same from any step on, whatever the number of workers.

So an interrupted run ends like one that was not. What is drawn for a pair (its caption, its
augmentation) comes from the run's seed, the epoch and the pair's place, never from a generator that
remembers what it drew before.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from tokenizers import Tokenizer
from torch import Tensor
from torch.nn.functional import pad
from torch.utils.data import Dataset

from cercafoto.errors import ImageError
from cercafoto.training.clip_italian.config import Schedule
from cercafoto.training.data.pair_index import PairIndex
from cercafoto.training.data.pairs import Pair
from cercafoto.training.data.photo_store import PhotoStore
from cercafoto.training.training_errors import InputError

Inputs = dict[str, Tensor]
# Bytes, name and seed of a photo -> its pixels, or what `distort` makes pixels of.
View = Callable[[bytes, str, int], Tensor | Inputs]
Place = tuple[int, int]  # epoch, index of the pair
TOKENS = ("input_ids", "attention_mask")


@dataclass(frozen=True)
class Order:
    """The order of the pairs, step by step.

    Every epoch has its own permutation, and drops the pairs that do not fill a whole batch: a
    smaller batch would have fewer negatives.

    pairs: how many there are.
    batch: pairs of this process in a step.
    rank, world: the number of this process, and how many there are.
    window: how many shards have their pairs mixed at a time; 0: all pairs are mixed.
    shards: the shard of each pair [pairs], which a window needs.
    """

    pairs: int
    batch: int
    seed: int = 0
    rank: int = 0
    world: int = 1
    window: int = 0
    shards: NDArray[np.int64] | None = field(default=None, compare=False, repr=False)
    _last: dict[int, NDArray[np.int64]] = field(
        default_factory=dict, init=False, compare=False, repr=False
    )

    @property
    def steps_per_epoch(self) -> int:
        """Return the whole batches of an epoch. Raises InputError if the pairs do not make one."""
        steps = self.pairs // (self.batch * self.world)
        if not steps:
            raise InputError(
                f"{self.pairs} pairs do not fill a batch of {self.batch} on {self.world} devices"
            )
        return steps

    def places(self, step: int) -> list[Place]:
        """Return the pairs of this process at step `step`, counted from the start of the run."""
        epoch, within = divmod(step, self.steps_per_epoch)
        if epoch not in self._last:
            self._last.clear()  # one epoch at a time
            self._last[epoch] = self._permutation(epoch)
        first = (within * self.world + self.rank) * self.batch
        return [(epoch, int(index)) for index in self._last[epoch][first : first + self.batch]]

    def _permutation(self, epoch: int) -> NDArray[np.int64]:
        draw = np.random.default_rng([self.seed, epoch])
        mixed = draw.permutation(self.pairs)
        if self.window and self.shards is not None:
            # Shards are drawn into windows, and the pairs of a window follow each other, mixed.
            names, shard = np.unique(self.shards, return_inverse=True)
            window = draw.permutation(len(names))[shard] // self.window
            mixed = mixed[np.argsort(window[mixed], kind="stable")]
        return mixed


class Steps:
    """The places of steps `first` to `last - 1`, one list a step."""

    def __init__(self, order: Order, first: int, last: int) -> None:
        self.order, self.first, self.last = order, first, last

    def __iter__(self) -> Iterator[list[Place]]:
        for step in range(self.first, self.last):
            yield self.order.places(step)


@dataclass
class Batch:
    """Inputs of one step, in the parts that the workers made.

    parts: each holds pixel_values float32 [N, 3, H, W], or what `distort` makes them of, and
        input_ids and attention_mask int64 [N, T]; or image_features and text_features float32
        [N, width]. T differs from part to part.
    broken: photos that could not be read, replaced by other pairs.
    pad_id: the token that fills input_ids up to the longest caption of the batch.
    """

    parts: list[Inputs]
    broken: list[str] = field(default_factory=list)
    pad_id: int = 0

    def __len__(self) -> int:
        return sum(len(next(iter(part.values()))) for part in self.parts)

    def to(self, device: torch.device, stay: Sequence[str] = ()) -> Inputs:
        """Return the parts joined on the device, without waiting for the copies.

        stay: names of the inputs that are joined on the CPU instead.
        """
        joined = {}
        for name in self.parts[0]:
            place = torch.device("cpu") if name in stay else device
            values = [part[name].to(place, non_blocking=True) for part in self.parts]
            if name in TOKENS:
                fill = self.pad_id if name == "input_ids" else 0
                longest = max(value.shape[1] for value in values)
                values = [pad(v, (0, longest - v.shape[1]), value=fill) for v in values]
            joined[name] = torch.cat(values) if len(values) > 1 else values[0]
        return joined

    def pin_memory(self) -> Batch:
        pinned = [{name: v.pin_memory() for name, v in part.items()} for part in self.parts]
        return Batch(pinned, self.broken, self.pad_id)


Item = tuple[Tensor | Inputs, str, list[str]]


class PhotoPairs(Dataset[Item]):
    """Pairs by (epoch, index): pixels, a caption, and the photos that could not be read."""

    def __init__(
        self, pairs: Sequence[Pair], root: Path, view: View, seed: int, sample: bool
    ) -> None:
        self.pairs = pairs
        self.store = PhotoStore(root)
        self.view = view
        self.seed = seed
        self.sample = sample

    def __len__(self) -> int:
        return len(self.pairs)

    def __getitem__(self, place: Place) -> Item:
        epoch, index = place
        draw = np.random.default_rng([self.seed, epoch, index])
        broken: list[str] = []
        # A photo that went missing after preparation must not end a run of days.
        for skipped in range(len(self.pairs)):
            number = (index + skipped) % len(self.pairs)
            pair = self.pairs[number]
            # The caption is drawn first, as in `frozen`.
            which = int(draw.integers(len(pair.captions))) if self.sample else 0
            try:
                data = self._photo(number, pair)
                pixels = self.view(data, pair.image_path, int(draw.integers(2**62)))
            except (OSError, ImageError, InputError):
                broken.append(pair.image_path)
                continue
            return pixels, pair.captions[which], broken
        raise InputError(f"none of the {len(self.pairs)} photos can be read")

    def _photo(self, number: int, pair: Pair) -> bytes:
        if isinstance(self.pairs, PairIndex):
            return self.pairs.photo(number)
        return self.store.read(pair.image_path)


def tokenised(tokenizer: Tokenizer, captions: Sequence[str]) -> tuple[Tensor, Tensor]:
    """Return int64 input_ids and attention_mask [N, T], T that of the longest caption."""
    encoded = tokenizer.encode_batch(list(captions))
    return (
        torch.tensor([e.ids for e in encoded]),
        torch.tensor([e.attention_mask for e in encoded]),
    )


class Collate:
    """Joins pairs into a batch of one part, captions tokenised together."""

    def __init__(self, tokenizer: Tokenizer) -> None:
        self.tokenizer = tokenizer

    def __call__(self, items: Sequence[Item]) -> Batch:
        seen, captions, broken = zip(*items, strict=True)
        ids, mask = tokenised(self.tokenizer, captions)
        views = [{"pixel_values": v} if isinstance(v, Tensor) else v for v in seen]
        inputs = {name: torch.stack([view[name] for view in views]) for name in views[0]}
        inputs |= {"input_ids": ids, "attention_mask": mask}
        pad_id = (self.tokenizer.padding or {}).get("pad_id", 0)
        return Batch([inputs], [name for names in broken for name in names], pad_id)


def steps_of(schedule: Schedule, order: Order) -> tuple[int, int]:
    """Return how many steps the schedule has, and after how many of them the run ends."""
    steps = schedule.epochs * order.steps_per_epoch
    if schedule.max_steps:
        steps = min(steps, schedule.max_steps)
    end = schedule.stop_after_epochs * order.steps_per_epoch
    return steps, min(steps, end) if end else steps
