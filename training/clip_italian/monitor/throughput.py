"""Measure training speed: how many hours would the published run take on this device?

The full-size towers train on synthetic pairs, without disk or decoding: that is the model's speed.
Where the device distorts pictures (`engine.augment_on`), each step does so too, as in training.
With pairs of one's own their reading, decoding, augmenting and copying to the device are measured
as well, by themselves and then together with the steps: the slower of the two is the limit.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

import torch

from cercafoto.photos.preprocessing import Preprocessing
from cercafoto.training.clip_italian import chunk_size, distort, distributed, optim
from cercafoto.training.clip_italian import model as models
from cercafoto.training.clip_italian.augment import published
from cercafoto.training.clip_italian.batches import Batch, Inputs, Steps
from cercafoto.training.clip_italian.chunk_size import synthetic
from cercafoto.training.clip_italian.config import Run
from cercafoto.training.clip_italian.monitor import arithmetic
from cercafoto.training.clip_italian.read_ahead import planned_for, training_batches
from cercafoto.training.clip_italian.sentences import Sentences
from cercafoto.training.clip_italian.step import Step
from cercafoto.training.clip_italian.train import open_pairs, order_of
from cercafoto.training.data.pair_index import PairIndex

PUBLISHED_PAIRS, PUBLISHED_EPOCHS = 1_400_000, 15  # arXiv:2108.08688
TRAIN_SHARE = 0.95
# Tokens of a caption, both ends included: MSCOCO-IT's have 14 on average, WIT's some 20.
TOKENS = 24
WARM_UP_STEPS = 5


@dataclass(frozen=True)
class Throughput:
    """The speed of training.

    samples_per_s: pairs a second, over all devices, without reading them.
    mfu: share of the peak; None if the peak is not known.
    peak_memory: bytes on the GPU, 0 without one.
    precision, chunk: what `engine.precision` and `engine.chunk` became on this device.
    whole: with reading the pairs; None if there were none to read.
    """

    samples_per_s: float
    mfu: float | None
    peak_memory: int
    device: str
    precision: str
    chunk: int
    whole: Whole | None = None

    @property
    def published_run_hours(self) -> float:
        pairs = PUBLISHED_PAIRS * TRAIN_SHARE * PUBLISHED_EPOCHS
        return pairs / (self.whole or self).samples_per_s / 3600

    @property
    def limit(self) -> str:
        """Return what is slower, "input" or "model"; "" if no pairs were read."""
        if not self.whole:
            return ""
        return "input" if self.whole.input_per_s < self.samples_per_s else "model"


@dataclass(frozen=True)
class Whole:
    """The speed of training on pairs that are read.

    samples_per_s: pairs a second, over all devices.
    input_per_s: pairs a second that are read, decoded, augmented and copied to the devices, which
        do nothing else.
    workers: processes that decode, for all devices; 0: those that train.
    broken: photos that could not be read.
    """

    samples_per_s: float
    input_per_s: float
    workers: int
    broken: int


def measure(run: Run, steps: int, tokens: int = TOKENS, data: Path | None = None) -> Throughput:
    """Return the speed of `steps` steps of `run` on random pictures and tokens.

    data: file of pairs whose reading is measured too. Raises InputError if it cannot be read, or
        if its pairs do not fill a batch.
    """
    run = replace(run, data=replace(run.data, train=str(data or ""), valid=""))
    with TemporaryDirectory() as folder:
        pairs = open_pairs(run, Path(folder), data) if data else None
        assert not isinstance(pairs, Sentences), "what learns from sentences has a teacher"
        if pairs is not None:
            _ = order_of(run, pairs).steps_per_epoch  # raises before anything is measured
        return _measured(run, steps, tokens, pairs)


def _measured(run: Run, steps: int, tokens: int, pairs: PairIndex | None) -> Throughput:
    device = distributed.device()
    vocabulary = ("due gatti su un divano rosso",)
    model = models.build(run, vocabulary)
    model.to(device).train()
    share = run.share(distributed.world())
    inputs = synthetic(model, share, tokens, run.seed)
    flops = arithmetic.flops_per_pair(model, {name: value[:2] for name, value in inputs.items()})
    if run.engine.compile:
        model.compile_towers()
    update = Step(run, model, optim.build(run.optimizer, model))
    chunk_size.fit(update)
    if device.type == "cuda":
        torch.cuda.reset_peak_memory_stats()
    preprocessing = model.image_tower.preprocessing
    pictures = _pictures(run, preprocessing, share) if run.distorts_on(device.type) else None
    rate = run.optimizer.learning_rate

    def step() -> None:
        if pictures:
            update(inputs | distort.moved(Batch([pictures]), device, preprocessing), rate)
        else:
            update(inputs, rate)

    samples_per_s = _speed(run, steps, device, step)
    peak = arithmetic.peak_flops(run.engine.peak_tflops)
    return Throughput(
        samples_per_s=samples_per_s,
        mfu=samples_per_s * flops / (peak * distributed.world()) if peak else None,
        peak_memory=torch.cuda.max_memory_allocated() if device.type == "cuda" else 0,
        device=torch.cuda.get_device_name() if device.type == "cuda" else "CPU",
        precision=update.precision.name,
        chunk=update.run.engine.chunk,
        whole=_whole(update, steps, pairs) if pairs is not None else None,
    )


def _whole(update: Step, steps: int, pairs: PairIndex) -> Whole:
    """Return the speed of reading pairs, and of training on them."""
    run, model, device = update.run, update.model, distributed.device()
    preprocessing = model.image_tower.preprocessing
    ahead = planned_for(run, preprocessing, device)
    order, count = order_of(run, pairs), steps + min(WARM_UP_STEPS, steps)
    broken: set[str] = set()

    def read(first: int) -> Iterator[Batch]:
        return training_batches(run, model, pairs, Steps(order, first, first + count), ahead)

    def copied() -> None:
        batch = next(batches)
        batch.to(device, stay=(distort.DONE,))
        broken.update(batch.broken)

    def trained() -> None:
        inputs = distort.moved(next(batches), device, preprocessing)
        update(inputs, run.optimizer.learning_rate)

    batches = read(0)
    input_per_s = _speed(run, steps, device, copied)
    batches = read(count)  # other photos, which the system has not yet in memory
    samples_per_s = _speed(run, steps, device, trained)
    workers = sum(distributed.everywhere(ahead.workers))
    not_read = set().union(*distributed.everywhere(broken))
    return Whole(samples_per_s, input_per_s, workers, len(not_read))


def _speed(run: Run, steps: int, device: torch.device, step: Callable[[], None]) -> float:
    """Return how many pairs a second so many steps take on all devices, after a few more."""
    for _ in range(min(WARM_UP_STEPS, steps)):
        step()
    _wait(device)
    began = time.perf_counter()
    for _ in range(steps):
        step()
    _wait(device)
    seconds: float = max(distributed.everywhere(time.perf_counter() - began))
    return steps * run.engine.batch / seconds


def _pictures(run: Run, preprocessing: Preprocessing, count: int) -> Inputs:
    """Return so many pictures of noise, with what the augmentation drew for each picture."""
    steps = published(preprocessing, run.data.antialias).transforms[1:]
    draw = torch.Generator().manual_seed(run.seed)
    side = run.towers.image_size
    shape = (count, 3, side, side)
    pictures = torch.randint(0, 256, shape, generator=draw, dtype=torch.uint8)
    drawn = [distort.drawn(steps, picture) for picture in pictures]
    batch = {name: torch.stack([one[name] for one in drawn]) for name in drawn[0]}
    return {distort.PICTURES: pictures} | batch


def _wait(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.synchronize()
