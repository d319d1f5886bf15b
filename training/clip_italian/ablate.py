"""The published ablation, at any size: a ladder on which each rung adds one trick to the rung
before.

AdamW with a learned scale -> AdaBelief with adaptive gradient clipping -> fixed scale 20 ->
backbones frozen first -> more data (Bianchi et al., arXiv:2108.08688, in this order). Every rung
runs from the same seeds, for the same number of epochs. Its numbers are those of the published
repository's history, where FILE@COMMIT:LINE stands as in `config`.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from cercafoto.training.clip_italian import checkpoint, distributed
from cercafoto.training.clip_italian.config import Optimizer, Run
from cercafoto.training.clip_italian.train import Report, train
from cercafoto.training.training_errors import InputError

FIGURES = ("valid_loss", "R@1", "R@10", "MRR@10")
TABLE = "ablation.json"

# Peak rates of the rungs in units of the last one's, 1e-5 (run_training.sh@c35af87:20).
ADAMW_RATE = 5  # run_training.sh@286b21d:22, 5e-5
BELIEF_RATE = 8  # run_training.sh@5e6ad4a:20; at a fixed scale, run_training.sh@efc2150:20; 8e-5
FROZEN_RATE = 5  # run_training.sh@8f7f4c5:20, 5e-5
# run_hybrid_clip.py@286b21d:579, of every weight; epsilon is the default of transformers.
ADAMW = Optimizer(
    name="adamw",
    epsilon=1e-8,
    weight_decay=0.1,  # run_training.sh@286b21d:22
    agc=0.0,
)
FIRST_SCALE = math.e  # modeling_hybrid_clip.py@286b21d:62,108: exp(1)


@dataclass(frozen=True)
class Variant:
    """A rung of the ladder.

    name: as printed.
    runs: each starts from the one before.
    """

    name: str
    runs: tuple[Run, ...]


def variants(base: Run, frozen_epochs: int, more: Path | None = None) -> list[Variant]:
    """Derive the rungs from a base run, whose towers, epochs and pairs they share.

    base: the last stage; its rate is what the others are multiples of.
    frozen_epochs: extra epochs of the frozen start.
    more: the pairs that the last rung trains on instead; without them there is none.
    """
    rate, belief = base.optimizer.learning_rate, Optimizer()
    base = replace(base, freeze="none", optimizer=replace(belief, learning_rate=rate))
    fixed = replace(base, optimizer=replace(belief, learning_rate=BELIEF_RATE * rate))
    learned = replace(base.loss, scale="learned", value=FIRST_SCALE)
    believing = replace(fixed, loss=learned)
    plain = replace(
        believing,
        optimizer=replace(ADAMW, learning_rate=ADAMW_RATE * rate),
        schedule=replace(base.schedule, decay="linear"),  # run_hybrid_clip.py@286b21d:386
    )
    frozen = replace(
        base,
        freeze="backbones",
        optimizer=replace(belief, learning_rate=FROZEN_RATE * rate),
        schedule=replace(base.schedule, epochs=frozen_epochs),
    )
    ladder = [
        Variant("AdamW, learned scale", (plain,)),
        Variant("+ AdaBelief and AGC", (believing,)),
        Variant("+ fixed scale", (fixed,)),
        Variant("+ backbones frozen first", (frozen, base)),
    ]
    if more:
        data = replace(base.data, train=str(more))
        ladder.append(
            Variant("+ more data", (replace(frozen, data=data), replace(base, data=data)))
        )
    return ladder


@dataclass
class Row:
    """Figures of a variant.

    figures: name -> one number a seed, at the best checkpoint.
    """

    name: str
    figures: dict[str, list[float]]

    def text(self) -> str:
        cells = [
            f"{np.mean(values):.3f} ± {np.std(values, ddof=1) if len(values) > 1 else 0:.3f}"
            for values in (self.figures[name] for name in FIGURES)
        ]
        return f"| {self.name} | " + " | ".join(cells) + " |"


class RunInterruptedError(InputError):
    """A signal stopped a run, after its checkpoint."""


def ablate(
    base: Run,
    folder: Path,
    seeds: Sequence[int],
    frozen_epochs: int,
    report: Callable[[str, int], Report],
    more: Path | None = None,
) -> list[Row]:
    """Run every variant with every seed, each in its own folder; every process of a torchrun does.

    Complete runs are read, interrupted ones resumed.
    frozen_epochs, more: as of `variants`.
    report: called with variant and seed, gives the reporter of one run.
    Writes `ablation.json` in `folder`, whose runs TensorBoard shows side by side. Raises InputError
    as `train` does.
    """
    rows = []
    for number, variant in enumerate(variants(base, frozen_epochs, more)):
        figures: dict[str, list[float]] = {name: [] for name in FIGURES}
        for seed in seeds:
            last = Path()
            for part, run in enumerate(variant.runs):
                start = str(last) if part else ""
                last = folder / f"{number}-seed{seed}" / f"part{part}"
                run = replace(run, seed=seed, start=start, start_from=checkpoint.BEST)
                _complete(run, last, report(variant.name, seed))
            best = checkpoint.read(last, checkpoint.BEST)["metrics"]
            for name in FIGURES:
                figures[name].append(float(best[name]))
        rows.append(Row(variant.name, figures))
    if distributed.rank():
        return rows
    written = {row.name: row.figures for row in rows}
    (folder / TABLE).write_text(json.dumps(written, indent=2) + "\n", encoding="utf-8")
    return rows


def table(rows: Sequence[Row]) -> str:
    """Return a Markdown table: mean and standard deviation over the seeds."""
    head = "| Variant | " + " | ".join(FIGURES) + " |"
    return "\n".join([head, "|---" * (len(FIGURES) + 1) + "|", *(row.text() for row in rows)])


def _complete(run: Run, folder: Path, report: Report) -> None:
    resume = checkpoint.path_of(folder, checkpoint.LAST).exists()
    result = train(run, folder, resume, report)
    if result.interrupted:
        raise RunInterruptedError(f"{folder}: interrupted; the same command goes on from there")
