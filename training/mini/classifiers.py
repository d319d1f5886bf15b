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
    vectors: Floats, photo_texts: Sequence[Sequence[str]], trained: NDArray[np.bool_]
) -> dict[str, float]:
    """Measure how far to raise each concept's curve for its limit of 0.5 to catch enough photos.

    That is GONE of those that show it. Measured on photos that were not `trained`; at most
    MOST_OTHERS of the others may be caught.

    vectors [N, D]: unit vectors.
    photo_texts: the texts of each photo.
    trained: bool [N].
    """
    raises = {}
    for concept in CONCEPTS:
        shown = shows(concept, photo_texts)
        if shown[trained].sum() < ENOUGH:
            continue
        weights, intercept = _fitted(vectors[trained], shown[trained])
        value = vectors[~trained] @ weights + intercept
        right = shown[~trained]
        raised = 0.0
        if right.sum() >= FEW:
            raised = -float(np.quantile(value[right], 1 - GONE))
            raised = min(raised, -float(np.quantile(value[~right], 1 - MOST_OTHERS)))
        raises[concept] = raised
    return raises


def save(
    path: Path, vectors: Floats, photo_texts: Sequence[Sequence[str]], raised: dict[str, float]
) -> None:
    """Fit a classifier for each concept of `raised` to all photos and write them."""
    fitted = [_fitted(vectors, shows(concept, photo_texts)) for concept in raised]
    np.savez(
        path,
        names=np.array(list(raised)),
        weights=np.array([weights for weights, _ in fitted], dtype=np.float32),
        intercepts=np.array(
            [b + more for (_, b), more in zip(fitted, raised.values(), strict=True)], np.float32
        ),
    )


def _fitted(vectors: Floats, shown: NDArray[np.bool_]) -> tuple[Floats, float]:
    curve = LogisticRegression(C=STRENGTH, max_iter=2000, class_weight="balanced")
    curve.fit(vectors, shown)
    return curve.coef_[0].astype(np.float32), float(curve.intercept_[0])
