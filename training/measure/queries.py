"""Queries to measure a model with: for what photos show, and for what none of them shows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cercafoto.base.word_stems import is_telling, stem, words_of
from cercafoto.labels.label_file import default_labels
from cercafoto.training.measure.class_texts import ClassTexts, Photo, texts_about
from cercafoto.training.measure.phrases import known_phrases, plain_words, with_article

SHORT = 3  # words of a short query, its article among them
SHOWN = 5  # results a query that are judged: what a person looks at first
# Sentences for what is absent: so many, of so many characters.
ABSENT_SENTENCES = 600
SHORTEST, LONGEST = 20, 90


@dataclass
class Queries:
    """Queries and the photos that match them.

    matches: bool [queries, photos]; a row without any is a query for something absent.
    """

    texts: list[str]
    matches: NDArray[np.bool_]

    def with_absent(self, texts: Sequence[str]) -> Queries:
        """These queries, and `texts` as queries for what no photo shows."""
        none = np.zeros((len(texts), self.matches.shape[1]), dtype=bool)
        return Queries([*self.texts, *texts], np.concatenate([self.matches, none]))

    @property
    def present(self) -> NDArray[np.bool_]:
        """Tell whether any photo matches: bool [queries]."""
        return np.asarray(self.matches.any(axis=1), dtype=np.bool_)


def held_out_queries(photos: Sequence[Photo], classes: Sequence[ClassTexts]) -> Queries:
    """Make queries of the photos' captions and words; all other class names and words are absent.

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
    """Choose captions of other photos that name a thing which no text about `photos` names.

    At most ABSENT_SENTENCES, spread over all captions. Much of the rest of such a sentence may
    well be there: a park, a man, a table.
    """
    named_things = {
        stem(word)
        for photo in photos
        for text in texts_about(photo, classes, context=True)
        for word in words_of(text)
    }
    things = {stem(words_of(name)[0]) for name in _one_word_names(classes)} - named_things
    missing = [
        caption.strip()
        for caption in captions
        if SHORTEST < len(caption) < LONGEST
        and any(is_telling(word) and stem(word) in things for word in words_of(caption))
    ]
    chosen = np.random.default_rng(0).permutation(len(missing))[:ABSENT_SENTENCES]
    return [missing[at] for at in sorted(chosen)]


def _one_word_names(classes: Sequence[ClassTexts]) -> list[str]:
    """Everyday things and class names of one word, as captions would call them."""
    names = [label.name for label in default_labels()]
    names += [name for c in classes for name in (*c.names, *c.hypernyms)]
    return [name for name in names if len(words_of(name)) == 1 and is_telling(words_of(name)[0])]
