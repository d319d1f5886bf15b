"""Classifiers for the things that people exclude most, fitted to the vectors of captioned photos.

A phrase finds the photos that are most about a thing. To exclude a thing, photos that show it in a
corner must go too. A logistic curve on the vector, fitted to whether a caption names the thing,
does that better (training/mini/log.md compares both).
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from cercafoto.base.arrays import Floats
from cercafoto.training.measure.judgments import DOUBTFUL, FAILS, HOLDS, Judgments
from cercafoto.training.mini.caption_concepts import CONCEPTS, shows

ENOUGH = 40  # photos that must show a concept for a classifier to be fitted
STRENGTH = 3.0  # inverse of the penalty on the weights
GONE = 0.95  # of the judged photos that show a concept, the share that its limit must catch
FEW = 8  # judged photos from which a limit can be read
# Of the judged photos that do not show it, the share that it may catch, and that it catches at
# least: among few photos that show a thing, the least sure is often surer than the next will be.
MOST_OTHERS, LEAST_OTHERS = 0.08, 0.02
# Concepts whose default label has another name.
LABELS = {
    "cani": "cane", "gatti": "gatto", "cavalli": "cavallo", "pecore": "pecora", "mucche": "mucca",
    "montagne": "montagna", "alberi": "albero", "bambini": "bambino", "uccelli": "uccello",
    "biciclette": "bicicletta", "barche": "barca", "automobili": "automobile",
}  # fmt: skip


def save(
    path: Path,
    vectors: Floats,
    photo_texts: Sequence[Sequence[str]],
    judged: Floats,
    judgments: Judgments,
) -> None:
    """Fit a classifier for each concept that the texts of enough photos name, and write all to a
    .npz file.

    vectors [N, D]: vectors of the photos to fit to.
    photo_texts: all that is said about each of these photos.
    judged [M, D], judgments: vectors and judgments of other photos, which set the limits.
    """
    names, weights, intercepts = [], [], []
    for concept in CONCEPTS:
        shown = shows(concept, photo_texts)
        if shown.sum() < ENOUGH:
            continue
        slopes, intercept = _fitted(vectors, shown)
        names.append(concept)
        weights.append(slopes)
        intercepts.append(intercept + _raised(concept, judged @ slopes + intercept, judgments))
    np.savez(
        path,
        names=np.array(names, dtype=np.str_),
        weights=np.array(weights, dtype=np.float32).reshape(-1, vectors.shape[1]),
        intercepts=np.array(intercepts, dtype=np.float32),
    )


def _raised(concept: str, values: Floats, judgments: Judgments) -> float:
    """Return how much to add to a curve so that its limit of 0.5 catches GONE of the photos that
    show the concept, but at most MOST_OTHERS of the others, and at least LEAST_OTHERS of these; 0
    if too few judged photos show it.

    values: the curve's log-odds of the judged photos.
    """
    label = LABELS.get(concept, concept)
    if label not in judgments.labels:
        return 0.0
    truth = np.where(judgments.to_fit, judgments.of(label), DOUBTFUL)
    showing, others = values[truth == HOLDS], values[truth == FAILS]
    if len(showing) < FEW:
        return 0.0
    lowest, highest = np.quantile(others, (1 - MOST_OTHERS, 1 - LEAST_OTHERS))
    return -float(np.clip(np.quantile(showing, 1 - GONE), lowest, highest))


def _fitted(vectors: Floats, shown: NDArray[np.bool_]) -> tuple[Floats, float]:
    curve = LogisticRegression(C=STRENGTH, max_iter=2000, class_weight="balanced")
    curve.fit(vectors, shown)
    return curve.coef_[0].astype(np.float32), float(curve.intercept_[0])
