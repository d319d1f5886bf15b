"""A training run, from the pairs to the best checkpoint.

One step: the pairs of the step -> embeddings -> loss against the pairs of the same block ->
gradients -> averaged over the devices, clipped, applied at the schedule's rate. After every epoch
the validation loss decides whether the weights are the best so far. A run that a signal or a power
cut stopped goes on from its last checkpoint and ends with the same weights: to the bit on a
processor and with `engine.deterministic`, to rounding on a GPU otherwise.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from cercafoto.base.atomic_file import replacing
from cercafoto.training.clip_italian import (
    backbones,
    checkpoint,
    chunk_size,
    config_text,
    distort,
    distributed,
    optim,
)
from cercafoto.training.clip_italian import model as models
from cercafoto.training.clip_italian import resume as resuming
from cercafoto.training.clip_italian.batches import Batch, Order, Steps, steps_of
from cercafoto.training.clip_italian.checkpoint import BEST, LAST
from cercafoto.training.clip_italian.config import DISTANCES, Run
from cercafoto.training.clip_italian.frozen import FrozenFeatures, of_pairs, of_sentences
from cercafoto.training.clip_italian.model import DualEncoder
from cercafoto.training.clip_italian.monitor import arithmetic
from cercafoto.training.clip_italian.monitor.journal import Journal
from cercafoto.training.clip_italian.monitor.tables import Tables
from cercafoto.training.clip_italian.one_run import one_run
from cercafoto.training.clip_italian.read_ahead import (
    ReadAhead,
    planned_for,
    told,
    training_batches,
)
from cercafoto.training.clip_italian.sentences import Sentences, read_sentences
from cercafoto.training.clip_italian.step import Step
from cercafoto.training.clip_italian.stopping import stoppable
from cercafoto.training.clip_italian.validation import Validation
from cercafoto.training.data.pair_index import PairIndex, build_index
from cercafoto.training.data.pairs import Pair
from cercafoto.training.training_errors import InputError

LOCK = ".lock"  # in the folder of a run
AXES_SAMPLE = 100_000  # embeddings that principal axes are taken from


@dataclass
class Result:
    """The result of a run.

    steps: number done, counted from the start of the run.
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
Tell = Callable[[str], None]


def train(
    run: Run,
    folder: Path,
    resume: bool = False,
    report: Report = lambda step, steps, numbers: None,
    tell: Tell = lambda text: None,
) -> Result:
    """Start or resume a run in `folder`; every process of a torchrun calls it.

    `report(step, steps, numbers)` is called whenever the figures of the steps are read, and after
    every validation; `tell(text)` before the first step, with what the run will take of the
    machine. Raises InputError for a folder that holds another run, for a batch that the devices
    cannot share, for pairs that cannot be read or are too few, for towers that cannot be loaded,
    for too little shared memory, for a loss that is no longer a number, and for a folder that
    another process works in.
    """
    run.check()
    run.share(distributed.world())
    if run.engine.deterministic:
        os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")  # read when CUDA starts
    torch.use_deterministic_algorithms(run.engine.deterministic)
    _claim(run, folder, resume)
    train_pairs, valid_pairs = (open_pairs(run, folder, path) for path in _paths(run))
    with one_run(folder / LOCK):
        return _train(run, folder, train_pairs, valid_pairs, resume, report, tell)


def _train(
    run: Run,
    folder: Path,
    train_pairs: PairIndex | Sentences,
    valid_pairs: PairIndex | Sentences,
    resume: bool,
    report: Report,
    tell: Tell,
) -> Result:
    device = distributed.device()
    model = _model(run, folder, train_pairs, resume).to(device)
    order = order_of(run, train_pairs)
    keepers = _keepers(run)
    frozen = _frozen(model, run, train_pairs, valid_pairs, folder, keepers)
    if frozen:
        order = Order(len(frozen[0]), order.batch, order.seed, order.rank, order.world)
        _turn(model, frozen[0])
        ahead = None
    else:
        ahead = planned_for(run, model.image_tower.preprocessing, device)
    for keeper in keepers:  # only its projections are needed from here on
        del keeper.image_tower, keeper.text_tower
    steps, end = steps_of(run.schedule, order)
    optimizer = optim.build(run.optimizer, model)
    step = Step(run, model, optimizer, keepers)
    chunk_size.fit(step)
    run = step.run
    if distributed.rank() == 0:
        tell(told(ahead) if ahead else "the features of what does not learn are kept")
        tell(chunk_size.told(step))
    result = Result(steps=0, broken=set(frozen[0].broken if frozen else ()))
    # Dropout differs from process to process; the weights, drawn before, do not.
    torch.manual_seed(run.seed * 1000 + 1 + distributed.rank())
    digests = {
        name: resuming.digest_of(pairs.digest, frozen[place].broken if frozen else ())
        for place, (name, pairs) in enumerate((("train", train_pairs), ("valid", valid_pairs)))
    }
    if resume:
        _restore(run, folder, step, result, digests)
    _write_config(run, folder)
    tables = Tables(run.data.tables, tell if distributed.rank() == 0 else lambda text: None)
    validation = Validation(run, step, valid_pairs, frozen[1] if frozen else None, tables)
    with stoppable() as stopped, checkpoint.Writer(folder) as writer:
        training = _Training(
            run, folder, step, order, steps, result, validation, digests, writer, ahead
        )
        training.go(train_pairs, frozen[0] if frozen else None, end, report, stopped)
    distributed.barrier()  # until the checkpoints are on the disk
    return result


@dataclass
class _Training:
    """The training loop and its state.

    steps: of the schedule.
    digests: of the files of pairs.
    ahead: how photos are read; None if their features are kept.
    """

    run: Run
    folder: Path
    step: Step
    order: Order
    steps: int
    result: Result
    validation: Validation
    digests: dict[str, str]
    writer: checkpoint.Writer
    ahead: ReadAhead | None

    def __post_init__(self) -> None:
        self.model = self.step.model
        self.device = distributed.device()
        self.flops = 0.0
        self.peak = arithmetic.peak_flops(self.run.engine.peak_tflops)
        self.compiles = self.run.engine.compile

    def go(
        self,
        pairs: Sequence[Pair] | Sentences,
        frozen: FrozenFeatures | None,
        end: int,
        report: Report,
        stopped: list[int],
    ) -> None:
        """Train from where the result stands to step `end`, or until a signal has come."""
        run, result, at = self.run, self.result, self.result.steps
        journal = Journal(self.folder, run, after=at)
        began, since = time.perf_counter(), at
        self.model.train()
        for batch in self._batches(pairs, frozen, at, end):
            rate = optim.learning_rate(at, self.steps, run.schedule, run.optimizer.learning_rate)
            scale = self.model.scale().detach()  # before the update
            loss = self._update(batch, rate)
            at += 1
            result.steps = at
            result.broken.update(batch.broken)
            journal.step(at, rate, loss, scale)
            validates = at % self.order.steps_per_epoch == 0 or at == end
            saves = at % run.engine.save_every == 0
            reads = at % run.engine.log_every == 0
            # Several processes stop at the same step: they ask each other where they wait anyhow.
            stops = bool(stopped) and distributed.world() == 1
            if not (validates or saves or reads or stops):
                continue
            pairs_seen = (at - since) * len(batch)
            figures = journal.flush(partial(self._speed, pairs_seen, began))
            report(at, end, figures)
            if validates:
                before = time.perf_counter()
                result.metrics = self.validation.measure()
                journal.write(at, result.metrics)
                report(at, end, result.metrics)
                self._keep(at)
                began += time.perf_counter() - before
            elif saves:
                self._save(at)
            if any(distributed.everywhere(bool(stopped))):
                break
        if at < end:
            self._save(at)
            result.interrupted = True
        journal.close()

    def _batches(
        self, pairs: Sequence[Pair] | Sentences, frozen: FrozenFeatures | None, at: int, end: int
    ) -> Iterator[Batch]:
        if frozen:
            sample = self.run.data.sample_captions
            yield from frozen.batches(self.order, at, end, self.run.seed, sample)
            return
        assert self.ahead and not isinstance(pairs, Sentences), "sentences have features"
        steps = Steps(self.order, at, end)
        yield from training_batches(self.run, self.model, pairs, steps, self.ahead)

    def _update(self, batch: Batch, rate: float) -> Tensor:
        inputs = distort.moved(batch, self.device, self.model.image_tower.preprocessing)
        if not self.flops and "pixel_values" in inputs:
            two_pairs = {name: value[:2] for name, value in inputs.items()}
            self.flops = arithmetic.flops_per_pair(self.model, two_pairs)
        if self.compiles:
            # Only now: what first runs while operations are counted, torch never compiles.
            self.model.compile_towers()
            self.compiles = False
        return self.step(inputs, rate)

    def _keep(self, at: int) -> None:
        """Save the last checkpoint after a validation, and the best one if it is the best."""
        result = self.result
        best = result.metrics["valid_loss"] < result.best_loss
        if best:
            result.best_loss, result.best_step = result.metrics["valid_loss"], at
        self._save(at, best)

    def _save(self, at: int, best: bool = False) -> None:
        # Of every process: dropout differs between them.
        random = {
            name: distributed.everywhere(generator)
            for name, generator in checkpoint.random_state().items()
        }
        if distributed.rank():
            return
        self.writer.wait()  # one copy in memory at a time
        run, result, optimizer = self.run, self.result, self.step.optimizer
        average = self.step.average
        weights = checkpoint.copied(self.model.state_dict())
        states: dict[str, dict[str, Any]] = {}
        epoch, rest = divmod(at, self.order.steps_per_epoch)
        names = [BEST] * best + [f"epoch-{epoch}"] * (run.engine.keep == "all" and not rest)
        if names:
            with average.in_place():  # what was validated
                mean = checkpoint.copied(self.model.state_dict()) if average.means else weights
            kept = {"model": mean, "step": at, "metrics": result.metrics}
            states |= dict.fromkeys(names, kept)
        states[LAST] = resuming.state_of(run, optimizer, self.digests) | {
            "model": weights,
            "average": checkpoint.copied(average.means),
            "scaler": self.step.precision.scaler.state_dict(),
            "step": at,
            "best_loss": result.best_loss,
            "best_step": result.best_step,
            "metrics": result.metrics,
            "random": random,
        }
        self.writer.write(states)

    def _speed(self, pairs: int, began: float) -> dict[str, float]:
        seconds = max(time.perf_counter() - began, 1e-9)
        rate = pairs * distributed.world() / seconds
        self.result.samples_per_s = rate
        numbers = {"samples_per_s": rate}
        if self.peak and self.flops:
            numbers["mfu"] = rate * self.flops / (self.peak * distributed.world())
        return numbers


def order_of(run: Run, pairs: PairIndex | Sentences) -> Order:
    """Return in which order this process takes the pairs. Raises InputError for a batch that the
    devices cannot share."""
    return Order(
        len(pairs),
        run.share(distributed.world()),
        run.seed,
        distributed.rank(),
        distributed.world(),
        run.data.window,
        None if isinstance(pairs, Sentences) else pairs.shards,
    )


def _claim(run: Run, folder: Path, resume: bool) -> None:
    """Check that the folder is free for a new run, or holds the one to resume."""
    if resume:
        resuming.check(resuming.saved_run(folder), run, folder)
    elif resuming.begun(folder):
        raise InputError(f"{folder}: holds a run already; resume it, or choose another folder")
    distributed.barrier()  # all have looked before one writes


def _write_config(run: Run, folder: Path) -> None:
    if distributed.rank() == 0:
        with replacing(folder / models.CONFIG) as written:
            written.write_text(config_text.to_json(run) + "\n", encoding="utf-8")
    distributed.barrier()


def _paths(run: Run) -> tuple[Path, Path]:
    return Path(run.data.train), Path(run.data.valid)


def open_pairs(run: Run, folder: Path, path: Path) -> PairIndex | Sentences:
    """Open pairs, whose index one process makes beside the run; or sentences."""
    if run.loss.name in DISTANCES:
        return read_sentences(path)
    built = build_index(path, folder / "index") if distributed.rank() == 0 else None
    index, digest = distributed.everywhere(built)[0]
    return PairIndex(path, index, digest, read_ahead=run.data.window > 0)


def _model(run: Run, folder: Path, pairs: Sequence[Pair] | Sentences, resume: bool) -> DualEncoder:
    """Return the towers, with the weights of the run that this one resumes or starts from.

    If both runs have the same loss, it continues where the earlier one ended.
    """
    if resume:
        model = models.build(run, tokenizer=models.load_tokenizer(folder))
        # Now, since the features of frozen towers are those of the weights that they have here.
        weights = checkpoint.read(folder, LAST, lazily=True)["model"]
        try:
            models.copy_weights(model, weights, loss_too=True)
        except InputError as error:
            raise InputError(
                f"{folder}: cannot be gone on with: {error}. The vocabulary in "
                f"{folder / models.TOKENIZER} may be another run's"
            ) from error
        return model
    if run.start:
        start = Path(run.start)
        model = models.build(run, tokenizer=models.load_tokenizer(start))
        earlier = config_text.load(start / models.CONFIG).loss
        loss_too = not run.loss.value and earlier.name == run.loss.name
        models.copy_weights(model, checkpoint.read(start, run.start_from)["model"], loss_too)
    else:
        captions: tuple[str, ...] = ()
        if backbones.makes_vocabulary(run.towers):
            captions = (
                (*pairs.italian, *pairs.english)
                if isinstance(pairs, Sentences)
                else tuple(c for pair in pairs for c in pair.captions)
            )
        model = models.build(run, captions)
    if distributed.rank() == 0:
        models.save_tokenizer(folder, model.text_tower.tokenizer)
    return model


def _keepers(run: Run) -> list[DualEncoder]:
    """Open the teachers whose similarities are to be kept."""
    folders = [run.towers.teacher, run.loss.keep_also] if run.loss.keep else []
    return [models.whole(Path(name)).to(distributed.device()) for name in folders if name]


def _frozen(
    model: DualEncoder,
    run: Run,
    train_pairs: Sequence[Pair] | Sentences,
    valid_pairs: Sequence[Pair] | Sentences,
    folder: Path,
    keepers: Sequence[DualEncoder],
) -> tuple[FrozenFeatures, FrozenFeatures] | None:
    """Return the features of both sets, or None if photos do not give the same every time.

    Only the training set has those of the keepers.
    """
    if not (run.engine.cache_frozen and run.image_still):
        return None
    cache = Path(run.engine.cache) if run.engine.cache else folder / "features"
    if isinstance(train_pairs, Sentences) and isinstance(valid_pairs, Sentences):
        teacher = models.whole(Path(run.towers.teacher)).to(distributed.device())
        return (
            of_sentences(model, teacher, run, train_pairs, run.data.languages, cache),
            of_sentences(model, teacher, run, valid_pairs, "italian", cache),
        )
    assert not isinstance(train_pairs, Sentences) and not isinstance(valid_pairs, Sentences)
    train_root, valid_root = (path.parent for path in _paths(run))
    return (
        of_pairs(model, run, train_pairs, train_root, cache, keepers),
        of_pairs(model, run, valid_pairs, valid_root, cache),
    )


@torch.no_grad()
def _turn(model: DualEncoder, frozen: FrozenFeatures) -> None:
    """Turn the space to the principal axes of the photos, or of the sentences' targets."""
    if model.basis is None:
        return
    images = torch.from_numpy(frozen.images[frozen.rows[:AXES_SAMPLE]]).to(model.basis.device)
    targets = frozen.name == "targets"
    model.turn_to_principal_axes(images if targets else model.project_images(images))


def _restore(run: Run, folder: Path, step: Step, result: Result, digests: dict[str, str]) -> None:
    """Set everything but the model's weights as the last checkpoint has it. Raises InputError as
    `check_state` does."""
    state = checkpoint.read(folder, LAST)
    resuming.check_state(state, run, digests)
    step.optimizer.load_state_dict(state["optimizer"])
    step.average.restore(state["average"], state["step"])
    if state["scaler"]:  # only float16 has one
        step.precision.scaler.load_state_dict(state["scaler"])
    result.best_loss, result.best_step = state["best_loss"], state["best_step"]
    result.metrics, result.steps = state["metrics"], state["step"]
    generators = state["random"]
    if len(generators["cpu"]) == distributed.world():
        mine = {name: states[distributed.rank()] for name, states in generators.items()}
        checkpoint.set_random_state(mine)
