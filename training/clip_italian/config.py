"""Configuration of training runs: frozen dataclasses, and the presets of the published recipe.

Sources of the numbers, by the tag that stands beside each:
[paper] Bianchi et al., "Contrastive Language-Image Pre-training for the Italian Language",
arXiv:2108.08688; [script] the training script of the public repository clip-italian/clip-italian;
[clip] Radford et al., arXiv:2103.00020; [agc] Brock et al., arXiv:2102.06171; [adabelief] Zhuang
et al., arXiv:2010.07468; [ours] chosen here, with the reason.
"""

from __future__ import annotations

import dataclasses
import json
import typing
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cercafoto.training.errors import InputError


@dataclass(frozen=True)
class Towers:
    """The two backbones, by their names in `backbones`, and the space that they share.

    projection: numbers in an embedding.
    image_size: side of the square input, pixels.
    max_tokens: longest caption, special tokens included.
    text_layers: transformer layers of the text tower to use, 0 for all (to fit a small machine).
    """

    image: str = "openai/clip-vit-base-patch32"  # [paper]
    text: str = "dbmdz/bert-base-italian-xxl-uncased"  # [script]
    projection: int = 512  # [script]
    image_size: int = 224  # [clip]
    max_tokens: int = 96  # [script]
    text_layers: int = 0


@dataclass(frozen=True)
class Data:
    """Pairs as JSON lines; a caption of a photo is drawn anew each time [script].

    augment: "published" or "none"; see `augment`.
    workers: processes that decode.
    """

    train: str = ""
    valid: str = ""
    augment: str = "published"
    sample_captions: bool = True
    workers: int = 4


@dataclass(frozen=True)
class Loss:
    """The factor on the cosines in the loss.

    scale: "fixed" or "learned".
    value: the factor, or the first one where it is learned.
    ceiling: the largest that a learned one may become.
    """

    scale: str = "fixed"  # [paper]
    value: float = 20.0  # [paper]
    ceiling: float = 100.0  # [clip]


LEARNED = Loss(scale="learned", value=1 / 0.07)  # [clip]: first temperature 0.07


@dataclass(frozen=True)
class Optimizer:
    """The optimizer and its gradient clipping.

    name: "adabelief" or "adamw".
    agc: factor of adaptive gradient clipping, 0 for none.
    agc_floor: the least norm that a weight is taken to have.
    AdaBelief is the plain one: neither rectified nor with weight decay, as optax's
    `scale_by_belief` that the script used.
    """

    name: str = "adabelief"  # [paper]
    learning_rate: float = 1e-5  # [script], the peak
    betas: tuple[float, float] = (0.9, 0.999)  # [adabelief]
    epsilon: float = 1e-16  # [adabelief]
    weight_decay: float = 0.0  # [script]
    agc: float = 0.01  # [script], [agc]
    agc_floor: float = 1e-3  # [script], [agc]


ADAMW = Optimizer(name="adamw", epsilon=1e-8, agc=0.0)  # torch's own epsilon


@dataclass(frozen=True)
class Schedule:
    """Learning rate: linear to the peak over the `warmup` share of steps, then a cosine to 0."""

    epochs: int = 15  # [script]
    warmup: float = 0.1  # [script]
    max_steps: int = 0  # [ours] 0: epochs decide; a run that is cut short says so in its name


@dataclass(frozen=True)
class Engine:
    """Ways to compute the same run; none changes the result, except for rounding.

    batch: pairs per device, all of them negatives of each other and of the other devices'.
    chunk: pairs whose activations are in memory at once (GradCache); 0: the whole batch.
    precision: "float32" or "bfloat16" (autocast; weights and losses stay float32).
    """

    batch: int = 128  # [script]
    chunk: int = 0
    precision: str = "float32"  # [script]
    compile: bool = False
    cache_frozen: bool = True
    save_every: int = 500  # [ours] steps between checkpoints: minutes of work at most
    peak_tflops: float = 0.0  # of the device, for MFU; 0: looked up by its name


@dataclass(frozen=True)
class Run:
    """A whole run.

    freeze: "backbones" (only the projections learn) or "none".
    start: folder of the run whose best checkpoint is the beginning, "" for the towers' own weights.
    """

    name: str = "run"
    towers: Towers = field(default_factory=Towers)
    data: Data = field(default_factory=Data)
    loss: Loss = field(default_factory=Loss)
    optimizer: Optimizer = field(default_factory=Optimizer)
    schedule: Schedule = field(default_factory=Schedule)
    engine: Engine = field(default_factory=Engine)
    freeze: str = "none"
    start: str = ""
    seed: int = 0

    def check(self) -> None:
        """Check the values. Raises InputError for one that no part of the training knows."""
        _among("data.augment", self.data.augment, ("published", "none"))
        _among("loss.scale", self.loss.scale, ("fixed", "learned"))
        _among("optimizer.name", self.optimizer.name, ("adabelief", "adamw"))
        _among("engine.precision", self.engine.precision, ("float32", "bfloat16"))
        _among("freeze", self.freeze, ("backbones", "none"))
        if self.engine.batch < 2:
            raise InputError("engine.batch must be at least 2: a pair needs another to differ from")
        if not 0 <= self.schedule.warmup < 1:
            raise InputError("schedule.warmup is a share of the steps: from 0 to below 1")


STAGE_1 = Run(
    name="clip-italian-stage1",
    freeze="backbones",  # [paper]
    schedule=Schedule(epochs=26),  # [paper]: until convergence, 26 in the published run
)
STAGE_2 = Run(name="clip-italian-stage2", freeze="none")
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
    optimizer=Optimizer(learning_rate=1e-3),
    schedule=Schedule(epochs=2),
    engine=Engine(batch=16),
)
# What two cores can train: public towers that pip installs, fewer layers, smaller pictures, and
# larger steps, since 1e-5 hardly moves anything in the few steps that few pairs make. [ours]
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
    data=Data(workers=2),
    optimizer=Optimizer(learning_rate=1e-4),
    schedule=Schedule(epochs=3),
    engine=Engine(batch=64),
)
SMALL_1 = dataclasses.replace(
    SMALL_2,
    name="small-stage1",
    freeze="backbones",
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
