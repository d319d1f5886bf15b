"""Batches of pairs, the same in the same order whatever the number of workers, from any step on.

So an interrupted run ends like one that was not.

Whatever is drawn for a pair (its caption, its augmentation) comes from the run's seed, the epoch
and the pair's place, never from a generator that remembers.
"""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.utils.data import DataLoader, Dataset, Sampler

from cercafoto.errors import ImageError
from cercafoto.training.clip_italian.config import Schedule
from cercafoto.training.data.pair_index import PairIndex
from cercafoto.training.data.pairs import Pair
from cercafoto.training.data.photo_store import PhotoStore
from cercafoto.training.training_errors import InputError

Inputs = dict[str, Tensor]
View = Callable[[bytes, str, int], Tensor | Inputs]  # pixels, or what makes them on the device
Place = tuple[int, int]  # epoch, index of the pair


@dataclass(frozen=True)
class Order:
    """Order of the pairs, step by step.

    Every epoch goes through a permutation of its own, and drops what does not fill a whole batch: a
    smaller batch would have fewer negatives.

    pairs: how many there are.
    batch: of this process.
    rank, world: which process, of how many.
    window: shards whose pairs are mixed at a time; 0: all pairs are.
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
        """Whole batches of an epoch. Raises InputError where the pairs do not make one."""
        steps = self.pairs // (self.batch * self.world)
        if not steps:
            raise InputError(
                f"{self.pairs} pairs do not fill a batch of {self.batch} on {self.world} devices"
            )
        return steps

    def places(self, step: int) -> list[Place]:
        """The pairs of this process at step `step`, counted from the start of the run."""
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
            # Shards in an order of their own; then the windows that so many of them make, one
            # after the other, each as mixed as all pairs were.
            names, shard = np.unique(self.shards, return_inverse=True)
            window = draw.permutation(len(names))[shard] // self.window
            mixed = mixed[np.argsort(window[mixed], kind="stable")]
        return mixed


class Steps(Sampler[list[Place]]):
    """The places of steps `first` to `last - 1`, one list a step."""

    def __init__(self, order: Order, first: int, last: int) -> None:
        self.order, self.first, self.last = order, first, last

    def __iter__(self) -> Iterator[list[Place]]:
        for step in range(self.first, self.last):
            yield self.order.places(step)

    def __len__(self) -> int:
        return self.last - self.first


@dataclass
class Batch:
    """Inputs of one step.

    inputs: pixel_values float32 [N, 3, H, W], or what `distort` makes them of, input_ids and
        attention_mask int64 [N, T]; or image_features and text_features float32 [N, width].
    broken: photos that could not be read, replaced by other pairs.
    """

    inputs: Inputs
    broken: list[str] = field(default_factory=list)

    def __len__(self) -> int:
        return len(next(iter(self.inputs.values())))

    def to(self, device: torch.device) -> Inputs:
        return {name: value.to(device, non_blocking=True) for name, value in self.inputs.items()}

    def pin_memory(self) -> Batch:
        return Batch({name: v.pin_memory() for name, v in self.inputs.items()}, self.broken)


Item = tuple[Tensor | Inputs, str, list[str]]


class PhotoPairs(Dataset[Item]):
    """Pairs by (epoch, index): pixels, a caption, and photos that could not be read on the way."""

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
            # The caption first, as `frozen` draws it too.
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


def loader(
    pairs: PhotoPairs,
    steps: Iterable[list[Place]],
    tokens: Callable[[Sequence[str]], tuple[Tensor, Tensor]],
    workers: int,
) -> DataLoader[Batch]:
    """Make a loader of the batches of `steps`, decoded ahead in `workers` processes."""
    return DataLoader(
        pairs,  # type: ignore[arg-type]  # torch's stubs forget that collating changes the type
        batch_sampler=steps,
        collate_fn=Collate(tokens),
        num_workers=workers,
        pin_memory=torch.cuda.is_available(),
        prefetch_factor=4 if workers else None,
        worker_init_fn=_leave_signals_to_the_trainer,
        # Its own generator: otherwise each loader that is opened would move torch's global one.
        generator=torch.Generator().manual_seed(0),
    )


def _leave_signals_to_the_trainer(worker: int) -> None:
    """Ignore the signals that stop a run.

    Ctrl-C, `timeout` and service managers signal the whole group: a decoding process that died of
    it would take the current step along, before its checkpoint.
    """
    for kind in (signal.SIGINT, signal.SIGTERM):
        signal.signal(kind, signal.SIG_IGN)


class Collate:
    """Joins pairs into a batch, captions tokenised together."""

    def __init__(self, tokens: Callable[[Sequence[str]], tuple[Tensor, Tensor]]) -> None:
        self.tokens = tokens

    def __call__(self, items: Sequence[Item]) -> Batch:
        seen, captions, broken = zip(*items, strict=True)
        ids, mask = self.tokens(captions)
        views = [{"pixel_values": v} if isinstance(v, Tensor) else v for v in seen]
        inputs = {name: torch.stack([view[name] for view in views]) for name in views[0]}
        inputs |= {"input_ids": ids, "attention_mask": mask}
        return Batch(inputs, [name for names in broken for name in names])


def in_order(pairs: int, batch: int, rank: int = 0, world: int = 1) -> list[list[Place]]:
    """Batches of a validation set, as it stands; those of one process. The last is smaller."""
    batches = [
        [(0, index) for index in range(first, min(first + batch, pairs))]
        for first in range(0, pairs, batch)
    ]
    return batches[rank::world]


def steps_of(schedule: Schedule, order: Order) -> tuple[int, int]:
    """How many steps the schedule is long, and after how many of them the run ends."""
    steps = schedule.epochs * order.steps_per_epoch
    if schedule.max_steps:
        steps = min(steps, schedule.max_steps)
    end = schedule.stop_after_epochs * order.steps_per_epoch
    return steps, min(steps, end) if end else steps
