"""Draw the curves of one run, or of several side by side, as PNG."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from cercafoto.base.atomic_file import replacing
from cercafoto.training.clip_italian.monitor.run_log import LOG, read

Rows = Sequence[Mapping[str, Any]]
SMOOTHED = 20  # training steps that one point of the curve averages


def draw(folder: Path) -> list[Path]:
    """Draw `plots/loss.png`, `metrics.png` and `tables.png` of a run; return the files written.

    Without matplotlib nothing is drawn.
    """
    rows = read(folder / LOG)
    validations = [row for row in rows if "valid_loss" in row]
    losses: dict[str, tuple[list[float], list[float]]] = {
        "training": _smooth([row for row in rows if "loss" in row]),
        "validation": _column(validations, "valid_loss"),
    }
    columns = {name: _column(validations, name) for row in validations for name in row}
    losses |= _named(columns, "valid_loss/")
    metrics = {name: columns[name] for name in ("R@1", "R@5", "R@10", "MRR@10") if name in columns}
    tables = _named(columns, "mscoco-it/") | _named(columns, "imagenet/")
    return [
        *curves(folder / "plots" / "loss.png", losses, "loss"),
        *curves(folder / "plots" / "metrics.png", metrics, "caption to photo, validation set"),
        *curves(folder / "plots" / "tables.png", tables, "photos of the published tables"),
    ]


def curves(
    path: Path, lines: Mapping[str, tuple[Sequence[float], Sequence[float]]], label: str
) -> list[Path]:
    """Draw lines, name -> (steps, values), into one picture; return its path, or []."""
    lines = {name: line for name, line in lines.items() if line[0]}
    try:
        from matplotlib.figure import Figure
    except ImportError:
        return []
    if not lines:
        return []
    figure = Figure(figsize=(7, 4), layout="constrained")
    axes = figure.subplots()
    for name, (steps, values) in lines.items():
        axes.plot(steps, values, label=name, marker="." if len(steps) < 40 else None)
    axes.set_xlabel("step")
    axes.set_ylabel(label)
    axes.grid(alpha=0.3)
    axes.legend()
    with replacing(path) as partial:
        figure.savefig(partial, format="png", dpi=120)
    return [path]


def _named(
    columns: Mapping[str, tuple[list[float], list[float]]], start: str
) -> dict[str, tuple[list[float], list[float]]]:
    return {name: column for name, column in columns.items() if name.startswith(start)}


def _column(rows: Rows, name: str) -> tuple[list[float], list[float]]:
    rows = [row for row in rows if name in row]
    return [row["step"] for row in rows], [row[name] for row in rows]


def _smooth(rows: Rows) -> tuple[list[float], list[float]]:
    steps, values = _column(rows, "loss")
    size = max(1, min(SMOOTHED, len(values) // 20))
    groups = range(0, len(values) - size + 1, size)
    return (
        [steps[at + size - 1] for at in groups],
        [sum(values[at : at + size]) / size for at in groups],
    )
