"""Measure training speed: how many hours would the published run take on this device?

The full-size towers train on synthetic pairs, without disk or decoding. Where
the device distorts pictures (`engine.augment_on`), each step does so too, as in training.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, replace

import torch

from cercafoto.photos.preprocessing import Preprocessing
from cercafoto.training.clip_italian import chunk_size, distort, distributed, optim
from cercafoto.training.clip_italian import model as models
from cercafoto.training.clip_italian.augment import published
from cercafoto.training.clip_italian.batches import Batch, Inputs
from cercafoto.training.clip_italian.chunk_size import synthetic
from cercafoto.training.clip_italian.config import Run
from cercafoto.training.clip_italian.monitor import arithmetic
from cercafoto.training.clip_italian.step import Step

PUBLISHED_PAIRS, PUBLISHED_EPOCHS = 1_400_000, 15  # arXiv:2108.08688
TRAIN_SHARE = 0.95
# Tokens of a caption, both ends included: MSCOCO-IT's have 14 on average, WIT's some 20.
TOKENS = 24
WARM_UP_STEPS = 5


@dataclass(frozen=True)
class Throughput:
    """The speed of training.

    samples_per_s: pairs a second, over all devices.
    mfu: share of the peak; None if the peak is not known.
    peak_memory: bytes on the GPU, 0 without one.
    precision, chunk: what `engine.precision` and `engine.chunk` became on this device.
    """

    samples_per_s: float
    mfu: float | None
    peak_memory: int
    device: str
    precision: str
    chunk: int

    @property
    def published_run_hours(self) -> float:
        pairs = PUBLISHED_PAIRS * TRAIN_SHARE * PUBLISHED_EPOCHS
        return pairs / self.samples_per_s / 3600


def measure(run: Run, steps: int, tokens: int = TOKENS) -> Throughput:
    """Return the speed of `steps` steps of `run` on random pictures and tokens, not on its data."""
    device = distributed.device()
    vocabulary = ("due gatti su un divano rosso",)
    model = models.build(replace(run, data=replace(run.data, train="", valid="")), vocabulary)
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
    on_device = run.distorts_on(device.type)
    pictures = _pictures(run, preprocessing, share) if on_device else None

    def step(inputs: Inputs, rate: float) -> None:
        if pictures:
            moved = Batch([pictures]).to(device, stay=(distort.DONE,))
            inputs = inputs | distort.distorted(moved, preprocessing)
        update(inputs, rate)

    rate = run.optimizer.learning_rate
    for _ in range(min(WARM_UP_STEPS, steps)):
        step(inputs, rate)
    _wait(device)
    began = time.perf_counter()
    for _ in range(steps):
        step(inputs, rate)
    _wait(device)
    seconds = time.perf_counter() - began
    samples_per_s = steps * run.engine.batch / seconds
    peak = arithmetic.peak_flops(run.engine.peak_tflops)
    return Throughput(
        samples_per_s=samples_per_s,
        mfu=samples_per_s * flops / (peak * distributed.world()) if peak else None,
        peak_memory=torch.cuda.max_memory_allocated() if device.type == "cuda" else 0,
        device=torch.cuda.get_device_name() if device.type == "cuda" else "CPU",
        precision=update.precision.name,
        chunk=update.run.engine.chunk,
    )


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
