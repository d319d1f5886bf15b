"""Configuration of training runs: frozen dataclasses, and the presets of the published recipe.

Beside each number stands where it is from. FILE@COMMIT:LINE is a line of the public repository
clip-italian/clip-italian, in its folder hybrid_clip: 8f7f4c5 is the pretraining whose epoch 26 the
final run, 9ca42b9, begins from; both have the same Python. optax 0.0.9 is the one of July 2021.
[clip] Radford et al., arXiv:2103.00020; [ours] chosen here, with the reason. A number without any
is no part of the recipe: it switches something off, or says how the same run is computed.
"""

from __future__ import annotations

import dataclasses
import json
import re
import typing
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cercafoto.training.training_errors import InputError


@dataclass(frozen=True)
class Towers:
    """The two backbones, by their names in `backbones`, and the space that they share.

    image: of the Hub, a folder, efficientnet-lite0, random:vit-b-32 or random:vit-tiny.
    text: of the Hub, a folder, e5-small, random:bert-base or random:bert-tiny.
    projection: numbers in an embedding.
    image_size: side of the square input, pixels.
    max_tokens: longest caption, special tokens included.
    text_layers: transformer layers of the text tower to use, 0 for all (to fit a small machine).
    """

    image: str = "openai/clip-vit-base-patch32"  # run_training.sh@9ca42b9:6
    text: str = "dbmdz/bert-base-italian-xxl-uncased"  # run_training.sh@9ca42b9:7
    projection: int = 512  # configuration_hybrid_clip.py@9ca42b9:57
    image_size: int = 224  # run_hybrid_clip.py@9ca42b9:552, the image tower's own: 224 [clip]
    max_tokens: int = 96  # run_training.sh@9ca42b9:17
    text_layers: int = 0


@dataclass(frozen=True)
class Data:
    """Pairs as JSON lines.

    train: what is learnt from; the option --train.
    valid: what tells the best checkpoint; the option --valid.
    augment: "published" or "none"; see `augment`.
    antialias: whether pictures to be augmented are smoothed as they are made smaller.
    sample_captions: a caption of a photo is drawn anew each time.
    window: shards whose pairs are mixed with each other at a time, so that a disk reads a few large
        files in order; 0: all pairs are.
    workers: processes that decode.
    """

    train: str = ""
    valid: str = ""
    augment: str = "published"  # run_hybrid_clip.py@9ca42b9:552
    antialias: bool = False  # run_hybrid_clip.py@9ca42b9:244, of tensors, torchvision 0.10
    sample_captions: bool = True  # run_hybrid_clip.py@9ca42b9:332
    window: int = 0
    workers: int = 4


@dataclass(frozen=True)
class Loss:
    """The contrastive loss: the factor on the cosines, and which pairs a pair is told from.

    scale: "fixed" or "learned".
    value: the factor, or the first one where it is learned.
    ceiling: the largest that a learned one may become, 0 for none.
    negatives: pairs of a block. Each pair is told from those of its own block alone, and the loss
        is the blocks' mean, as where each of several devices sees its own pairs only. 0: from all
        pairs of the step, over all devices.
    """

    scale: str = "fixed"  # modeling_hybrid_clip.py@9ca42b9:116
    value: float = 20.0  # modeling_hybrid_clip.py@9ca42b9:64
    ceiling: float = 0.0  # modeling_hybrid_clip.py@286b21d:108
    negatives: int = 128  # run_training.sh@9ca42b9:18; one core's, run_hybrid_clip.py@9ca42b9:707


@dataclass(frozen=True)
class Optimizer:
    """The optimizer and its gradient clipping.

    name: "adabelief" or "adamw".
    learning_rate: the peak.
    betas: how much of the old mean and variance of a gradient stays, as 0.9,0.999.
    epsilon: AdaBelief adds it to the variance under the root, AdamW to the root.
    weight_decay: AdamW's; AdaBelief has none.
    agc: factor of adaptive gradient clipping, 0 for none.
    agc_floor: the least norm that a weight is taken to have.
    """

    name: str = "adabelief"  # run_hybrid_clip.py@9ca42b9:669
    learning_rate: float = 1e-5  # run_training.sh@9ca42b9:20
    betas: tuple[float, float] = (0.9, 0.999)  # optax 0.0.9, scale_by_belief
    epsilon: float = 1e-16  # optax 0.0.9, scale_by_belief: eps_root; its eps is 0
    weight_decay: float = 0.0  # run_training.sh@9ca42b9:20
    agc: float = 0.01  # run_hybrid_clip.py@9ca42b9:668
    agc_floor: float = 1e-3  # run_hybrid_clip.py@9ca42b9:668


@dataclass(frozen=True)
class Schedule:
    """Learning rate: linear to the peak over the `warmup` share of steps, then down to 0.

    epochs: times that all pairs are gone through.
    warmup: share of the steps in which the rate rises, from 0 to below 1.
    decay: "cosine" or "linear".
    stop_after_epochs: the run ends there, at the rate that `epochs` give; 0: after `epochs`.
    max_steps: shortens the whole schedule, to try something; 0: `epochs` decide.
    """

    epochs: int = 15  # run_training.sh@9ca42b9:17
    warmup: float = 0.1  # run_training.sh@9ca42b9:20
    decay: str = "cosine"  # run_hybrid_clip.py@9ca42b9:655
    stop_after_epochs: int = 0
    max_steps: int = 0


PRECISIONS = ("auto", "float32", "tf32", "bfloat16", "float16")


@dataclass(frozen=True)
class Engine:
    """Ways to compute the same run; none changes the result, except for rounding.

    batch: pairs per device in an update. The number of devices changes nothing if all of them
        together take as many pairs.
    chunk: pairs whose activations are in memory at once; 0: the whole batch; -1: as many as fit on
        a GPU, 128 on a processor. Whole blocks cost no time; anything else embeds every pair twice
        (GradCache).
    precision: "float32"; "tf32": float32 whose matrices a GPU multiplies in TensorFloat-32;
        "bfloat16" or "float16": autocast, while weights and losses stay float32; "auto": bfloat16
        or float16 on a GPU, float32 on a processor.
    augment_on: "workers", the processes that decode, or "device", a batch at a time from the same
        draws.
    compile: run both towers through torch.compile, which takes minutes at first.
    deterministic: use only operations that give the same bits every time, which are slower. Without
        it a GPU promises the same weights to rounding.
    cache_frozen: compute the features of frozen backbones only once, if they are the same every
        time: no augmentation, no dropout.
    shared_memory_mb: shared memory that the processes that decode may fill, in millions of bytes;
        0: half of what is free when the run starts.
    keep: "best" keeps the weights of the best epoch, "all" those of every epoch.
    tracker: "trackio" or "wandb" send the figures there too; "" sends nothing.
    """

    batch: int = 1024  # run_training.sh@9ca42b9:18, run_hybrid_clip.py@9ca42b9:577: 128, 8 cores
    chunk: int = -1
    precision: str = "auto"  # [ours] the reference's is float32, run_hybrid_clip.py@9ca42b9:155
    augment_on: str = "workers"
    compile: bool = False
    deterministic: bool = False
    cache_frozen: bool = True
    shared_memory_mb: int = 0
    keep: str = "best"
    tracker: str = ""
    save_every: int = 500  # [ours] steps between checkpoints: minutes of work at most
    log_every: int = 20  # [ours] steps whose figures are waited for together
    peak_tflops: float = 0.0  # of the device, for MFU; 0: looked up by its name


@dataclass(frozen=True)
class Run:
    """A whole run.

    name: what its lines begin with.
    freeze: "backbones" (only the projections learn) or "none".
    frozen_dropout: whether frozen backbones drop units as they do where they learn.
    start: folder of the run whose weights are the beginning, "" for the towers' own weights.
    start_from: which weights of that run: "best", "last" or "epoch-26".
    seed: of all that is drawn.
    """

    name: str = "run"
    towers: Towers = field(default_factory=Towers)
    data: Data = field(default_factory=Data)
    loss: Loss = field(default_factory=Loss)
    optimizer: Optimizer = field(default_factory=Optimizer)
    schedule: Schedule = field(default_factory=Schedule)
    engine: Engine = field(default_factory=Engine)
    freeze: str = "none"
    frozen_dropout: bool = True  # run_hybrid_clip.py@8f7f4c5:700
    start: str = ""
    start_from: str = "best"
    seed: int = 0  # [ours] the reference's is 42, of generators that are not ours

    @property
    def distorts_on_device(self) -> bool:
        return self.data.augment == "published" and self.engine.augment_on == "device"

    def check(self) -> None:
        """Check the values. Raises InputError for one that no part of the training knows."""
        _among("data.augment", self.data.augment, ("published", "none"))
        _among("loss.scale", self.loss.scale, ("fixed", "learned"))
        _among("optimizer.name", self.optimizer.name, ("adabelief", "adamw"))
        _among("schedule.decay", self.schedule.decay, ("cosine", "linear"))
        _among("engine.precision", self.engine.precision, PRECISIONS)
        _among("engine.augment_on", self.engine.augment_on, ("workers", "device"))
        _among("engine.keep", self.engine.keep, ("best", "all"))
        _among("engine.tracker", self.engine.tracker, ("", "trackio", "wandb"))
        if not re.fullmatch(r"best|last|epoch-\d+", self.start_from):
            raise InputError(f"start_from is {self.start_from!r}: it can be best, last or epoch-26")
        _among("freeze", self.freeze, ("backbones", "none"))
        if self.data.window < 0 or self.engine.log_every < 1 or self.engine.save_every < 1:
            raise InputError(
                "data.window cannot be below 0, engine.log_every and engine.save_every not below 1"
            )
        if self.engine.chunk < -1 or self.engine.shared_memory_mb < 0:
            raise InputError("engine.chunk cannot be below -1, engine.shared_memory_mb not below 0")
        if self.engine.batch < 2:
            raise InputError("engine.batch must be at least 2: a pair needs another to differ from")
        block = self.loss.negatives
        if block < 0 or block == 1 or (block and self.engine.batch % block):
            raise InputError(
                f"loss.negatives is {block}, engine.batch {self.engine.batch}: a batch is made of "
                "whole blocks of at least 2 pairs (0: one block, of all pairs on all devices)"
            )
        if not 0 <= self.schedule.warmup < 1:
            raise InputError("schedule.warmup is a share of the steps: from 0 to below 1")
        if self.schedule.stop_after_epochs > self.schedule.epochs:
            raise InputError("schedule.stop_after_epochs is more than schedule.epochs")
        if self.optimizer.name == "adabelief" and self.optimizer.weight_decay:
            raise InputError("optimizer.weight_decay is AdamW's: AdaBelief has none")


# The dropout of frozen backbones and the augmentation stay on, as the script has them.
STAGE_1 = Run(
    name="clip-italian-stage1",
    freeze="backbones",  # run_training.sh@8f7f4c5:27
    optimizer=Optimizer(learning_rate=5e-5),  # run_training.sh@8f7f4c5:20
    # run_training.sh@8f7f4c5:17; what run_training.sh@9ca42b9:27 goes on from is epoch 26
    schedule=Schedule(epochs=50, stop_after_epochs=26),
)
# The last weights of stage 1 are those of its epoch 26: run_training.sh@9ca42b9:27.
STAGE_2 = Run(name="clip-italian-stage2", freeze="none", start_from="last")
# Seconds on two cores, from random weights: does everything run? [ours]
SMOKE = Run(
    name="smoke",
    towers=Towers(
        image="random:vit-tiny",
        text="random:bert-tiny",
        projection=32,
        image_size=64,
        max_tokens=32,
    ),
    data=Data(workers=0),
    loss=Loss(negatives=0),
    optimizer=Optimizer(learning_rate=1e-3),
    schedule=Schedule(epochs=2),
    engine=Engine(batch=16, chunk=0),
)
# What two cores can train: public towers that pip installs, fewer layers, smaller pictures (so
# small that they have to be smoothed), batches of one block, and larger steps, since 1e-5 hardly
# moves anything in the few steps that few pairs make. [ours]
SMALL_2 = Run(
    name="small-stage2",
    towers=Towers(
        image="efficientnet-lite0",
        text="e5-small",
        projection=256,
        image_size=96,
        max_tokens=48,
        text_layers=3,
    ),
    data=Data(antialias=True, workers=2),
    loss=Loss(negatives=64),
    optimizer=Optimizer(learning_rate=1e-4),
    schedule=Schedule(epochs=3),
    engine=Engine(batch=64, chunk=0),
)
# Neither augmented nor with dropout, so that the backbones are gone through once. [ours]
SMALL_1 = dataclasses.replace(
    SMALL_2,
    name="small-stage1",
    freeze="backbones",
    frozen_dropout=False,
    data=dataclasses.replace(SMALL_2.data, augment="none"),
    optimizer=Optimizer(learning_rate=5e-4),
    schedule=Schedule(epochs=8),
)

PRESETS: dict[str, Run] = {run.name: run for run in (STAGE_1, STAGE_2, SMOKE, SMALL_1, SMALL_2)}


def preset(name: str) -> Run:
    """A preset by its name. Raises InputError, which lists the names."""
    if name not in PRESETS:
        raise InputError(f"no preset {name!r}: there are {', '.join(PRESETS)}")
    return PRESETS[name]


def override(run: Run, settings: Sequence[str]) -> Run:
    """Apply settings such as "optimizer.learning_rate=3e-5" in order.

    Each value is read as the type of its field. Raises InputError for an unknown field or a value
    of another type.
    """
    for setting in settings:
        path, separator, text = setting.partition("=")
        if not separator:
            raise InputError(f"{setting!r}: expected FIELD=VALUE")
        run = _replaced(run, path.split("."), text, setting)
    run.check()
    return run


def to_json(run: Run) -> str:
    return json.dumps(dataclasses.asdict(run), indent=2, ensure_ascii=False)


def from_json(text: str, where: str = "config.json") -> Run:
    """Read a configuration. Raises InputError for a text that is none."""
    try:
        data = json.loads(text)
        run: Run = _built(Run, data)
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise InputError(f"{where}: not the configuration of a run ({error})") from error
    run.check()
    return run


def load(path: Path) -> Run:
    """Read the configuration in a run's folder. Raises InputError."""
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror})") from error
    return from_json(text, str(path))


def _built(kind: Any, data: dict[str, Any]) -> Any:
    types = typing.get_type_hints(kind)
    values: dict[str, Any] = {}
    for name, value in data.items():
        field_type = types[name]
        if dataclasses.is_dataclass(field_type):
            values[name] = _built(field_type, value)
        else:
            values[name] = tuple(value) if isinstance(value, list) else value
    return kind(**values)


def _replaced(part: Any, path: list[str], text: str, setting: str) -> Any:
    name, *rest = path
    if not dataclasses.is_dataclass(part) or name not in typing.get_type_hints(type(part)):
        raise InputError(f"{setting!r}: there is no such field")
    old = getattr(part, name)
    new = _replaced(old, rest, text, setting) if rest else _parsed(old, text, setting)
    return dataclasses.replace(typing.cast(Any, part), **{name: new})


def _parsed(old: Any, text: str, setting: str) -> Any:
    try:
        if isinstance(old, bool):
            return {"true": True, "false": False}[text.lower()]
        if isinstance(old, tuple):
            parts = text.strip("()").split(",")
            return tuple(float(part) for part in parts)
        if isinstance(old, (int, float, str)):
            return type(old)(text)
    except (KeyError, ValueError) as error:
        raise InputError(f"{setting!r}: not a value of the type of {old!r}") from error
    raise InputError(f"{setting!r}: name one of the fields of this part")


def _among(name: str, value: str, choices: tuple[str, ...]) -> None:
    if value not in choices:
        raise InputError(f"{name} is {value!r}: it can be {', '.join(choices)}")
