"""Words of a question, embedded, and how well photos fit them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from cercafoto.base.arrays import Floats, unit
from cercafoto.models.encode.encoder import Encoder
from cercafoto.question.parts import ONE, kind_of, parts_of
from cercafoto.question.query import Query
from cercafoto.search.genera import kinds_of
from cercafoto.search.unfamiliar import SEEN_AS, bare, trust_in


@dataclass(frozen=True)
class Phrase:
    """A sentence that is looked for.

    vector: [D].
    kind: of question, see `parts.kind_of`.
    parts: the things that it names, one vector each, [P, D]; none where they do not count.
    seen_as: what the text tower was given in the place of `text`, "" if that itself.
    trust: share of its confidence that it deserves.
    """

    text: str
    weight: float
    vector: Floats
    kind: str
    parts: Floats
    seen_as: str = field(default="", kw_only=True)
    trust: float = field(default=1.0, kw_only=True)

    @property
    def sentences(self) -> tuple[str, ...]:
        """The sentences of which one is enough."""
        return (self.text,)

    def likeness(self, encoder: Encoder, photos: Floats) -> Floats:
        """Compute how well photos, [N, D], fit the whole and all of the parts: [N]."""
        whole = encoder.likeness(photos, self.vector[None])[:, 0]
        if not len(self.parts):
            return whole
        return encoder.calibration.with_parts(whole, encoder.likeness(photos, self.parts))

    def confidence(self, encoder: Encoder, photos: Floats) -> Floats:
        """Compute how likely each photo is to be right: [N, D] -> [N]."""
        sure = encoder.calibration.confidence(self.likeness(encoder, photos), self.kind)
        return sure if self.trust == 1.0 else sure * np.float32(self.trust)

    def commonness(self, encoder: Encoder) -> float | None:
        """Compute how near the words are to photos in general; None where the model has none."""
        if encoder.reference is None:
            return None
        return float(encoder.reference.mean(axis=0) @ self.vector)


@dataclass(frozen=True)
class Alternatives(Phrase):
    """Several sentences, of which a photo need fit but one: it is as likely as for that one.

    vector: their mean, which finds the candidates.
    parts: the vectors of the sentences.
    phrases: the sentences themselves.
    """

    phrases: tuple[Phrase, ...]

    @property
    def sentences(self) -> tuple[str, ...]:
        return tuple(phrase.text for phrase in self.phrases)

    def likeness(self, encoder: Encoder, photos: Floats) -> Floats:
        likeness: Floats = np.max([p.likeness(encoder, photos) for p in self.phrases], axis=0)
        return likeness

    def confidence(self, encoder: Encoder, photos: Floats) -> Floats:
        sure: Floats = np.max([p.confidence(encoder, photos) for p in self.phrases], axis=0)
        return sure

    def commonness(self, encoder: Encoder) -> float | None:
        common = [p.commonness(encoder) for p in self.phrases]
        return max((c for c in common if c is not None), default=None)


@dataclass(frozen=True)
class Genus(Phrase):
    """A word for a genus: a photo fits it as well as it fits the word and the likeliest kind.

    kinds: vectors of some kinds, [K, D].
    """

    kinds: Floats

    def likeness(self, encoder: Encoder, photos: Floats) -> Floats:
        likeliest = encoder.likeness(photos, self.kinds).max(axis=1)
        likeness: Floats = (super().likeness(encoder, photos) + likeliest) / 2
        return likeness


def embed(encoder: Encoder, query: Query) -> list[Phrase]:
    """Embed what a query seeks by words."""
    if query.alternatives:
        return [embed_alternatives(encoder, query.text, query.alternatives)]
    return embed_phrases(encoder, query.phrases, query.parts)


def embed_alternatives(encoder: Encoder, text: str, alternatives: Sequence[str]) -> Alternatives:
    """Embed a sentence that names alternatives, and the sentence for each of them."""
    phrases = tuple(
        embed_phrases(encoder, [(each, 1.0)], parts_of(each))[0] for each in alternatives
    )
    vectors = np.stack([phrase.vector for phrase in phrases])
    kind = kind_of(alternatives[0], parts_of(alternatives[0]))
    return Alternatives(text, 1.0, unit(vectors.mean(axis=0)), kind, vectors, phrases)


def embed_phrases(
    encoder: Encoder, phrases: Sequence[tuple[str, float]], parts: Sequence[str] = ()
) -> list[Phrase]:
    """Embed each phrase, text and weight, with the text tower.

    parts: what a single phrase names; they are left out where the model has no use for them.
    """
    counted = parts if encoder.calibration.parts else ()
    apart = encoder.embed_texts(counted, batch=1)
    if len(phrases) == 1 and encoder.calibration.parts:
        ((text, weight),) = phrases
        word, kind = bare(text), kind_of(text, parts)
        if kinds := kinds_of(text):
            vectors = encoder.embed_texts(kinds, batch=1)
            return [Genus(text, weight, embed_whole(encoder, text, kind), kind, apart, vectors)]
        seen = SEEN_AS.get(word, "")
        vector = embed_whole(encoder, seen or text, kind)
        return [Phrase(text, weight, vector, kind, apart, seen_as=seen, trust=trust_in(word))]
    return [
        Phrase(text, weight, embed_whole(encoder, text, kind), kind, apart)
        for text, weight in phrases
        for kind in [kind_of(text, parts)]
    ]


def embed_whole(encoder: Encoder, text: str, kind: str) -> Floats:
    """Embed a question, [D]: one of one thing as the mean of the model's sentences for it.

    One by one, as `ResidentEncoder` does: beside others a sentence is padded, which changes its
    last digits, and the padding takes as long as another run.
    """
    templates = encoder.calibration.templates if kind == ONE else ("{}",)
    vectors = encoder.embed_texts([each.replace("{}", text) for each in templates], batch=1)
    return vectors[0] if len(vectors) == 1 else unit(vectors.mean(axis=0))
