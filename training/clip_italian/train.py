"""A training run, from the pairs to the best checkpoint.

One step: the pairs of the step -> embeddings -> loss against the pairs of the same block ->
gradients -> averaged over the devices, clipped, applied at the schedule's rate. After every epoch
the validation loss decides whether the weights are the best so far. A run stopped at any moment, by
a signal or by the power, goes on from its last checkpoint and ends with the same weights, to the
bit.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import torch

from cercafoto.base.arrays import Floats
from cercafoto.training.clip_italian import checkpoint, distributed, optim
from cercafoto.training.clip_italian import config as configuration
from cercafoto.training.clip_italian import model as models
from cercafoto.training.clip_italian.augment import Augmented, Plain
from cercafoto.training.clip_italian.batches import (
    Batch,
    Order,
    PhotoPairs,
    Steps,
    View,
    in_order,
    loader,
    steps_of,
)
from cercafoto.training.clip_italian.checkpoint import BEST, LAST
from cercafoto.training.clip_italian.config import Run
from cercafoto.training.clip_italian.frozen import FrozenFeatures, features
from cercafoto.training.clip_italian.loss import in_blocks
from cercafoto.training.clip_italian.model import DualEncoder
from cercafoto.training.clip_italian.monitor import arithmetic, plots
from cercafoto.training.clip_italian.monitor.log import Log
from cercafoto.training.clip_italian.step import Step
from cercafoto.training.clip_italian.stopping import stoppable
from cercafoto.training.data.pairs import Pair, read_pairs
from cercafoto.training.errors import InputError
from cercafoto.training.metrics import hits_at, mrr_at, ranks

# Retrieval while training is measured among this many photos at most: figures of one run can be
# compared with each other, and a matrix of 70,000 by 70,000 scores would not fit.
RETRIEVAL_PHOTOS = 5_000
RETRIEVAL = (1, 5, 10)
# Pairs that the validation loss is among where training has no blocks: the published ones
# (run_training.sh@9ca42b9:19, see `config`).
VALIDATION_BLOCK = 128


@dataclass
class Result:
    """The end of a run.

    steps: done, of the run's own number.
    best_loss: the least validation loss, at step best_step.
    metrics: of the last validation.
    broken: photos that could not be read.
    interrupted: stopped by a signal, after a checkpoint.
    """

    steps: int
    best_loss: float = float("inf")
    best_step: int = 0
    metrics: dict[str, float] = field(default_factory=dict)
    broken: set[str] = field(default_factory=set)
    interrupted: bool = False
    samples_per_s: float = 0.0


Report = Callable[[int, int, dict[str, float]], None]


def train(
    run: Run,
    folder: Path,
    resume: bool = False,
    report: Report = lambda step, steps, numbers: None,
) -> Result:
    """Start or resume a run in `folder`; every process of a torchrun calls it.

    `report(step, steps, numbers)` is called after every step and every validation. Raises
    InputError for a folder that holds another run, for pairs that cannot be read or are too few,
    for towers that cannot be loaded.
    """
    run.check()
    train_pairs, valid_pairs = read_pairs(Path(run.data.train)), read_pairs(Path(run.data.valid))
    _claim(run, folder, resume)
    device = distributed.device()
    model = _model(run, folder, train_pairs, resume).to(device)
    order = Order(
        len(train_pairs), run.engine.batch, run.seed, distributed.rank(), distributed.world()
    )
    frozen = _frozen(model, run, train_pairs, valid_pairs, folder)
    if frozen:
        order = Order(len(frozen[0]), order.batch, order.seed, order.rank, order.world)
    steps, end = steps_of(run.schedule, order)
    optimizer = optim.build(run.optimizer, model)
    result, at = Result(end), 0
    # Dropout differs from process to process; the weights, drawn before, do not.
    torch.manual_seed(run.seed * 1000 + 1 + distributed.rank())
    if resume:
        at = _restore(folder, model, optimizer, result, order)
    training = _Training(run, folder, model, optimizer, order, steps, end, result, frozen)
    with stoppable() as stopped:
        training.go(at, train_pairs, valid_pairs, report, stopped)
    return result


class _Training:
    """The training loop and its state."""

    def __init__(
        self,
        run: Run,
        folder: Path,
        model: DualEncoder,
        optimizer: torch.optim.Optimizer,
        order: Order,
        steps: int,
        end: int,
        result: Result,
        frozen: tuple[FrozenFeatures, FrozenFeatures] | None,
    ) -> None:
        self.run, self.folder, self.model, self.optimizer = run, folder, model, optimizer
        self.order, self.result, self.frozen = order, result, frozen
        self.steps, self.end = steps, end  # of the schedule, and of the run
        self.step = Step(run, model, optimizer)
        self.device = distributed.device()
        self.main = distributed.rank() == 0
        self.flops = 0.0
        self.peak = arithmetic.peak_flops(run.engine.peak_tflops)
        if run.engine.compile:
            model.image_tower.compile()
            model.text_tower.compile()

    def go(
        self,
        at: int,
        train_pairs: list[Pair],
        valid_pairs: list[Pair],
        report: Report,
        stopped: list[int],
    ) -> None:
        run, result = self.run, self.result
        log = Log(self.folder, after=at) if self.main else None
        began, since = time.perf_counter(), at
        self.model.train()
        for batch in self._batches(train_pairs, at):
            peak = run.optimizer.learning_rate
            rate = optim.learning_rate(at, self.steps, run.schedule, peak)
            scale = float(self.model.scale().detach())
            loss = self._update(batch, rate)
            at += 1
            result.steps = at
            result.broken.update(batch.broken)
            numbers = {"loss": loss, "learning_rate": rate, "scale": scale}
            numbers |= self._speed((at - since) * len(batch), time.perf_counter() - began)
            if log:
                log.write(at, **numbers)
            report(at, self.end, numbers)
            if at % self.order.steps_per_epoch == 0 or at == self.end:
                before = time.perf_counter()
                validation = self._validate(valid_pairs)
                if log:
                    log.write(at, **validation)
                report(at, self.end, validation)
                self._keep(at, validation)
                began += time.perf_counter() - before
            elif at % run.engine.save_every == 0:
                self._save(LAST, at)
            if distributed.any_true(bool(stopped)):
                break
        if at < self.end:
            self._save(LAST, at)
            result.interrupted = True
        if log:
            log.close()
            plots.draw(self.folder)

    def _batches(self, pairs: list[Pair], at: int) -> Iterator[Batch]:
        data = self.run.data
        if self.frozen:
            source = self.frozen[0]
            yield from source.batches(self.order, at, self.end, self.run.seed, data.sample_captions)
            return
        preprocessing = self.model.image_tower.preprocessing
        view: View = Plain(preprocessing)
        if data.augment == "published":
            view = Augmented(preprocessing, data.antialias)
        photos = PhotoPairs(
            pairs, Path(data.train).parent, view, self.run.seed, data.sample_captions
        )
        steps = Steps(self.order, at, self.end)
        yield from loader(photos, steps, self.model.text_tower.tokens, data.workers)

    def _update(self, batch: Batch, rate: float) -> float:
        inputs = batch.to(self.device)
        if not self.flops and "pixel_values" in inputs:
            two_pairs = {name: value[:2] for name, value in inputs.items()}
            self.flops = arithmetic.flops_per_pair(self.model, two_pairs)
        return self.step(inputs, rate)

    def _validate(self, pairs: list[Pair]) -> dict[str, float]:
        """Measure the loss over blocks, and recall and MRR among the set's first photos.

        Blocks have the set's order and the first captions. What does not fill one is left out of
        the loss, as in the published script: among fewer pairs a loss is lower.
        """
        self.model.eval()
        block, total, count = self._block(pairs), 0.0, 0
        images: list[Floats] = []
        texts: list[Floats] = []
        with torch.inference_mode():
            for batch in self._valid_batches(pairs):
                photos, captions = self.step.embed(batch.to(self.device))
                if len(batch) == block:
                    total += float(in_blocks(photos, captions, self.model.scale(), block))
                    count += 1
                if len(images) * block * distributed.world() < RETRIEVAL_PHOTOS:
                    images.append(photos.cpu().numpy())
                    texts.append(captions.cpu().numpy())
        self.model.train()
        # A small set may have fewer blocks than there are processes.
        images, texts = (
            [rows for own in distributed.everywhere(mine) for rows in own]
            for mine in (images, texts)
        )
        among = np.concatenate(images)[:RETRIEVAL_PHOTOS]
        rank = ranks(np.concatenate(texts)[: len(among)] @ among.T, np.arange(len(among)))
        numbers = {"valid_loss": distributed.total(total) / distributed.total(count)}
        numbers |= {f"R@{k}": hits_at(rank, k) for k in RETRIEVAL}
        return numbers | {f"MRR@{k}": mrr_at(rank, k) for k in RETRIEVAL}

    def _block(self, pairs: list[Pair]) -> int:
        """Pairs of a block of the validation set, whatever the batch; all of a smaller set."""
        return min(self.run.loss.negatives or VALIDATION_BLOCK, self._valid_count(pairs))

    def _valid_count(self, pairs: list[Pair]) -> int:
        return len(self.frozen[1]) if self.frozen else len(pairs)

    def _valid_batches(self, pairs: list[Pair]) -> Iterator[Batch]:
        count, size = self._valid_count(pairs), self._block(pairs)
        places = in_order(count, size, distributed.rank(), distributed.world())
        if self.frozen:
            for batch in places:
                yield self.frozen[1].batch(batch, self.run.seed, sample=False)
            return
        view = Plain(self.model.image_tower.preprocessing)
        root = Path(self.run.data.valid).parent
        photos = PhotoPairs(pairs, root, view, self.run.seed, sample=False)
        yield from loader(photos, places, self.model.text_tower.tokens, self.run.data.workers)

    def _keep(self, at: int, validation: dict[str, float]) -> None:
        result = self.result
        result.metrics = validation
        if validation["valid_loss"] < result.best_loss:
            result.best_loss, result.best_step = validation["valid_loss"], at
            if self.main:
                state = {"model": self.model.state_dict(), "step": at, "metrics": validation}
                checkpoint.write(self.folder, BEST, state)
        self._save(LAST, at)

    def _save(self, which: str, at: int) -> None:
        state = {
            "model": self.model.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "step": at,
            "global_batch": self.order.batch * self.order.world,
            "best_loss": self.result.best_loss,
            "best_step": self.result.best_step,
            "metrics": self.result.metrics,
            # Of every process: dropout differs between them.
            "random": {
                name: distributed.collect(generator)
                for name, generator in checkpoint.random_state().items()
            },
        }
        if self.main:
            checkpoint.write(self.folder, which, state)

    def _speed(self, pairs: int, seconds: float) -> dict[str, float]:
        rate = pairs * distributed.world() / max(seconds, 1e-9)
        self.result.samples_per_s = rate
        numbers = {"samples_per_s": rate}
        if self.peak and self.flops:
            numbers["mfu"] = rate * self.flops / (self.peak * distributed.world())
        return numbers


def _claim(run: Run, folder: Path, resume: bool) -> None:
    """Write the configuration of a new run, or check that of a resumed one."""
    path = folder / models.CONFIG
    if resume:
        if configuration.load(path) != run:
            raise InputError(f"{path}: another configuration than the one to resume")
        return
    if checkpoint.path_of(folder, LAST).exists():
        raise InputError(f"{folder}: holds a run already; resume it, or choose another folder")
    if distributed.rank() == 0:
        folder.mkdir(parents=True, exist_ok=True)
        path.write_text(configuration.to_json(run) + "\n", encoding="utf-8")
    distributed.barrier()


def _model(run: Run, folder: Path, pairs: list[Pair], resume: bool) -> DualEncoder:
    """Make the towers, with the weights of the run that this one starts from."""
    if resume:
        return models.build(run, tokenizer=models.load_tokenizer(folder))
    if run.start:
        start = Path(run.start)
        model = models.build(run, tokenizer=models.load_tokenizer(start))
        models.copy_weights(model, checkpoint.read(start, BEST)["model"])
    else:
        captions = tuple(caption for pair in pairs for caption in pair.captions)
        model = models.build(run, captions)
    if distributed.rank() == 0:
        models.save_tokenizer(folder, model.text_tower.tokenizer)
    return model


def _frozen(
    model: DualEncoder, run: Run, train_pairs: list[Pair], valid_pairs: list[Pair], folder: Path
) -> tuple[FrozenFeatures, FrozenFeatures] | None:
    """Features of both sets, where the backbones give the same every time; else None."""
    still = run.freeze == "backbones" and run.data.augment == "none" and not run.frozen_dropout
    if not (run.engine.cache_frozen and still):
        return None
    cache = folder / "features"
    both = []
    for path, pairs in ((run.data.train, train_pairs), (run.data.valid, valid_pairs)):
        both.append(features(model, run, pairs, Path(path).parent, cache))
    return both[0], both[1]


def _restore(
    folder: Path,
    model: DualEncoder,
    optimizer: torch.optim.Optimizer,
    result: Result,
    order: Order,
) -> int:
    """Restore the last checkpoint and return its step. Raises InputError for another batch size."""
    state = checkpoint.read(folder, LAST)
    if state["global_batch"] != order.batch * order.world:
        raise InputError(
            f"{folder}: was running with {state['global_batch']} pairs a step over all devices, "
            f"now {order.batch * order.world}: the run would not be the same"
        )
    model.load_state_dict(state["model"])
    optimizer.load_state_dict(state["optimizer"])
    result.best_loss, result.best_step = state["best_loss"], state["best_step"]
    result.metrics, result.steps = state["metrics"], state["step"]
    generators = state["random"]
    if len(generators["cpu"]) == order.world:
        mine = {name: states[order.rank] for name, states in generators.items()}
        checkpoint.set_random_state(mine)
    return int(state["step"])
