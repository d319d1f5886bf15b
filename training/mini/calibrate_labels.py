"""Fit how sure labels are: by the words of a label, by its classifier, and genera by their species.

All is fitted to the half of the judgments that is to be fitted, on photos that neither the heads
nor the classifiers have seen.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar

from cercafoto.base.arrays import Floats
from cercafoto.labels.genera import species_odds, unsearched_genera
from cercafoto.labels.label_file import Label
from cercafoto.models.confidence import TAG_FROM, Calibration
from cercafoto.models.encode.encoder import Encoder
from cercafoto.training.measure.judgments import DOUBTFUL, FAILS, HOLDS, Bools
from cercafoto.training.mini.logistic import logistic

# Genera that are judged otherwise than the default labels have them: "acqua" was once under
# "bevanda", so that a lake is judged a drink.
MISJUDGED = frozenset({"bevanda"})
SPREAD = 1.0  # deviation of the corrections that are expected
# A genus that would be given to more of the photos tells nothing ("luogo").
MOST_PHOTOS = 0.8


@dataclass(frozen=True)
class JudgedLabels:
    """L labels, and which of them hold for N photos.

    phrases: for each label the vectors of its phrases, [P, D].
    truth [N, L]: HOLDS, FAILS or DOUBTFUL; DOUBTFUL also for pairs that may not be fitted to.
    """

    labels: Sequence[Label]
    phrases: Sequence[Floats]
    truth: NDArray[np.int8]


def fit_labels(
    encoder: Encoder, photos: Floats, judged: JudgedLabels, calibration: Calibration
) -> tuple[tuple[float, float], dict[str, Any]]:
    """Return the curve of all labels that are searched for, by their words alone, and what
    "calibration" has besides about labels: "labels", "classified" and "genera".

    photos [N, D]: vectors of the judged photos.
    calibration: says what curves take.
    """
    places = [place for place, label in enumerate(judged.labels) if label.searched]
    names = [judged.labels[place].name for place in places]
    truth = judged.truth[:, places]
    likeness = np.stack(
        [
            calibration.likeness(photos, judged.phrases[place], encoder.background).max(axis=1)
            for place in places
        ],
        axis=1,
    )
    known = truth != DOUBTFUL
    slope, intercept = logistic(likeness[known][:, None], truth[known] == HOLDS)
    odds = slope * likeness + intercept
    found: dict[str, Any] = {}
    classifiers = encoder.label_classifiers
    columns = [column for column, name in enumerate(names) if name in classifiers]
    if columns:
        each = [classifiers[names[column]] for column in columns]
        by_photos = photos @ np.stack([weights for weights, _ in each]).T
        by_photos += np.array([start for _, start in each], np.float32)
        pairs, right = known[:, columns], truth[:, columns] == HOLDS
        both = np.stack([likeness[:, columns][pairs], by_photos[pairs]], axis=1)
        words, weight, start = logistic(both, right[pairs])
        odds[:, columns] = words * likeness[:, columns] + weight * by_photos + start
        found["classified"] = [round(value, 4) for value in (words, weight, start)]
    corrections = _corrections(odds, truth)
    found["labels"] = _named(names, corrections)
    likely = (1.0 / (1.0 + np.exp(-odds - corrections))).astype(np.float32)
    genera = [
        genus
        for genus in unsearched_genera(judged.labels, {})
        if judged.labels[genus.label].name not in MISJUDGED
    ]
    if genera:
        of_genera = np.stack([species_odds(likely, genus) for genus in genera], axis=1)
        holds = judged.truth[:, [genus.label for genus in genera]]
        more = _corrections(of_genera, holds)
        limit = np.log(TAG_FROM / (1.0 - TAG_FROM))
        # Where more photos are then given a genus wrongly than rightly, its species know better.
        added = (of_genera + more >= limit) & (of_genera < limit)
        right, wrong = ((added & (holds == each)).sum(axis=0) for each in (HOLDS, FAILS))
        more = np.where(wrong > right, 0.0, more)
        known = (judged.truth != DOUBTFUL).any(axis=1)
        given = (of_genera[known] + more >= limit).mean(axis=0)
        names = [judged.labels[genus.label].name for genus in genera]
        found["genera"] = _named(names, more) | {
            name: None for name, share in zip(names, given, strict=True) if share > MOST_PHOTOS
        }
    return (slope, intercept), found


def _named(names: Sequence[str], corrections: NDArray[np.float64]) -> dict[str, float]:
    """Return name -> correction, without those that correct nothing."""
    return {
        name: round(more, 3)
        for name, more in zip(names, corrections.tolist(), strict=True)
        if abs(more) >= 0.0005
    }


def _corrections(odds: NDArray[np.floating], truth: NDArray[np.int8]) -> NDArray[np.float64]:
    """Return what to add to the log-odds of each of L columns, [L].

    A column that no photo bears has 0. The other corrections maximise the likelihood of the pairs
    times a normal distribution of deviation SPREAD, so that few photos move one little.
    """
    known = truth != DOUBTFUL
    return np.array(
        [
            _correction(odds[known[:, at], at], truth[known[:, at], at] == HOLDS)
            for at in range(odds.shape[1])
        ]
    )


def _correction(odds: NDArray[np.floating], right: Bools) -> float:
    if not right.any():
        return 0.0

    def loss(more: float) -> float:
        signed = np.where(right, odds + more, -odds - more)
        return float(np.logaddexp(0.0, -signed).sum() + (more / SPREAD) ** 2 / 2)

    return float(minimize_scalar(loss, bounds=(-6, 6), method="bounded").x)
