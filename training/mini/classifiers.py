"""Classifiers for what people exclude most, fitted to the served vectors of captioned photos.

A phrase finds the photos that are most about a thing; to leave a thing out, those where it stands
in a corner must go too. A logistic curve on the vector, fitted to whether a caption names the
thing, does that better (docs/mini.md has both).
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from cercafoto.base.arrays import Floats
from cercafoto.training.measure.caption_concepts import CONCEPTS, shows

ENOUGH = 40  # photos that show a concept, for a classifier to be fitted to them
STRENGTH = 3.0  # inverse of the penalty on the weights
GONE = 0.8  # share of the held-out photos that show a concept, which its limit is to catch
FEW = 8  # held-out photos from which a limit can be read
MOST_OTHERS = 0.1  # of the held-out photos that do not show it, which the limit may catch


def limits(
    vectors: Floats, said: Sequence[Sequence[str]], seen: NDArray[np.bool_]
) -> dict[str, float]:
    """How far each concept's curve is to be raised so that its limit of 0.5 catches GONE of the
    photos that were not `seen`, as long as it catches at most MOST_OTHERS of the others.
    vectors [N, D], unit; said of each photo; seen bool [N]."""
    found = {}
    for concept in CONCEPTS:
        there = shows(concept, said)
        if there[seen].sum() < ENOUGH:
            continue
        weights, intercept = _fitted(vectors[seen], there[seen])
        value = vectors[~seen] @ weights + intercept
        right = there[~seen]
        raised = 0.0
        if right.sum() >= FEW:
            raised = -float(np.quantile(value[right], 1 - GONE))
            raised = min(raised, -float(np.quantile(value[~right], 1 - MOST_OTHERS)))
        found[concept] = raised
    return found


def save(
    path: Path, vectors: Floats, said: Sequence[Sequence[str]], raised: dict[str, float]
) -> None:
    """Fit a classifier for each concept of `raised` to all photos and write them."""
    fitted = [_fitted(vectors, shows(concept, said)) for concept in raised]
    np.savez(
        path,
        names=np.array(list(raised)),
        weights=np.array([weights for weights, _ in fitted], dtype=np.float32),
        intercepts=np.array(
            [b + more for (_, b), more in zip(fitted, raised.values(), strict=True)], np.float32
        ),
    )


def _fitted(vectors: Floats, there: NDArray[np.bool_]) -> tuple[Floats, float]:
    curve = LogisticRegression(C=STRENGTH, max_iter=2000, class_weight="balanced")
    curve.fit(vectors, there)
    return curve.coef_[0].astype(np.float32), float(curve.intercept_[0])
