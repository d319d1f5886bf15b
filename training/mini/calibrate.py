"""Calibration: from cosines to probabilities, on photos that the heads have not seen.

A logistic curve is fitted to the cosines of the first results of many queries: captions, search
words, and words for things that no photo shows.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import expit

from cercafoto.base.arrays import Floats
from cercafoto.training.measure.queries import SHORT, SHOWN, Queries
from cercafoto.training.metrics import auc

# Share of short "absent" queries that count as found. Nobody wrote down everything that a photo
# shows: of sixty of those with the highest confidence about half were there, when the photos were
# looked at, so that half of this share is really wrong. Sentences are left out of it: of what they
# name, one thing is absent and the rest often there.
ABSENT_FOUND = 0.10
PRESENT_NONE = 0.07  # share of present queries that count as not there


def fit(photos: Floats, queries: Queries, vectors: Floats) -> dict[str, float]:
    """Fit the curve and the limits of the verdicts, and measure how well they do.

    Curve and limits come from half of the queries, the figures from the other half: auc, of the
    best cosine of present against absent queries; found_absent, the share of short absent queries
    that count as found, and that of sentences; found_present, none_present, the shares of present
    queries that count as found and as not there.
    photos [N, D], vectors [Q, D] of the queries: unit vectors.
    """
    cosines = vectors @ photos.T
    shown = np.argsort(-cosines, axis=1)[:, :SHOWN]
    values = np.take_along_axis(cosines, shown, axis=1).astype(np.float64)
    right = np.take_along_axis(queries.matches, shown, axis=1)
    present = queries.present
    chosen = np.zeros(len(present), dtype=bool)
    chosen[np.random.default_rng(0).permutation(len(present))[::2]] = True
    # Present and absent queries weigh the same in all, however many there are of each.
    share = np.where(present, 0.5 / max(present.sum(), 1), 0.5 / max((~present).sum(), 1))
    weights = np.repeat(share[chosen, None], values.shape[1], axis=1).ravel()
    # In standard deviations, where the search for the curve begins well.
    mean, spread = float(values[chosen].mean()), float(values[chosen].std()) + 1e-9
    slope, start, labelled = saturating(
        (values[chosen].reshape(-1, 1) - mean) / spread, right[chosen].ravel(), weights
    )
    cosine, intercept = float(slope) / spread, float(start) - float(slope) * mean / spread
    best = expit(cosine * values[:, 0] + intercept)
    short = np.array([len(text.split()) <= SHORT for text in queries.texts])
    found_from = _quantile(best[chosen & ~present & short], 1 - ABSENT_FOUND)
    none_below = min(_quantile(best[chosen & present], PRESENT_NONE), found_from)
    measured = ~chosen
    return {
        "cosine": cosine,
        "intercept": intercept,
        "found_from": found_from,
        "none_below": none_below,
        "labelled": float(labelled),
        "auc": auc(best[measured & present], best[measured & ~present]),
        "found_absent": _share(best[measured & ~present & short] >= found_from),
        "found_absent_sentences": _share(best[measured & ~present & ~short] >= found_from),
        "found_present": _share(best[measured & present] >= found_from),
        "none_present": _share(best[measured & present] < none_below),
    }


def _share(values: NDArray[np.bool_]) -> float:
    return float(values.mean()) if len(values) else 0.0


def _quantile(values: NDArray[np.float64], share: float) -> float:
    return float(np.quantile(values, share)) if len(values) else 0.5


def saturating(
    x: NDArray[np.floating], right: NDArray[np.bool_], weights: NDArray[np.floating]
) -> NDArray[np.float64]:
    """Fit c * logistic(x @ slopes + intercept): the slopes, the intercept, and c.

    Nobody wrote down everything that a photo shows, so of the results that are right only a
    share c is known to be. A plain logistic curve would take that share for doubt; this one
    finds it, and the probability is the curve without it (Elkan and Noto, "Learning classifiers
    from only positive and unlabeled data", 2008). x is [N, C].
    """
    target, weights = right.astype(np.float64), weights / weights.sum()

    def loss(beta: NDArray[np.float64]) -> float:
        p = expit(beta[-1]) * expit(x @ beta[:-2] + beta[-2])
        p = np.clip(p, 1e-9, 1 - 1e-9)
        return float(-(weights * (target * np.log(p) + (1 - target) * np.log(1 - p))).sum())

    start = np.concatenate([np.ones(x.shape[1]), [-1.0, 1.0]])
    beta = minimize(loss, start, method="BFGS").x
    return np.concatenate([beta[:-1], [expit(beta[-1])]])
