"""Run one query against an archive: candidates, ranking, confidence.

The catalogue says which photos fulfil the conditions, the vectors which of them are near, the
photos' own words which of them say so; what the question excludes is looked for in every photo
that would be shown, and never sent to the text tower as a part of the question.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cercafoto.base.arrays import Floats, Ints, unit
from cercafoto.base.word_stems import is_telling, words_of
from cercafoto.catalog.catalog import Catalog
from cercafoto.catalog.records import PhotoRow
from cercafoto.question.conditions import BY_CONFIDENCE, Conditions
from cercafoto.results import Hit
from cercafoto.search.exclusion import Detector, detectors
from cercafoto.search.phrase import Phrase
from cercafoto.session import Session
from cercafoto.vectors.store import VectorStore, cosines

# Reciprocal rank fusion (Cormack, Clarke and Buettcher, SIGIR 2009): 1 / (60 + rank), summed.
FUSION = 60
# Photos whose own words fit that are put among those found by sight.
OWN_WORDS = 200
AT_ONCE = 32  # photos looked up at least
# Nearest photos that parts and own words put in a new order. As many whatever is asked for, so that
# a short answer is the beginning of a long one. Of the 462 of coppie_valid, 100 did as well as all.
REORDERED = 200
# What a photo's own keywords, title or name say in full is as good as certain.
OWN_WORDS_CONFIDENCE = 0.95


@dataclass(frozen=True)
class Feedback:
    """Contents to show more of, and less: these are not shown again."""

    more: tuple[int, ...] = ()
    less: tuple[int, ...] = ()

    @classmethod
    def of(cls, catalog: Catalog, more: Sequence[bytes], less: Sequence[bytes]) -> Feedback:
        """Look the contents up at their paths, without those that are gone."""
        contents = (
            tuple(c for path in paths if (c := catalog.content_at(path)) is not None)
            for paths in (more, less)
        )
        return cls(*contents)

    def __bool__(self) -> bool:
        return bool(self.more or self.less)

    def direction(self, vectors: VectorStore) -> Floats:
        """Work out what to add to a unit question, [D]: Rocchio's formula, its usual weights
        (Manning, Raghavan and Schuetze, "Introduction to Information Retrieval", 9.1.1)."""
        result = np.zeros(vectors.dimension, np.float32)
        for contents, weight in ((self.more, 0.75), (self.less, -0.15)):
            rows = vectors.rows_of(np.array(contents, np.int64))
            if len(rows):
                result += weight * vectors.rows(rows).mean(axis=0)
        return result


NO_FEEDBACK = Feedback()


class SearchRun:
    """A search.

    tagged: see `Library.search`.
    """

    def __init__(self, catalog: Catalog, session: Session, tagged: bool = True) -> None:
        self.catalog, self.session, self.tagged = catalog, session, tagged
        self.encoder = session.encoder

    def rank(
        self,
        words: Sequence[Phrase],
        images: Sequence[tuple[Floats, float]],
        conditions: Conditions,
        exclude: Sequence[str],
        limit: int,
        feedback: Feedback = NO_FEEDBACK,
    ) -> list[Hit]:
        """Find the photos nearest to the words and to the example photos ([D] each), every one
        with its weight, best first.

        The parts of a single phrase have no say in the order where it has examples beside it, which
        say in which direction to look.
        """
        whole = words[0] if words and not (images or feedback) and len(words[0].parts) else None
        query = self.query_vector(words, images)
        own_word_ranks = self.own_word_ranks(words, images, conditions, feedback)
        excluded = detectors(self.encoder, exclude)

        def hits_of(contents: Ints, pictures: Floats, vector: Floats) -> list[Hit]:
            survivors = showing_none(pictures, excluded)
            contents, pictures = contents[survivors], pictures[survivors]
            # Copies of one photo count as one: the first that fulfils the conditions.
            photos = self.catalog.first_photos(contents.tolist(), conditions, self.tagged)
            return [
                self._hit(
                    photos[content], score, _at_least_own_words(content, own_word_ranks, confidence)
                )
                for content, score, confidence in zip(
                    contents.tolist(),
                    cosines(pictures, vector).tolist(),
                    self.confidences(pictures, words, images).tolist(),
                    strict=True,
                )
                if content in photos and content not in feedback.less
            ]

        def search(vectors: VectorStore) -> list[Hit]:
            vector = unit(query + feedback.direction(vectors))
            candidates = None
            if conditions:
                candidates = vectors.rows_of(self.catalog.contents_where(conditions))
            most = len(vectors) if candidates is None else len(candidates)
            wide = min(max(limit, REORDERED if whole or own_word_ranks else 0), most)
            while True:
                rows = self.session.nearest(vectors, vector, wide, candidates)
                first, rest = rows[:REORDERED], rows[REORDERED:]
                if whole:
                    fit = whole.likeness(self.encoder, vectors.rows(first))
                    first = first[np.argsort(-fit, kind="stable")]
                if own_word_ranks:
                    first = _reciprocal_rank_fusion(vectors, first, own_word_ranks)
                    rest = rest[~np.isin(rest, first)]
                rows = np.concatenate([first, rest])
                hits: list[Hit] = []
                # No more are looked at than it takes: with words to go by there are hundreds.
                step = max(limit, AT_ONCE)
                for at in range(0, len(rows), step):
                    part = rows[at : at + step]
                    hits += hits_of(vectors.contents[part], vectors.rows(part), vector)
                    if len(hits) >= limit:
                        return hits[:limit]
                if wide >= most:
                    return hits
                wide = min(wide * 4, most)

        return self.session.with_vectors(self.catalog, search)

    def query_vector(
        self, words: Sequence[Phrase], images: Sequence[tuple[Floats, float]]
    ) -> Floats:
        """Join the parts by their weights, renormalised so that a score stays a cosine: [D].
        Photos are nearer to each other than to any words: beside words, each part counts by
        what sets it apart from others of its kind."""
        vectors = [(phrase.vector, phrase.weight) for phrase in words]
        if words and images and self.encoder.reference is not None:
            usual_words = self.encoder.background.mean(axis=0)
            usual_photo = self.encoder.reference.mean(axis=0)
            vectors = [(unit(vector - usual_words), weight) for vector, weight in vectors]
            images = [(unit(vector - usual_photo), weight) for vector, weight in images]
        return unit(np.sum([vector * weight for vector, weight in (*vectors, *images)], axis=0))

    def list_matching(
        self,
        conditions: Conditions,
        exclude: Sequence[str],
        limit: int,
        order: str | None = None,
    ) -> list[Hit]:
        """List the photos that only have to fulfil conditions: in the order that is asked for; else
        by labels, surest first; else latest first."""
        excluded = detectors(self.encoder, exclude)

        def search(vectors: VectorStore) -> list[Hit]:
            hits: list[Hit] = []
            for content, score, confidence in self._ordered(conditions, order):
                rows = vectors.rows_of(np.array([content], np.int64)) if excluded else None
                if rows is not None and not showing_none(vectors.rows(rows), excluded).all():
                    continue
                # Copies of one photo count as one: the first that fulfils the conditions.
                photos = self.catalog.photos_where(content, conditions)[:1]
                hits += [self._hit(photo, score, confidence) for photo in photos]
                if len(hits) >= limit:
                    break
            return hits[:limit]

        return self.session.with_vectors(self.catalog, search)

    def _ordered(
        self, conditions: Conditions, order: str | None
    ) -> Iterable[tuple[int, float, float]]:
        """Order the hits: (content, cosine, confidence). Without anything to be unsure of, one is
        certain."""
        listed = self.catalog.latest(conditions, order)
        if not conditions.labels:
            return ((content, 1.0, 1.0) for content in listed)
        tagged = self.catalog.most_tagged(conditions.labels)
        if order in (None, BY_CONFIDENCE):
            allowed = set(listed)
            return (t for t in tagged if t[0] in allowed)
        sure = {t[0]: t for t in tagged}
        return (sure[content] for content in listed if content in sure)

    def confidences(
        self,
        photos: Floats,
        words: Sequence[Phrase],
        images: Sequence[tuple[Floats, float]],
    ) -> Floats:
        """Average the confidence of each photo over the parts of the question, by their
        weights: [N] float32."""
        if not len(photos):
            return np.empty(0, np.float32)
        sure = [phrase.confidence(self.encoder, photos) for phrase in words]
        sure += [self.encoder.resemblance(photos, image) for image, _ in images]
        weights = [phrase.weight for phrase in words] + [weight for _, weight in images]
        result: Floats = np.average(sure, axis=0, weights=weights).astype(np.float32)
        return result

    def own_word_ranks(
        self,
        words: Sequence[Phrase],
        images: Sequence[tuple[Floats, float]],
        conditions: Conditions,
        feedback: Feedback = NO_FEEDBACK,
    ) -> dict[int, int]:
        """Rank, from 0, photos whose own words contain every query word, by content. With
        any word alone, half the archive would answer "una foto di Giulia". None where the words
        have other parts beside them: there they say in which direction to look from those."""
        if len(words) != 1 or images or feedback:
            return {}
        parts = list(filter(is_telling, words_of(words[0].text)))
        if not all(self.catalog.mentions(part) for part in parts):
            return {}
        ranks: dict[int, int] | None = None
        for part in parts:
            matches = self.catalog.text_matches([part], OWN_WORDS, conditions)
            places = {content: at for at, content in enumerate(matches)}
            if ranks is not None:
                places = {c: ranks[c] + at for c, at in places.items() if c in ranks}
            if not places:
                return {}
            ranks = places
        return ranks or {}

    def _hit(self, photo: PhotoRow, score: float, confidence: float) -> Hit:
        return Hit(
            photo.path,
            photo.photo_id,
            photo.digest,
            score,
            confidence,
            photo.taken_at,
            photo.date_source,
            photo.width,
            photo.height,
            photo.tags,
        )


def showing_none(photos: Floats, excluded: Sequence[Detector]) -> NDArray[np.bool_]:
    """Tell which photos show none of what is excluded: bool [N]."""
    survivors = np.ones(len(photos), dtype=bool)
    for detector in excluded:
        survivors &= ~detector.shows(photos)
    return survivors


def _reciprocal_rank_fusion(
    vectors: VectorStore, rows: Ints, own_word_ranks: dict[int, int]
) -> Ints:
    """Merge rows by sight and rows by their own words into one order."""
    with_words = vectors.rows_of(np.array(list(own_word_ranks), np.int64))
    by_words = sorted(
        with_words.tolist(), key=lambda row: own_word_ranks[int(vectors.contents[row])]
    )
    points: dict[int, float] = {}
    for order in (rows.tolist(), by_words):
        for rank, row in enumerate(order, start=1):
            points[row] = points.get(row, 0.0) + 1.0 / (FUSION + rank)
    return np.array(sorted(points, key=lambda row: -points[row]), np.int64)


def _at_least_own_words(content: int, own_word_ranks: dict[int, int], confidence: float) -> float:
    return max(confidence, OWN_WORDS_CONFIDENCE) if content in own_word_ranks else confidence
