"""Explain an answer: what was sent to the model, how the photos shown compare with all others, and
why some nearer photos are not shown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cercafoto.archive.archive import Archive, Embeddings
from cercafoto.base.arrays import Floats, cosines, unit
from cercafoto.base.json_keys import Key, json_keys
from cercafoto.labels.label_file import default_labels
from cercafoto.labels.label_vectors import phrase_vectors
from cercafoto.question.filters.all_filters import given
from cercafoto.question.filters.days import DAYS
from cercafoto.question.filters.filter import NO_FILTERS, OWN, Filters
from cercafoto.question.weights import Sought
from cercafoto.results.answer import Hit, SearchResult
from cercafoto.search.examples import embed_examples
from cercafoto.search.exclusion import Detector, phrases
from cercafoto.search.feedback import Feedback
from cercafoto.search.phrase import Phrase, embed, phrase_of
from cercafoto.search.ranking import confidences, query_vector, things_seen
from cercafoto.search.resolving import filters_of
from cercafoto.search.run import SearchRun

if TYPE_CHECKING:
    from cercafoto.search.thing_evidence import CountedThing

NAMED = 5  # nearest labels of a question
SHOWN = 3  # nearest labels of a photo
MOST_HIDDEN = 5  # hidden photos that are listed
LOOKED_AT = 200  # nearest photos among which hidden photos are looked for
PLAIN = ("{}",)  # each label is embedded as its name only, not with all templates

# Kinds of reason why a photo is hidden; the other kinds are names of filters.
SHOWS, LESS, UNSURE = "shows", "less", "unsure"


@json_keys(
    "path",
    Key("percentile", lambda reason: 100 * reason.archive, digits=2),
    Key("background_percentile", lambda reason: 100 * reason.background, digits=2),
    Key("parts", columns=("text", Key("confidence", digits=4))),
    Key("labels", columns=("label", Key("confidence", digits=4))),
    "evidence",
    Key("seen", digits=4),
    Key("things", unless=()),
)
@dataclass(frozen=True)
class HitReason:
    """Why a photo is shown, in numbers.

    archive: share of the archive's other photos that are farther from the question, 0..1.
    background: share of the background captions that fit this photo less than the question does,
        0..1.
    confidence: how likely the photo answers, 0..1.
    seen: the confidence by sight only, 0..1.
    parts: (thing that the question names, confidence that the photo shows the thing).
    labels: the likeliest default labels of the photo, with their confidence.
    evidence: kind of evidence for the photo, see `Hit`.
    written: the words asked for that were read in the photo, as the photo writes them.
    things: the things asked for, as they were seen in the photo; () if it was not looked at.
    """

    path: bytes
    archive: float
    background: float
    confidence: float
    seen: float
    parts: tuple[tuple[str, float], ...]
    labels: tuple[tuple[str, float], ...]
    evidence: str
    written: tuple[str, ...] = ()
    things: tuple[CountedThing, ...] = ()


@json_keys("kind", Key("what", unless=""), Key("confidence", "sure", digits=4, unless=None))
@dataclass(frozen=True)
class Reason:
    """A reason why a photo is hidden.

    kind: the name of a filter that the photo does not fulfil, SHOWS (the photo shows an excluded
        concept), LESS (the photo was named with --meno) or UNSURE (its confidence is too small).
    what, confidence: for SHOWS, the excluded concept and how likely the photo shows it.
    """

    kind: str
    what: str = ""
    confidence: float = 0.0

    @property
    def sure(self) -> float | None:
        """The confidence; None unless the kind is SHOWS."""
        return self.confidence if self.what else None


@json_keys("path", Key("score", digits=6), "reasons")
@dataclass(frozen=True)
class HiddenPhoto:
    """A photo nearer to the question than the last photo shown, and why it is not shown.

    score: cosine of the photo with the question.
    """

    path: bytes
    score: float
    reasons: tuple[Reason, ...]


@json_keys(
    Key("phrases", columns="text weight"),
    "doubted",
    Key("exclude", columns="concept phrases photos"),
    "photos eligible",
    Key("labels", columns=("label", Key("score", digits=6))),
    Key("hits", "standings"),
    "hidden",
)
@dataclass(frozen=True)
class Explanation:
    """The explanation of an answer.

    phrases: the sentences given to the text tower, with weights.
    doubted: of these, the ones that the model does not know well: photos get less confidence.
    exclude: each excluded concept, the phrases that detect it (() if something else does), and how
        many photos that fulfil the filters show it.
    names: the excluded concepts that photos bear as a name, so that they are not looked for.
    photos, eligible: how many contents the archive has, and how many fulfil the filters.
    labels: the default labels nearest to the question, with their cosines.
    standings: for each photo shown, why it is shown.
    hidden: photos nearer to the question than the last photo shown, and why they are not shown.
    """

    phrases: tuple[tuple[str, float], ...]
    exclude: tuple[tuple[str, tuple[str, ...], int], ...]
    photos: int
    eligible: int
    labels: tuple[tuple[str, float], ...]
    standings: tuple[HitReason, ...]
    hidden: tuple[HiddenPhoto, ...]
    names: tuple[str, ...] = ()
    doubted: tuple[str, ...] = ()


def explain(archive: Archive, result: SearchResult) -> Explanation:
    """Return the explanation of an answer; see `Library.explain`."""
    with archive.reading():
        explainer = _Explainer(
            SearchRun(archive, result.query),
            filters_of(archive, result.query),
            Feedback.of(archive, result.query.more, result.query.less),
            result.hits,
        )
        examples = embed_examples(archive, result.query)
        images = [(example.vectors, example.weight) for example in examples]
        return explainer.explain(images, archive.embeddings)


@dataclass(frozen=True)
class _Explainer:
    """Makes the explanation of one answer.

    narrowed: the filters with resolved values; None if no photo can fulfil them.
    """

    run: SearchRun
    narrowed: Filters | None
    feedback: Feedback
    hits: Sequence[Hit]

    def explain(
        self, images: Sequence[tuple[Floats, float]], embeddings: Embeddings
    ) -> Explanation:
        """Return the explanation.

        images: vectors [P, D] and weight of each example.
        """
        encoder = self.run.archive.encoder
        alternatives = tuple(map(Sought, dict.fromkeys(self.run.query.sights)))
        words = embed(encoder, self.run.query)
        excluded = self.run.excluded()
        names = [label.name for label in default_labels()]
        labels = phrase_vectors(encoder, names, self.run.archive.settings.label_vectors, PLAIN)
        near: tuple[tuple[str, float], ...] = ()
        standings: tuple[HitReason, ...] = ()
        hidden: tuple[HiddenPhoto, ...] = ()
        if words or images:
            vector = query_vector(encoder, words, images)
            near = _largest(names, labels @ vector, NAMED)
            vector = unit(vector + self.feedback.direction(self.run.archive, vector))
            standings = self._standings(embeddings, vector, (names, labels), words, images)
            hidden = self._hidden(embeddings, vector, excluded)
        sent = tuple(Sought(word.seen_as or word.text, word.weight) for word in words)
        return Explanation(
            alternatives or sent,
            tuple(
                (
                    detector.concept,
                    tuple(phrases(detector.concept)) if detector.by_phrases else (),
                    self._showing(embeddings, detector),
                )
                for detector in excluded
            ),
            embeddings.count(NO_FILTERS),
            0 if self.narrowed is None else embeddings.count(self.narrowed),
            near,
            standings,
            hidden,
            tuple(each.concept for each in excluded if each.bearing is not None),
            tuple(text for word in words for text in word.doubted),
        )

    def _standings(
        self,
        embeddings: Embeddings,
        vector: Floats,
        named: tuple[Sequence[str], Floats],
        words: Sequence[Phrase],
        images: Sequence[tuple[Floats, float]],
    ) -> tuple[HitReason, ...]:
        """Return for each photo shown why it is shown.

        vector: vector of the question, [D].
        named: names of the default labels and their vectors.
        words, images: what the question asks, as `SearchRun.rank` takes them.
        """
        if not self.hits:
            return ()
        encoder, (names, labels) = self.run.archive.encoder, named
        named_things = self.run.query.parts or tuple(dict.fromkeys(self.run.query.sights))
        things = [phrase_of(encoder, each) for each in named_things]
        shown, contents = [], []
        for hit in self.hits:
            content = self.run.archive.photos.content_at(hit.path)
            if hit.moments and content is not None:
                content = hit.moments[0].content_id
            _, pictures = embeddings.of([] if content is None else [content])
            if len(pictures):  # else the photo is gone since the search
                shown.append((hit, pictures[0]))
                contents.append(content)
        sightings = things_seen(self.run.archive, np.array(contents, np.int64), words)
        asked = tuple(thing for phrase in words for thing in phrase.asked)
        vectors = np.array([picture for _, picture in shown], np.float32)
        seen = confidences(encoder, vectors, words, images, sightings)
        scores = np.array([hit.score for hit, _ in shown], np.float32)
        farther = embeddings.farther(vector, scores, NO_FILTERS)
        others = max(embeddings.count(NO_FILTERS) - 1, 1)
        return tuple(
            HitReason(
                hit.path,
                float(below / others),
                float((encoder.background @ picture < picture @ vector).mean()),
                hit.confidence,
                float(seen[at]) if hit.evidence else hit.confidence,
                tuple(
                    zip(
                        named_things,
                        (float(each.confidence(encoder, picture[None])[0]) for each in things),
                        strict=True,
                    )
                ),
                _largest(names, encoder.label_confidence(picture[None], labels, names)[0], SHOWN),
                hit.evidence,
                tuple((hit.text or "")[start:end] for start, end in hit.found),
                sightings.seen(at, asked) if sightings is not None else (),
            )
            for at, ((hit, picture), below) in enumerate(zip(shown, farther, strict=True))
        )

    def _hidden(
        self, embeddings: Embeddings, vector: Floats, excluded: Sequence[Detector]
    ) -> tuple[HiddenPhoto, ...]:
        """Return the nearest photos that are not shown although farther photos are; if no photo is
        shown, simply the nearest."""
        shown = {hit.path for hit in self.hits}
        farthest = min((hit.score for hit in self.hits), default=-1.0)
        hidden: list[HiddenPhoto] = []
        contents, pictures, _ = embeddings.nearest(vector, LOOKED_AT, NO_FILTERS)
        scores = cosines(pictures, vector)
        for at in np.argsort(-scores, kind="stable"):
            content, score = int(contents[at]), float(scores[at])
            if self.hits and score < farthest:
                break  # farther than all photos shown: no reason is needed
            photos = self.run.archive.photos.of_content(content)
            if not photos or shown & {photo.path for photo in photos}:
                continue
            reasons = self._reasons(content, pictures[[at]], excluded)
            if not (reasons or self.hits):
                reasons = (Reason(UNSURE),)
            if not reasons:
                continue  # only the limit of the answer left it out
            hidden.append(HiddenPhoto(photos[0].path, score, reasons))
            if len(hidden) == MOST_HIDDEN:
                break
        return tuple(hidden)

    def _reasons(
        self, content: int, picture: Floats, excluded: Sequence[Detector]
    ) -> tuple[Reason, ...]:
        """Return the reasons why a content is not among the photos shown; () if there is none.

        picture: vector of the content, [1, D].
        excluded: detectors of the concepts that the question excludes.
        """
        filters = self.narrowed or NO_FILTERS
        of_content = self.run.archive.photos.of_content
        reasons = [
            Reason(each.name)
            for each, value in given(filters)
            if not of_content(content, Filters({each.name: value, OWN: filters.get(OWN)}))
        ]
        if not (reasons or of_content(content, filters)):
            # Each filter holds for some copy, but no copy fulfils all: name the filters without
            # which a copy would be shown.
            reasons = [
                Reason(each.name)
                for each, _ in given(filters)
                if of_content(content, filters.but(**{each.name: None}))
            ]
        if self.narrowed is None:  # a period before the first photo, or after the last
            reasons.append(Reason(DAYS.name))
        reasons += [
            Reason(SHOWS, detector.concept, float(detector.likely([content], picture)[0]))
            for detector in excluded
            if detector.shows([content], picture)[0]
        ]
        if content in self.feedback.less:
            reasons.append(Reason(LESS))
        return tuple(reasons)

    def _showing(self, embeddings: Embeddings, detector: Detector) -> int:
        """Return how many photos that fulfil the filters show an excluded concept."""
        parts = () if self.narrowed is None else embeddings.parts(self.narrowed)
        return int(sum(detector.shows(contents, photos).sum() for contents, photos in parts))


def _largest(names: Sequence[str], values: Floats, most: int) -> tuple[tuple[str, float], ...]:
    """Return the names with the `most` largest values, largest first."""
    order = np.argsort(-values, kind="stable")[:most]
    return tuple((names[at], float(values[at])) for at in order)
