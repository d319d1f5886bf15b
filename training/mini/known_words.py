"""Tell the words that a model learned from words for what no photo of the training data shows.

A search for "inflazione" or "juventus" has a nearest photo too. What tells such words is their
meaning: the vectors of words that stand in the training texts, and of words like them, lie apart
from those of frequent Italian words that stand in none. A logistic curve on the vector of the word,
embedded as a question of one thing, parts them. Words that stand in the texts have the benefit of
the doubt: other words must lie farther on the right side.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Iterable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import KFold

from cercafoto.base.arrays import Floats, unit
from cercafoto.base.arrays import save as save_array
from cercafoto.base.atomic_file import write_atomically
from cercafoto.base.word_stems import is_telling, stem, words_of
from cercafoto.models.encode.encoder import LEARNED_STEMS, Encoder
from cercafoto.question.parts import ONE, kind_of, parts_of
from cercafoto.training.measure.class_texts import ClassTexts, Photo
from cercafoto.training.measure.judgments import Bools
from cercafoto.training.mini.calibrate import TEMPLATES
from cercafoto.training.weights.cut_vocabulary import italian_words

FREQUENT = 12_000  # Italian words among which those are sought that stand in no training text
MOST = 12_000  # questions that stand there, drawn at random
COUNTED = 20  # photos that bear a question, at most, by whose number it counts
LOST = 0.01  # of these, the share that may fall below the limit
# The same of lone words that a single photo bears, which stand for words that none bears: the limit
# of the others.
LOST_OF_RARE = 0.2
SHORTEST = 3  # letters
FOLDS = 5
STRENGTH = 30.0  # inverse of the penalty on the weights


def save(
    path: Path, encoder: Encoder, photos: Sequence[Photo], classes: Sequence[ClassTexts]
) -> None:
    """Fit the curve to words and typed questions of the photos and to other words. Write it to a
    file, and the stems of the training texts beside it; see `Encoder.known_words`."""
    said = stems_of(photos, classes)
    learned, others = questions(photos), other_words(said)
    vectors = as_asked(encoder, [*learned, *others])
    known = np.arange(len(vectors)) < len(learned)
    bearers = np.minimum([*learned.values()], COUNTED)
    # Both sorts have the same weight.
    weights = np.concatenate(
        [bearers / bearers.mean() / len(learned), np.ones(len(others)) / len(others)]
    )
    weights *= len(vectors) / 2
    apart = np.empty(len(vectors))  # of each question, by a curve that was fitted without it
    for fitted, left in KFold(FOLDS, shuffle=True, random_state=0).split(vectors):
        apart[left] = _curve(vectors, known, weights, fitted).decision_function(vectors[left])
    rank = np.argsort(apart[known])
    lost = np.cumsum(bearers[rank]) / bearers.sum()
    rare = (bearers == 1) & np.array([" " not in text for text in learned])
    limit = float(apart[known][rank][np.searchsorted(lost, LOST)])
    of_rare = float(np.quantile(apart[known][rare], LOST_OF_RARE)) if rare.any() else limit
    curve = _curve(vectors, known, weights, np.arange(len(vectors)))
    lines = [
        np.append(curve.coef_[0], curve.intercept_[0] - each)
        for each in (limit, max(limit, of_rare))
    ]
    save_array(path, np.array(lines, np.float32))
    lines_of_stems = "\n".join(sorted(said)).encode()
    write_atomically(path.with_name(LEARNED_STEMS), lines_of_stems, overwrite=True)


def _curve(
    vectors: Floats, known: Bools, weights: NDArray[np.float64], fitted: NDArray[np.int64]
) -> LogisticRegression:
    curve = LogisticRegression(C=STRENGTH, max_iter=2000)
    return curve.fit(vectors[fitted], known[fitted], sample_weight=weights[fitted])


def questions(photos: Iterable[Photo]) -> dict[str, int]:
    """Return search words and typed questions of one thing, MOST at most, with the number of photos
    that bear each."""
    borne = Counter(
        text.lower() for photo in photos for text in {*photo.words, *photo.captions[-1:]}
    )
    things = sorted(text for text in borne if kind_of(text, parts_of(text)) == ONE)
    chosen = np.random.default_rng(0).permutation(len(things))[:MOST]
    return {things[at]: borne[things[at]] for at in sorted(chosen)}


def other_words(said: Container[str]) -> list[str]:
    """Return frequent Italian words whose stems are not among those that were said."""
    return [
        word
        for word in italian_words(FREQUENT)
        if word.isalpha() and len(word) >= SHORTEST
        for folded in words_of(word)[:1]
        if is_telling(folded) and stem(folded) not in said
    ]


def stems_of(photos: Iterable[Photo], classes: Iterable[ClassTexts]) -> set[str]:
    """Return the stems of all words in texts about photos and classes."""
    texts = [text for photo in photos for text in (*photo.captions, *photo.words)]
    texts += [text for each in classes for text in (*each.names, *each.hypernyms, *each.context)]
    return {stem(word) for text in texts for word in words_of(text)}


def as_asked(encoder: Encoder, texts: Sequence[str]) -> Floats:
    """Return the vectors of questions of one thing, as a search embeds them: [N, D]."""
    each = [encoder.embed_texts([t.replace("{}", text) for text in texts]) for t in TEMPLATES]
    return unit(np.mean(each, axis=0))
