"""From cosines to probabilities, on photos that the heads have not seen.

A logistic curve is fitted to the cosines of the first results of many queries: captions, search
words, and words for things that no photo shows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import expit

from cercafoto.base.arrays import Floats
from cercafoto.base.word_stems import is_telling, stem, words_of
from cercafoto.labels.label_file import default_labels
from cercafoto.training.metrics import auc
from cercafoto.training.mini.pairs import ClassTexts, Photo, known_phrases, said_of, with_article
from cercafoto.training.mini.pairs import words_of as plain_words

# Share of short "absent" queries that count as found. Nobody wrote down everything that a photo
# shows: of sixty of those with the highest confidence about half were there, when the photos were
# looked at, so that half of this share is really wrong. Sentences are left out of it: of what they
# name, one thing is absent and the rest often there.
ABSENT_FOUND = 0.10
SHORT = 3  # words of a short query, its article among them
PRESENT_NONE = 0.07  # share of present queries that count as not there
# Sentences for what is absent: so many, of so many characters.
ABSENT_SENTENCES = 600
SHORTEST, LONGEST = 20, 90
SHOWN = 5  # results a query that the curve is fitted to: what a person looks at first


@dataclass
class Queries:
    """texts, and for each the photos that match: bool [queries, photos]; a row without any is
    a query for something absent."""

    texts: list[str]
    matches: NDArray[np.bool_]

    def with_absent(self, texts: Sequence[str]) -> Queries:
        """The same, and `texts` as queries for what no photo shows."""
        none = np.zeros((len(texts), self.matches.shape[1]), dtype=bool)
        return Queries([*self.texts, *texts], np.concatenate([self.matches, none]))

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
        words[tuple(plain_words(c.names[0]))] = set()
    for at, photo in enumerate(photos):
        for caption in photo.captions:
            texts.setdefault(caption, set()).add(at)
        named = list(photo.words)
        if photo.label is not None:
            named += [*classes[photo.label].names, *classes[photo.label].hypernyms]
        for word in named:
            words.setdefault(tuple(plain_words(word)), set()).add(at)
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


def absent_sentences(
    captions: Sequence[str], photos: Sequence[Photo], classes: Sequence[ClassTexts]
) -> list[str]:
    """Captions of other photos, at most ABSENT_SENTENCES of them spread over all, that name a
    thing of which nothing that is said of `photos` has the word. Much of the rest of such a
    sentence may well be there: a park, a man, a table."""
    said = {
        stem(word)
        for photo in photos
        for text in said_of(photo, classes, context=True)
        for word in words_of(text)
    }
    things = {stem(words_of(name)[0]) for name in _one_word_names(classes)} - said
    missing = [
        caption.strip()
        for caption in captions
        if SHORTEST < len(caption) < LONGEST
        and any(is_telling(word) and stem(word) in things for word in words_of(caption))
    ]
    chosen = np.random.default_rng(0).permutation(len(missing))[:ABSENT_SENTENCES]
    return [missing[at] for at in sorted(chosen)]


def _one_word_names(classes: Sequence[ClassTexts]) -> list[str]:
    """Everyday things and class names of one word, which is what a caption would call them."""
    names = [label.name for label in default_labels()]
    names += [name for c in classes for name in (*c.names, *c.hypernyms)]
    return [name for name in names if len(words_of(name)) == 1 and is_telling(words_of(name)[0])]


def fit(photos: Floats, queries: Queries, vectors: Floats) -> dict[str, float]:
    """The curve, the limits of the verdicts, and how well they do.

    Curve and limits come from half of the queries, the figures from the other half: auc, of the
    best cosine of present against absent queries; found_absent, the share of short absent queries
    that count as found, and that of sentences; found_present, none_present, the shares of present
    queries that count as found and as not there. Unit vectors:
    photos [N, D], vectors [Q, D] of the queries.
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
    rest = ~chosen
    return {
        "cosine": cosine,
        "intercept": intercept,
        "found_from": found_from,
        "none_below": none_below,
        "labelled": float(labelled),
        "auc": auc(best[rest & present], best[rest & ~present]),
        "found_absent": _share(best[rest & ~present & short] >= found_from),
        "found_absent_sentences": _share(best[rest & ~present & ~short] >= found_from),
        "found_present": _share(best[rest & present] >= found_from),
        "none_present": _share(best[rest & present] < none_below),
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
