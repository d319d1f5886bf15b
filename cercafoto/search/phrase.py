"""Embed the words of a question, and compute how well photos fit them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from cercafoto.base.arrays import Floats, unit
from cercafoto.base.word_stems import is_telling, stem, words_of
from cercafoto.models.encode.encoder import Encoder
from cercafoto.question.parts import ONE, SEVERAL, kind_of, parts_of
from cercafoto.question.query import Query
from cercafoto.question.things_asked import AskedThing, asked_things
from cercafoto.search.searched_as import DOUBT, SEEN_AS, bare, kinds_of, trust_in

if TYPE_CHECKING:
    from cercafoto.search.thing_evidence import Sightings

UNKNOWN = 0.05  # `Phrase.trust` of names that only the person knows


@dataclass(frozen=True)
class Phrase:
    """A sentence to search by, embedded.

    vector: vector of the sentence, [D].
    kind: ONE, SEVERAL or SENTENCE, see `parts.kind_of`; each has confidences of its own.
    parts: vectors of the things that the sentence names, [P, D]; [0, D] if they do not count.
    seen_as: the sentence that was embedded instead of `text`; "" if `text` itself was.
    trust: factor of the confidence, below 1 for words that the model does not know well.
    unknown: what the sentence names that the model does not know; then it is trusted less.
    """

    text: str
    weight: float
    vector: Floats
    kind: str
    parts: Floats
    seen_as: str = field(default="", kw_only=True)
    trust: float = field(default=1.0, kw_only=True)
    unknown: tuple[str, ...] = field(default=(), kw_only=True)

    @property
    def sentences(self) -> tuple[str, ...]:
        """The sentences of this phrase: a photo that fits one of them fits the phrase."""
        return (self.text,)

    @property
    def doubted(self) -> tuple[str, ...]:
        """What the model does not know well: things that the sentence names, or all of it."""
        return self.unknown or ((self.text,) if self.trust < 1.0 else ())

    def likeness(self, encoder: Encoder, photos: Floats) -> Floats:
        """Return how well photos, [N, D], fit the sentence and all its parts: [N]."""
        whole = encoder.likeness(photos, self.vector[None])[:, 0]
        if not len(self.parts):
            return whole
        return encoder.calibration.with_parts(whole, encoder.likeness(photos, self.parts))

    def confidence(
        self, encoder: Encoder, photos: Floats, things: Sightings | None = None
    ) -> Floats:
        """Return how likely each photo answers, 0..1: [N, D] -> [N].

        things: the things seen in the N photos; they lower the confidence of photos that lack what
            the sentence names.
        """
        calibration = encoder.calibration
        more = calibration.commonness_odds(self.kind, self.commonness(encoder))
        sure = calibration.confidence(self.likeness(encoder, photos), self.kind, more)
        if self.trust != 1.0:
            sure = sure * np.float32(self.trust)
        return sure if things is None else things.lowered(sure, self.asked)

    @cached_property
    def asked(self) -> tuple[AskedThing, ...]:
        """The things that the sentence names."""
        return asked_things(self.text)

    def commonness(self, encoder: Encoder) -> float | None:
        """Return how near the sentence is to photos in general, as the cosine with the mean of the
        model's reference photos; None if the model has none."""
        usual = encoder.usual_photo
        return None if usual is None else float(usual @ self.vector)


@dataclass(frozen=True)
class Alternatives(Phrase):
    """Several sentences joined by "o". The sentence that a photo fits best gives its confidence.

    vector: mean of the vectors of the sentences, by which candidates are found.
    parts: the vectors of the sentences.
    phrases: the sentences, without the names that only the person knows.
    typed: the sentences with these names.
    """

    phrases: tuple[Phrase, ...]
    typed: tuple[str, ...]

    @property
    def sentences(self) -> tuple[str, ...]:
        return self.typed

    @property
    def doubted(self) -> tuple[str, ...]:
        return tuple(text for phrase in self.phrases for text in phrase.doubted)

    def likeness(self, encoder: Encoder, photos: Floats) -> Floats:
        likeness: Floats = np.max([p.likeness(encoder, photos) for p in self.phrases], axis=0)
        return likeness

    def confidence(
        self, encoder: Encoder, photos: Floats, things: Sightings | None = None
    ) -> Floats:
        each = [phrase.confidence(encoder, photos, things) for phrase in self.phrases]
        sure: Floats = np.max(each, axis=0)
        return sure

    @cached_property
    def asked(self) -> tuple[AskedThing, ...]:
        return tuple(dict.fromkeys(thing for phrase in self.phrases for thing in phrase.asked))

    def commonness(self, encoder: Encoder) -> float | None:
        common = [p.commonness(encoder) for p in self.phrases]
        return max((c for c in common if c is not None), default=None)


@dataclass(frozen=True)
class Genus(Phrase):
    """The name of a genus ("animali"). The likeness of a photo is the mean of its likeness with the
    word itself and with the likeliest kind.

    kinds: vectors of some kinds, [K, D].
    """

    kinds: Floats

    def likeness(self, encoder: Encoder, photos: Floats) -> Floats:
        likeliest = encoder.likeness(photos, self.kinds).max(axis=1)
        likeness: Floats = (super().likeness(encoder, photos) + likeliest) / 2
        return likeness


def embed(encoder: Encoder, query: Query) -> list[Phrase]:
    """Return the phrases of a query, embedded; [] if it has no words."""
    if query.alternatives:
        return [embed_alternatives(encoder, query.text, query.alternatives, query.sights)]
    phrases = embed_phrases(encoder, query.phrases, query.parts)
    if query.is_only_names:
        # The model does not know whom "Zorba" names: no photo counts only for how it looks.
        return [replace(phrase, trust=UNKNOWN) for phrase in phrases]
    return phrases


def phrase_of(encoder: Encoder, text: str) -> Phrase:
    """Return a text by itself, embedded as a question. Whatever needs the confidence of photos for
    a text asks this phrase."""
    return embed_phrases(encoder, [(text, 1.0)], parts_of(text))[0]


def embed_alternatives(
    encoder: Encoder, text: str, alternatives: Sequence[str], sights: Sequence[str]
) -> Alternatives:
    """Return a sentence with alternatives, each alternative embedded.

    text: the sentence as typed.
    sights: the alternatives without the names that only the person knows.
    """
    phrases = tuple(phrase_of(encoder, each) for each in sights)
    vectors = np.stack([phrase.vector for phrase in phrases])
    kind = kind_of(sights[0], parts_of(sights[0]))
    mean = unit(vectors.mean(axis=0))
    return Alternatives(text, 1.0, mean, kind, vectors, phrases, tuple(alternatives))


def embed_phrases(
    encoder: Encoder, phrases: Sequence[tuple[str, float]], parts: Sequence[str] = ()
) -> list[Phrase]:
    """Return some phrases, given as (text, weight), embedded.

    parts: the things that a single phrase names; ignored if the model was not calibrated for them.
    """
    part_vectors = encoder.embed_texts(parts if encoder.calibration.parts else (), batch=1)
    return [_embedded(encoder, *phrase, parts, part_vectors) for phrase in phrases]


def _embedded(
    encoder: Encoder, text: str, weight: float, parts: Sequence[str], part_vectors: Floats
) -> Phrase:
    kind, word = kind_of(text, parts), bare(text)
    # What is searched instead of a word was measured with a model that was calibrated for parts.
    is_measured = bool(encoder.calibration.parts)
    if is_measured and (kinds := kinds_of(text)):
        vector = embed_whole(encoder, text, kind)
        return Genus(text, weight, vector, kind, part_vectors, encoder.embed_texts(kinds, batch=1))
    seen = SEEN_AS.get(word, "") if is_measured else ""
    vector = embed_whole(encoder, seen or text, kind)
    unknown = tuple(_unknown_in(encoder, text, vector, kind, parts))
    trust = DOUBT if unknown else trust_in(word) if is_measured else 1.0
    return Phrase(
        text, weight, vector, kind, part_vectors, seen_as=seen, trust=trust, unknown=unknown
    )


def _unknown_in(
    encoder: Encoder, text: str, vector: Floats, kind: str, parts: Sequence[str]
) -> Iterator[str]:
    """Yield what a question names and the model does not know: the text itself if it names one
    thing, parts of it if it names several. A long sentence is not looked at: with such a thing in
    it, hardly any is told found anyhow (docs/calibration.md).

    text, vector, kind: see `Phrase`. parts: the things that the text names.
    """
    lines = encoder.known_words
    if lines is None:
        return

    def is_known(thing: str, meant: Floats) -> bool:
        learned, other = lines[:, :-1] @ meant + lines[:, -1] >= 0
        # Most questions are told without the words.
        return bool(other) or (
            bool(learned)
            and all(stem(w) in encoder.learned_stems for w in words_of(thing) if is_telling(w))
        )

    if kind == ONE and not is_known(text, vector):
        yield text
    if kind == SEVERAL:
        # As questions of their own, to which the limits were fitted.
        things = (part for part in parts if kind_of(part, parts_of(part)) == ONE)
        yield from (each for each in things if not is_known(each, embed_whole(encoder, each, ONE)))


def embed_whole(encoder: Encoder, text: str, kind: str) -> Floats:
    """Return the vector of a sentence, [D]. If the sentence names one thing (`kind` is ONE), the
    vector is the mean over the model's templates.

    Sentences are embedded one by one, as `ResidentEncoder` does: in a batch the shorter ones are
    padded, which changes their last digits and takes as long as another run.
    """
    templates = encoder.calibration.templates if kind == ONE else ("{}",)
    vectors = encoder.embed_texts([each.replace("{}", text) for each in templates], batch=1)
    return vectors[0] if len(vectors) == 1 else unit(vectors.mean(axis=0))
