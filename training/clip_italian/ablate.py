"""The published ablation, at any size: each trick switched on after the one before.

AdamW with a learned scale -> AdaBelief with adaptive gradient clipping -> fixed scale 20 ->
backbones frozen first (Bianchi et al., arXiv:2108.08688, in this order). Every variant runs from
the same seeds, on the same pairs, for the same number of epochs.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from cercafoto.training.clip_italian import checkpoint
from cercafoto.training.clip_italian.config import ADAMW, LEARNED, Loss, Optimizer, Run
from cercafoto.training.clip_italian.monitor.log import LOG, read
from cercafoto.training.clip_italian.monitor.plots import curves
from cercafoto.training.clip_italian.train import Report, train
from cercafoto.training.errors import InputError

FIGURES = ("valid_loss", "R@1", "R@10", "MRR@10")
TABLE = "ablation.json"
# New projections alone bear, and in few epochs need, a far larger step than whole towers.
FROZEN_RATE = 5e-4


@dataclass(frozen=True)
class Variant:
    """A variant of the recipe.

    name: as printed.
    runs: each starts from the one before.
    """

    name: str
    runs: tuple[Run, ...]


def variants(base: Run, frozen_epochs: int) -> list[Variant]:
    """Derive the variants from a base run, whose data, towers and epochs they share.

    frozen_epochs: extra epochs of the frozen start, without augmentation, on cached features.
    """
    optimizer = replace(Optimizer(), learning_rate=base.optimizer.learning_rate)
    adamw = replace(ADAMW, learning_rate=base.optimizer.learning_rate)
    plain = replace(base, optimizer=adamw, loss=LEARNED, freeze="none")
    believing = replace(plain, optimizer=optimizer)
    fixed = replace(believing, loss=Loss())
    frozen = replace(
        fixed,
        freeze="backbones",
        data=replace(base.data, augment="none"),
        optimizer=replace(optimizer, learning_rate=FROZEN_RATE),
        schedule=replace(base.schedule, epochs=frozen_epochs),
    )
    return [
        Variant("AdamW, learned scale", (plain,)),
        Variant("+ AdaBelief and AGC", (believing,)),
        Variant("+ fixed scale 20", (fixed,)),
        Variant("+ backbones frozen first", (frozen, fixed)),
    ]


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


def ablate(
    base: Run,
    folder: Path,
    seeds: Sequence[int],
    frozen_epochs: int,
    report: Callable[[str, int], Report],
) -> list[Row]:
    """Run every variant with every seed, each in its own folder.

    Complete runs are read, interrupted ones resumed.
    report: called with variant and seed, gives the reporter of one run.
    Writes `ablation.json` and `loss.png` in `folder`. Raises InputError as `train` does.
    """
    rows = []
    lines: dict[str, tuple[list[float], list[float]]] = {}
    for number, variant in enumerate(variants(base, frozen_epochs)):
        figures: dict[str, list[float]] = {name: [] for name in FIGURES}
        for seed in seeds:
            last = Path()
            for part, run in enumerate(variant.runs):
                start = str(last) if part else ""
                last = folder / f"{number}-seed{seed}" / f"part{part}"
                _complete(replace(run, seed=seed, start=start), last, report(variant.name, seed))
            best = checkpoint.read(last, checkpoint.BEST)["metrics"]
            for name in FIGURES:
                figures[name].append(float(best[name]))
            if seed == seeds[0]:
                points = [row for row in read(last / LOG) if "valid_loss" in row]
                lines[variant.name] = (
                    [row["step"] for row in points],
                    [row["MRR@10"] for row in points],
                )
        rows.append(Row(variant.name, figures))
    written = {row.name: row.figures for row in rows}
    (folder / TABLE).write_text(json.dumps(written, indent=2) + "\n", encoding="utf-8")
    curves(folder / "metrics.png", lines, "MRR@10, validation set")
    return rows


def table(rows: Sequence[Row]) -> str:
    """A table in Markdown: mean and standard deviation over the seeds."""
    head = "| Variant | " + " | ".join(FIGURES) + " |"
    return "\n".join([head, "|---" * (len(FIGURES) + 1) + "|", *(row.text() for row in rows)])


def _complete(run: Run, folder: Path, report: Report) -> None:
    resume = checkpoint.path_of(folder, checkpoint.LAST).exists()
    result = train(run, folder, resume, report)
    if result.interrupted:
        raise InputError(f"{folder}: interrupted; the same command goes on from there")
