"""What can be chosen of a recipe, and the three presets.

The numbers are from papers, or chosen here where they are marked [ours]: no run at full size
stands behind these.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cercafoto.training.training_errors import InputError

DISTIL, LIT, UNFREEZE = "distil", "lit", "unfreeze"
DISTANCES, CONTRASTS = ("mse", "cosine"), ("sigmoid", "softmax")
# What decides neither weights nor order, so a resumed run may have it otherwise.
FREE = ("save_every", "workers", "cache", "valid")


def _option(default: Any, said: str, kind: str = "", only: tuple[str, ...] = ()) -> Any:
    """A field that is an option, of the stages `only` or of all.

    kind: what stands for its value in the help.
    """
    return field(default=default, metadata={"help": said, "kind": kind, "only": only})


@dataclass(frozen=True)
class Recipe:
    """One stage of training. Fields with a help are options of its command, under the same name."""

    stage: str
    teacher: str = _option("", "checkpoint folder of a CLIP, SigLIP or SigLIP 2", "DIR")
    student: str = _option("", "checkpoint folder of a BERT, XLM-R or ModernBERT", "DIR")
    start: str = _option("", "run of an earlier stage to go on from, instead of both", "DIR")
    data: str = ""
    valid: str = _option("", "JSON lines of pairs to measure the end with: R@k", "FILE")
    cache: str = _option("", "keeps what is computed once (default: OUT/cache)", "DIR")
    languages: str = _option("both", "read by the student: both, or italian", "WHICH", (DISTIL,))
    loss: str = _option("", "mse or cosine in distil, else sigmoid or softmax", "WHICH")
    epochs: int = _option(1, "times through the data")
    steps: int = _option(0, "end after so many steps; 0: the epochs decide")
    batch: int = _option(256, "sentences or pairs a step")
    learning_rate: float = _option(1e-4, "the highest, of what learns fastest")
    warmup: float = _option(0.1, "share of the steps that the rate takes to rise")
    weight_decay: float = _option(0.01, "of AdamW, for matrices alone")
    layer_decay: float = _option(1.0, "factor on the rate from a block to the one below it")
    image_blocks: int = _option(0, "last blocks of the image tower that learn", only=(UNFREEZE,))
    text_blocks: int = _option(-1, "last blocks of the text tower that learn; -1: the whole tower")
    average: float = _option(0.0, "decay of the running mean of the weights; 0: no mean")
    matryoshka: tuple[int, ...] = _option((), "the loss also over so many first numbers", "N")
    dimensions: int = _option(0, "numbers of a vector in the model folder; 0: all")
    max_tokens: int = _option(64, "longest text, special tokens included")
    augment: str = _option("none", "of photos: none or published", "WHICH", (UNFREEZE,))
    precision: str = _option("float32", "float32, or bfloat16 on a GPU", "WHICH")
    workers: int = _option(2, "processes that decode photos")
    save_every: int = _option(500, "steps between checkpoints")
    seed: int = _option(0, "of all that is drawn")

    def check(self) -> None:
        """Raises InputError for a value that no stage can be run with."""
        losses = DISTANCES if self.stage == DISTIL else CONTRASTS
        _among("loss", self.loss, losses)
        _among("languages", self.languages, ("both", "italian"))
        _among("augment", self.augment, ("none", "published"))
        _among("precision", self.precision, ("float32", "bfloat16"))
        for name, least in (("epochs", 1), ("steps", 0), ("batch", 2), ("image_blocks", 0),
                            ("text_blocks", -1), ("dimensions", 0), ("max_tokens", 3)):  # fmt: skip
            if getattr(self, name) < least:
                raise InputError(f"--{_dashed(name)} must be at least {least}")
        if not (0 <= self.average < 1 and 0 <= self.warmup < 1 and 0 < self.layer_decay <= 1):
            raise InputError(
                "--average and --warmup are from 0 to below 1, --layer-decay above 0 and at most 1"
            )
        if not (self.start or (self.teacher and self.student)):
            raise InputError(
                "name what to begin from: --teacher and --student, two checkpoint folders, or "
                "--start, the run of an earlier stage"
            )

    def same_run(self, other: Recipe) -> bool:
        """Whether `other` continues this run to the same weights."""
        free = dict.fromkeys(FREE)
        ours, theirs = ({**dataclasses.asdict(r), **free} for r in (self, other))
        return ours == theirs


PRESETS: Mapping[str, Recipe] = {
    # Reimers and Gurevych, arXiv:2004.09813: mean squared error, AdamW at 2e-5, warm-up, batches
    # of 64 (theirs start from a trained sentence encoder); M-CLIP likewise, for CLIP's text tower
    # (Carlsson et al., LREC 2022). [ours] 1e-4 and 256: the projection begins from nothing.
    DISTIL: Recipe(stage=DISTIL, loss="mse", epochs=5, learning_rate=1e-4, average=0.999),
    # Zhai et al., arXiv:2111.07991 (image tower locked) and arXiv:2303.15343 (sigmoid loss).
    LIT: Recipe(
        stage=LIT, loss="sigmoid", epochs=10, batch=1024, learning_rate=1e-4, average=0.999
    ),
    # [ours] A twentieth of lit's rate, so that what was aligned stays so; a rate falling by 0.75 a
    # block as in BEiT's fine-tuning (Bao et al., arXiv:2106.08254, appendix).
    UNFREEZE: Recipe(
        stage=UNFREEZE,
        loss="sigmoid",
        epochs=3,
        batch=512,
        learning_rate=5e-6,
        layer_decay=0.75,
        image_blocks=4,
        text_blocks=6,
        average=0.999,
        augment="published",
    ),
}  # fmt: skip


def to_json(recipe: Recipe) -> str:
    return json.dumps(dataclasses.asdict(recipe), indent=2, ensure_ascii=False) + "\n"


def load(path: Path) -> Recipe:
    """Read the configuration of a run. Raises InputError for a file that is none."""
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
        values["matryoshka"] = tuple(values["matryoshka"])
        recipe = Recipe(**values)
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror}): not a run?") from error
    except (ValueError, TypeError, KeyError) as error:
        raise InputError(f"{path}: not the configuration of a recipe's run ({error})") from error
    recipe.check()
    return recipe


def _among(name: str, value: str, choices: tuple[str, ...]) -> None:
    if value not in choices:
        raise InputError(f"--{name} is {value!r}: it can be {', '.join(choices)}")


def _dashed(name: str) -> str:
    return name.replace("_", "-")
