"""From margins to probabilities, on photos that the heads have not seen.

Serving compares a photo's cosine with the query to the photo's cosines with the background
captions, and to the query's cosines with reference photos (`cercafoto.confidence`). Here a
logistic curve is fitted to the two margins over the first results of many queries: captions,
search words, and words for things that no photo shows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import expit

from cercafoto.confidence import photo_margins, query_margins
from cercafoto.training.metrics import Floats, auc
from cercafoto.training.mini.pairs import (
    ClassTexts,
    Photo,
    known_phrases,
    with_article,
    words_of,
)

SHOWN = 5  # results a query that the curve is fitted to: what a person looks at first


@dataclass
class Queries:
    """texts, and for each the photos that match: bool [queries, photos]; a row without any is
    a query for something absent."""

    texts: list[str]
    matches: NDArray[np.bool_]

    @property
    def present(self) -> NDArray[np.bool_]:
        return np.asarray(self.matches.any(axis=1), dtype=np.bool_)


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


def fit(
    photos: Floats, queries: Queries, vectors: Floats, background: Floats, reference: Floats
) -> dict[str, float]:
    """The two slopes and the intercept of the curve, and how well the best value of a query
    tells present from absent (auc). All vectors are unit; photos [N, D], vectors [Q, D],
    background [K, D] captions, reference [R, D] photos."""
    shown = np.argsort(-(vectors @ photos.T), axis=1)[:, :SHOWN]
    values = np.stack(
        [
            np.take_along_axis(m.T, shown, axis=1)
            for m in (
                photo_margins(photos, vectors, background),
                query_margins(photos, vectors, reference),
            )
        ],
        axis=-1,
    )
    right = np.take_along_axis(queries.matches, shown, axis=1)
    # Present and absent queries weigh the same in all, however many there are of each.
    present = queries.present
    share = np.where(present, 0.5 / max(present.sum(), 1), 0.5 / max((~present).sum(), 1))
    weights = np.repeat(share[:, None], values.shape[1], axis=1).ravel()
    curve = saturating(values.reshape(-1, 2), right.ravel(), weights)
    best = (values @ curve[:2]).max(axis=1)
    return {
        "slope": float(curve[0]),
        "query_slope": float(curve[1]),
        "intercept": float(curve[2]),
        "labelled": float(curve[3]),
        "auc": auc(best[present], best[~present]),
    }


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

    start = np.concatenate([np.ones(x.shape[1]), [-5.0, 1.0]])
    beta = minimize(loss, start, method="BFGS").x
    return np.concatenate([beta[:-1], [expit(beta[-1])]])
