"""From margins to probabilities, on photos that the heads have not seen.

Serving compares a photo's cosine with the query to the photo's cosines with the background
captions (`cercafoto.confidence`). Here a logistic curve is fitted to that margin over the first
results of many queries: captions, search words, and words for things that no photo shows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cercafoto.confidence import margins
from cercafoto.training.metrics import Floats, auc
from cercafoto.training.mini.pairs import (
    ClassTexts,
    Photo,
    known_phrases,
    with_article,
    words_of,
)

SHOWN = 5  # results a query that the curve is fitted to: what a person looks at first
NEWTON_STEPS = 50


@dataclass
class Queries:
    """texts, and for each the photos that match: bool [queries, photos]; a row without any is
    a query for something absent."""

    texts: list[str]
    matches: NDArray[np.bool_]

    @property
    def present(self) -> NDArray[np.bool_]:
        return self.matches.any(axis=1)


def held_out_queries(photos: Sequence[Photo], classes: Sequence[ClassTexts]) -> Queries:
    """Captions and words of the photos, and all other class names and search words as absent.

    A word matches a photo when it is one of its words or class texts, or stands in a caption.
    """
    texts: dict[str, set[int]] = {}
    words: dict[tuple[str, ...], set[int]] = {}
    for c in classes:
        words[tuple(words_of(c.names[0]))] = set()
    for at, photo in enumerate(photos):
        for caption in photo.captions:
            texts.setdefault(caption, set()).add(at)
        named = list(photo.words)
        if photo.label is not None:
            named += [*classes[photo.label].names, *classes[photo.label].hypernyms]
        for word in named:
            words.setdefault(tuple(words_of(word)), set()).add(at)
    phrases = set(words)
    for at, photo in enumerate(photos):
        for caption in photo.captions:
            for phrase in known_phrases(caption, phrases):
                words[tuple(phrase.split())].add(at)
    for phrase_words, where in words.items():
        # Words that fit a fifth of all photos ("bianco") say nothing about finding.
        if phrase_words and len(where) < len(photos) / 5:
            texts.setdefault(with_article(" ".join(phrase_words)), set()).update(where)
    matches = np.zeros((len(texts), len(photos)), dtype=bool)
    for row, where in enumerate(texts.values()):
        matches[row, sorted(where)] = True
    return Queries(list(texts), matches)


def fit(photos: Floats, queries: Queries, vectors: Floats, background: Floats) -> dict[str, float]:
    """Slope and intercept of the curve, and how well the best margin of a query tells present
    from absent (auc). All vectors are unit; photos [N, D], vectors [Q, D], background [K, D]."""
    scores = vectors @ photos.T
    margin = margins(photos, vectors, background).T
    shown = np.argsort(-scores, axis=1)[:, :SHOWN]
    values = np.take_along_axis(margin, shown, axis=1)
    right = np.take_along_axis(queries.matches, shown, axis=1)
    # Present and absent queries weigh the same in all, however many there are of each.
    present = queries.present
    share = np.where(present, 0.5 / max(present.sum(), 1), 0.5 / max((~present).sum(), 1))
    weights = np.repeat(share[:, None], values.shape[1], axis=1).ravel()
    slope, intercept = logistic(values.ravel(), right.ravel(), weights)
    best = values.max(axis=1)
    return {"slope": slope, "intercept": intercept, "auc": auc(best[present], best[~present])}


def logistic(
    x: NDArray[np.floating], right: NDArray[np.bool_], weights: NDArray[np.floating]
) -> tuple[float, float]:
    """Weighted logistic regression on one variable, by Newton's method: slope, intercept."""
    design = np.stack([x, np.ones_like(x)], axis=1).astype(np.float64)
    target, weights = right.astype(np.float64), weights / weights.sum()
    beta = np.zeros(2)
    for _ in range(NEWTON_STEPS):
        p = 1.0 / (1.0 + np.exp(-design @ beta))
        gradient = design.T @ (weights * (target - p)) - 1e-6 * beta
        spread = weights * p * (1.0 - p)
        hessian = (design * spread[:, None]).T @ design + 1e-6 * np.eye(2)
        step = np.linalg.solve(hessian, gradient)
        beta += step
        if float(np.abs(step).max()) < 1e-9:
            break
    return float(beta[0]), float(beta[1])
