"""Measure a model: caption -> photo retrieval, and zero-shot classification with Italian labels.

These are the two protocols of the published CLIP-Italian figures. Every figure has a bootstrap
interval. Any `sources.Source` can be measured, such as a model folder's `Encoder`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from cercafoto.base.arrays import Floats, Ints
from cercafoto.training.measure.bootstrap import Doubles, mean_intervals
from cercafoto.training.measure.datasets import Classes, Pairs, read_pairs
from cercafoto.training.measure.embed import counted, pixel_batches
from cercafoto.training.measure.metrics import hits, ranks, ranks_among, ranks_by_place, reciprocal
from cercafoto.training.measure.sources import Source
from cercafoto.training.training_errors import InputError

CUTS = (1, 5, 10)
CLASS_CUTS = (1, 5, 10, 100)
INTERVAL = "{} 95%"  # name of a figure's interval in JSON


@dataclass(frozen=True)
class Report:
    """Figures of one model on one set, in the order to print.

    figures: name -> value.
    kinds: recall and the number of queries for each folder of photos; every query is still ranked
        among all the photos.
    intervals: lower and upper end of each figure's 95 % interval.
    note: a line below the table, or "".
    """

    title: str
    queries: int
    photos: int
    figures: dict[str, float] = field(default_factory=dict)
    kinds: dict[str, dict[str, float]] = field(default_factory=dict)
    intervals: dict[str, tuple[float, float]] = field(default_factory=dict)
    note: str = ""

    @property
    def heading(self) -> str:
        return f"{self.title} ({self.queries} queries, {self.photos} photos)"

    def figure(self, name: str, percent: bool = False) -> str:
        """Return a figure with its interval: "0.4230  [0.3981, 0.4472]"."""
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
        return "\n".join([*lines, self.note] if self.note else lines)

    def json(self) -> dict[str, Any]:
        counts = {"title": self.title, "queries": self.queries, "photos": self.photos}
        return counts | self.figures | ({"kinds": self.kinds} if self.kinds else {})

    def flat(self) -> dict[str, Any]:
        """Return figures and intervals: {"R@1": 0.423, ..., "R@1 95%": [0.398, 0.447], ...}."""
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

    Every caption asks for its photo among all the photos.
    of: the name of the set, for the title.
    """
    photos = embed_files(source, pairs.photos)
    rank = ranks_among(numbers(source.embed_texts(pairs.captions)), photos, pairs.gold)
    values = {f"R@{k}": hits(rank, k) for k in CUTS} | {
        f"MRR@{k}": reciprocal(rank, k) for k in CUTS
    }
    figures, intervals = with_intervals(values, pairs.gold)
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
    """Measure zero-shot accuracy: which class each photo is taken for.

    The vector of a class is the mean of its label's vectors in all templates, scaled to length 1.
    """
    texts = class_vectors(source, classes.names, templates)
    parts, by_place, at = [], [], 0
    for pixels in pixel_batches(classes.photos, source.preprocessing):
        vectors = numbers(source.embed_pixels(pixels))
        scores, gold = vectors @ texts.T, classes.gold[at : at + len(vectors)]
        parts.append(ranks(scores, gold))
        by_place.append(ranks_by_place(scores, gold))
        at += len(vectors)
    rank: Ints = np.concatenate(parts)
    values = {f"accuracy@{k}": hits(rank, k) for k in CLASS_CUTS}
    figures, intervals = with_intervals(values, np.arange(len(rank)))
    title = "zero-shot ImageNet"
    if classes.unlabelled:
        title += f" without {classes.unlabelled} folders that have no label"
    note = _cost_of_ties(classes.names, figures, np.concatenate(by_place))
    return Report(title, len(rank), len(rank), figures, {}, intervals, note)


def _cost_of_ties(names: Sequence[str], figures: dict[str, float], by_place: Ints) -> str:
    """Return a line about classes with one label, whose scores are equal; "" if there are none.

    A photo of such a class counts as wrong here. The published figures are of a top-k
    (CLIP_italian_ImageNet_Zero_Shot_Evaluation_.ipynb of clip-italian/clip-italian), which is
    right for one of the classes.
    """
    shared = sum(names.count(name) > 1 for name in names)
    if not shared:
        return ""
    other = ", ".join(
        f"{100 * hits(by_place, k).mean():.2f} % at {k} (not {100 * figures[f'accuracy@{k}']:.2f})"
        for k in CLASS_CUTS[:2]
    )
    return (
        f"{shared} classes share their label with another, and their photos count as wrong at 1; "
        f"by a top-k, as published, which takes the earlier class: {other}"
    )


def class_vectors(source: Source, names: Sequence[str], templates: Sequence[str]) -> Floats:
    """Return the unit vector of each class, a mean over templates: [C, D]. Only the vectors of
    one template are in memory at a time."""
    total: Any = 0.0
    for template in counted(templates, "templates"):
        prompts = [template.replace("{}", name) for name in names]
        total = total + numbers(source.embed_texts(prompts))
    vectors: Floats = total / np.linalg.norm(total, axis=1, keepdims=True)
    return vectors


def embed_files(source: Source, paths: Sequence[Path]) -> Floats:
    """Return unit vectors [N, D] of photo files, decoded a batch at a time."""
    batches = pixel_batches(paths, source.preprocessing)
    return np.concatenate([numbers(source.embed_pixels(pixels)) for pixels in batches])


def with_intervals(
    values: dict[str, Doubles], cluster: Ints
) -> tuple[dict[str, float], dict[str, tuple[float, float]]]:
    """Return each figure's mean over queries [Q], and its interval (see `mean_intervals`)."""
    ends = mean_intervals(np.stack(list(values.values()), axis=1), cluster)
    figures = {name: float(column.mean()) for name, column in values.items()}
    intervals = {
        name: (float(low), float(high)) for name, (low, high) in zip(values, ends, strict=True)
    }
    return figures, intervals


def numbers(vectors: Floats) -> Floats:
    """Return the vectors. Raises InputError if some of them are not numbers."""
    # A comparison with NaN is false: every rank would be better than the best.
    if not np.isfinite(vectors).all():
        raise InputError("the model gives vectors that are not numbers (NaN or infinite)")
    return vectors
