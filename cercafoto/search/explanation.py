"""Why an answer is what it is: what was sent to the model, how far the photos shown stand out from
all others, and what became of those that were nearer and are not shown.
"""

from __future__ import annotations

from collections.abc import Container, Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from cercafoto.labels import default_labels
from cercafoto.labels.label_vectors import phrase_vectors
from cercafoto.question.conditions import ANYTHING, Conditions
from cercafoto.question.query import Query
from cercafoto.results import Hit
from cercafoto.search.exclusion import Detector, detectors, phrases
from cercafoto.search.run import Feedback, SearchRun, unit
from cercafoto.vectors.store import VectorStore

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]

NAMED = 5  # nearest labels of a question
SHOWN = 3  # nearest labels of a photo
MOST_HIDDEN = 5  # photos that are told, of those nearer than the last one shown
LOOKED_AT = 200  # of which so many are looked at
NOTHING: Ints = np.empty(0, np.int64)
PLAIN = ("{}",)  # a label by its name alone: one sentence each, not the whole set of templates

# Kinds of reason for which a photo is not shown, besides the fields of Conditions.
SHOWS, LESS, UNSURE = "shows", "less", "unsure"


@dataclass(frozen=True)
class Standing:
    """How one of the photos shown stands. archive: share of the archive's other photos that are
    farther from the question, 0..1. background: share of the fixed background captions that fit
    this photo less than the question does, 0..1. labels: of the default list, those likeliest for
    it, with their confidence. by_words: its own keywords, title or name say what was asked."""

    path: bytes
    archive: float
    background: float
    labels: tuple[tuple[str, float], ...]
    by_words: bool


@dataclass(frozen=True)
class Reason:
    """kind: a field of `Conditions` that does not hold, SHOWS (what is excluded), LESS (named with
    --meno) or UNSURE (too little confidence to be an answer). what, confidence: of SHOWS."""

    kind: str
    what: str = ""
    confidence: float = 0.0


@dataclass(frozen=True)
class Hidden:
    """A photo nearer to the question than the last one shown, and why it is not there."""

    path: bytes
    score: float
    reasons: tuple[Reason, ...]


@dataclass(frozen=True)
class Explanation:
    """phrases: what the text tower was given, with weights. exclude: each excluded concept, the
    phrases that stand for it (none where the model has a classifier for it), and how many photos
    that fulfil the conditions show it. photos,
    eligible: different photos in the archive, and those that fulfil the conditions. labels: of
    the default list, the nearest to the question, with their cosines."""

    phrases: tuple[tuple[str, float], ...]
    exclude: tuple[tuple[str, tuple[str, ...], int], ...]
    photos: int
    eligible: int
    labels: tuple[tuple[str, float], ...]
    standings: tuple[Standing, ...]
    hidden: tuple[Hidden, ...]


@dataclass(frozen=True)
class Explainer:
    """One answer, looked at again. narrowed: None where no photo can fulfil the conditions.
    cache: folder of the labels' vectors."""

    run: SearchRun
    query: Query
    narrowed: Conditions | None
    feedback: Feedback
    hits: Sequence[Hit]
    cache: Path

    def __call__(
        self, examples: Sequence[tuple[Floats, float]], vectors: VectorStore
    ) -> Explanation:
        """examples: vector and weight of each example photo."""
        catalog, encoder = self.run.catalog, self.run.encoder
        said = self.query.sights
        parts = self.run.said(said), examples
        visible = vectors.rows_of(catalog.visible_contents())
        eligible = NOTHING
        if self.narrowed is not None:
            eligible = vectors.rows_of(catalog.contents_where(self.narrowed))
        unwanted = detectors(encoder, self.query.exclude)
        names = [label.name for label in default_labels()]
        labels = phrase_vectors(encoder, names, self.cache, PLAIN)
        near: tuple[tuple[str, float], ...] = ()
        standings: tuple[Standing, ...] = ()
        hidden: tuple[Hidden, ...] = ()
        if any(parts):
            asked = self.run.direction(*parts)
            near = _largest(names, labels @ asked, NAMED)
            wanted = unit(asked + self.feedback.direction(vectors))
            spelt = self.run.spelt(said, examples, self.narrowed or ANYTHING, self.feedback)
            standings = self._standings(vectors, visible, wanted, (names, labels), spelt)
            hidden = self._hidden(vectors, visible, wanted, unwanted)
        return Explanation(
            tuple(said),
            tuple(
                (
                    detector.concept,
                    () if detector.intercept is not None else tuple(phrases(detector.concept)),
                    _showing(vectors, eligible, detector),
                )
                for detector in unwanted
            ),
            len(visible),
            len(eligible),
            near,
            standings,
            hidden,
        )

    def _standings(
        self,
        vectors: VectorStore,
        visible: Ints,
        wanted: Floats,
        named: tuple[Sequence[str], Floats],
        spelt: Container[int],
    ) -> tuple[Standing, ...]:
        encoder, (names, labels) = self.run.encoder, named
        shown = []
        for hit in self.hits:
            content = self.run.catalog.content_at(hit.path)
            rows = vectors.rows_of(np.array([content], np.int64) if content else NOTHING)
            if content is not None and len(rows):  # else gone since the search
                shown.append((hit, content, vectors.rows(rows)[0]))
        scores = np.array([hit.score for hit, _, _ in shown], np.float32)
        farther = vectors.farther(wanted, scores, visible)
        return tuple(
            Standing(
                hit.path,
                float(below / max(len(visible) - 1, 1)),
                float((encoder.background @ picture < picture @ wanted).mean()),
                _largest(names, encoder.confidence(picture[None], labels)[0], SHOWN),
                content in spelt,
            )
            for (hit, content, picture), below in zip(shown, farther, strict=True)
        )

    def _hidden(
        self, vectors: VectorStore, visible: Ints, wanted: Floats, unwanted: Sequence[Detector]
    ) -> tuple[Hidden, ...]:
        """The nearest photos that are not shown although others as near or farther are."""
        shown = {hit.path for hit in self.hits}
        farthest = min((hit.score for hit in self.hits), default=-1.0)
        found: list[Hidden] = []
        for row, score in zip(*vectors.exact(wanted, LOOKED_AT, visible), strict=True):
            if self.hits and score < farthest:
                break  # what is farther needs no reason for not being shown
            content = int(vectors.contents[row])
            photos = self.run.catalog.photos_of(content)
            if not photos or shown & {photo.path for photo in photos}:
                continue
            reasons = self._reasons(content, vectors.rows(np.array([row])), unwanted)
            if not (reasons or self.hits):
                reasons = (Reason(UNSURE),)
            if not reasons:
                continue  # as near as the last one shown, and the list had an end
            found.append(Hidden(photos[0].path, float(score), reasons))
            if len(found) == MOST_HIDDEN:
                break
        return tuple(found)

    def _reasons(
        self, content: int, picture: Floats, unwanted: Sequence[Detector]
    ) -> tuple[Reason, ...]:
        conditions = self.narrowed or ANYTHING
        reasons = [
            Reason(field.name)
            for field in fields(Conditions)
            if (value := getattr(conditions, field.name)) not in (None, (), frozenset())
            and not self.run.catalog.photos_where(content, replace(ANYTHING, **{field.name: value}))
        ]
        if self.narrowed is None:  # a period before the first photo, or after the last
            reasons.append(Reason("periods"))
        reasons += [
            Reason(SHOWS, detector.concept, float(detector.likely(picture)[0]))
            for detector in unwanted
            if detector.shows(picture)[0]
        ]
        if content in self.feedback.less:
            reasons.append(Reason(LESS))
        return tuple(reasons)


def _showing(vectors: VectorStore, rows: Ints, detector: Detector) -> int:
    """How many of the rows show an excluded concept."""
    return int(sum(detector.shows(photos).sum() for photos in vectors.parts(rows)))


def _largest(names: Sequence[str], values: Floats, most: int) -> tuple[tuple[str, float], ...]:
    order = np.argsort(-values, kind="stable")[:most]
    return tuple((names[at], float(values[at])) for at in order)
