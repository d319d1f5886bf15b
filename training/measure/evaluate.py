"""Measure a model: caption -> photo retrieval, and zero-shot classification with Italian labels.

These are the two protocols of the published CLIP-Italian figures, over real files; every figure has
a bootstrap interval. Any `sources.Source` can be measured, for example the `Encoder` of a model
folder.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from cercafoto.base.arrays import Floats, Ints
from cercafoto.training.measure.bootstrap import Doubles, mean_intervals, median_interval
from cercafoto.training.measure.datasets import Classes, Pairs, read_labels, read_pairs
from cercafoto.training.measure.embed import Progress, pixel_batches
from cercafoto.training.measure.sources import Source
from cercafoto.training.metrics import hits, ranks, ranks_among, reciprocal
from cercafoto.training.training_errors import InputError

__all__ = ["InputError", "read_labels"]

CUTS = (1, 5, 10)
CLASS_CUTS = (1, 5, 10, 100)
INTERVAL = "{} 95%"  # name of a figure's interval in JSON


@dataclass(frozen=True)
class Report:
    """Figures of one model on one set, in the order to print.

    figures: name -> value.
    kinds: folder of photos -> number of queries for these photos, and the first figures for these
        queries; every query is still ranked among all photos.
    intervals: name of a figure -> lower and upper end of its 95 % interval.
    """

    title: str
    queries: int
    photos: int
    figures: dict[str, float] = field(default_factory=dict)
    kinds: dict[str, dict[str, float]] = field(default_factory=dict)
    intervals: dict[str, tuple[float, float]] = field(default_factory=dict)

    @property
    def heading(self) -> str:
        return f"{self.title} ({self.queries} queries, {self.photos} photos)"

    def figure(self, name: str, percent: bool = False) -> str:
        """Return a figure with its interval ("0.4230  [0.3981, 0.4472]").

        percent: whether to multiply by 100.
        """
        low, high = self.intervals[name]
        if percent:
            return f"{100 * self.figures[name]:.2f}  [{100 * low:.2f}, {100 * high:.2f}]"
        return f"{self.figures[name]:.4f}  [{low:.4f}, {high:.4f}]"

    def table(self) -> str:
        width = max(len(name) for name in self.figures)
        lines = [self.heading]
        lines += [f"  {name:<{width}}  {self.figure(name):>26}" for name in self.figures]
        for kind, figures in self.kinds.items():
            line = "  ".join(f"{name} {value:.4g}" for name, value in figures.items())
            lines.append(f"  {kind:<{width}}  {line}")
        return "\n".join(lines)

    def json(self) -> dict[str, Any]:
        counts = {"title": self.title, "queries": self.queries, "photos": self.photos}
        return counts | self.figures | ({"kinds": self.kinds} if self.kinds else {})

    def flat(self) -> dict[str, Any]:
        """Return the figures and their 95 % intervals in one dictionary: {"R@1": 0.423, ...,
        "R@1 95%": [0.398, 0.447], ...}"""
        ends = {
            INTERVAL.format(name): [round(end, 6) for end in pair]
            for name, pair in self.intervals.items()
        }
        return self.figures | ends


def evaluate_pairs(source: Source, pairs: Path) -> Report:
    """Measure caption -> photo retrieval on a file of JSON lines (see `read_pairs`). Raises
    InputError."""
    return evaluate_retrieval(source, read_pairs(pairs))


def evaluate_retrieval(source: Source, pairs: Pairs, of: str = "") -> Report:
    """Measure caption -> photo retrieval. Raises InputError.

    Every caption is a query among all photos, and its own photo is the one right answer.

    of: name of the set, for the title.
    """
    photos = embed_files(source, pairs.photos)
    rank = ranks_among(numbers(source.embed_texts(pairs.captions)), photos, pairs.gold)
    values = {f"R@{k}": hits(rank, k) for k in CUTS} | {
        f"MRR@{k}": reciprocal(rank, k) for k in CUTS
    }
    figures, intervals = with_intervals(values, pairs.gold)
    figures["median rank"] = float(np.median(rank))
    low, high = median_interval(rank, pairs.gold)
    intervals["median rank"] = (float(low), float(high))
    folder_of = np.array([pairs.photos[at].parent.name for at in pairs.gold])
    kinds = {
        str(kind): {"queries": int((folder_of == kind).sum())}
        | {f"R@{k}": float(values[f"R@{k}"][folder_of == kind].mean()) for k in CUTS}
        for kind in np.unique(folder_of)
    }
    title = f"{of}, caption -> photo" if of else "caption -> photo"
    return Report(title, len(pairs.captions), len(pairs.photos), figures, kinds, intervals)


def evaluate_imagenet(
    source: Source, classes: Classes, templates: Sequence[str] = ("{}",)
) -> Report:
    """Measure zero-shot accuracy: for each photo, which class does it show? Raises InputError.

    The vector of a class is the mean of the vectors of its label in each template, at length 1.
    """
    texts = class_vectors(source, classes.names, templates)
    parts, at = [], 0
    for pixels in pixel_batches(classes.photos, source.preprocessing):
        vectors = numbers(source.embed_pixels(pixels))
        parts.append(ranks(vectors @ texts.T, classes.gold[at : at + len(vectors)]))
        at += len(vectors)
    rank: Ints = np.concatenate(parts)
    values = {f"accuracy@{k}": hits(rank, k) for k in CLASS_CUTS}
    figures, intervals = with_intervals(values, np.arange(len(rank)))
    title = "zero-shot ImageNet"
    if classes.unlabelled:
        title += f" without {classes.unlabelled} folders that have no label"
    return Report(title, len(rank), len(rank), figures, {}, intervals)


def class_vectors(source: Source, names: Sequence[str], templates: Sequence[str]) -> Floats:
    """Return unit vectors [C, D] of classes, averaged over templates. Raises InputError. Only one
    template at a time is in memory."""
    total: Any = 0.0
    progress = Progress(len(templates), "templates")
    for template in templates:
        prompts = [template.replace("{}", name) for name in names]
        total = total + numbers(source.embed_texts(prompts))
        progress.advance(1)
    progress.close()
    vectors: Floats = total / np.linalg.norm(total, axis=1, keepdims=True)
    return vectors


def embed_files(source: Source, paths: Sequence[Path]) -> Floats:
    """Return unit vectors [N, D] of photo files, decoded a batch at a time. Raises InputError."""
    batches = pixel_batches(paths, source.preprocessing)
    return np.concatenate([numbers(source.embed_pixels(pixels)) for pixels in batches])


def with_intervals(
    values: dict[str, Doubles], cluster: Ints
) -> tuple[dict[str, float], dict[str, tuple[float, float]]]:
    """Return name -> mean, and name -> 95 % interval, of figures.

    values: name of a figure -> its values for each query, [Q].
    cluster [Q]: the photo that each query belongs to.
    """
    ends = mean_intervals(np.stack(list(values.values()), axis=1), cluster)
    figures = {name: float(column.mean()) for name, column in values.items()}
    intervals = {
        name: (float(low), float(high)) for name, (low, high) in zip(values, ends, strict=True)
    }
    return figures, intervals


def numbers(vectors: Floats) -> Floats:
    """Return the vectors. Raises InputError if a number is NaN or infinite."""
    # A comparison with NaN is false: every rank would be 0, better than the best.
    if not np.isfinite(vectors).all():
        raise InputError("the model gives vectors that are not numbers (NaN or infinite)")
    return vectors
