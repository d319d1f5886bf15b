"""Turn cosines into confidence, a probability between 0 and 1.

A raw cosine means nothing to a person: one model's 0.25 is another's 0.6. A logistic curve turns it
into a probability. Each kind of question has its own curve, because a cosine that is a good match
for a sentence of ten words is a poor match for one word.

A model that was measured on photos it had not seen carries its own curves. A model prepared from a
checkpoint uses margins instead: how many standard deviations a photo's cosine with the query lies
above the same photo's cosines with a fixed background of Italian captions. Its curves on margins
are fitted to a few photos, or are the default if it was not calibrated.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import exp, log
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cercafoto.base.arrays import Floats
from cercafoto.question.parts import ONE, SENTENCE, SEVERAL
from cercafoto.results.answer import FOUND, HIGH_FROM, MEDIUM_FROM, NONE, WEAK

LABEL = "label"
KINDS = (ONE, SEVERAL, SENTENCE, LABEL)  # each has a curve

# For a model that was not calibrated: confidence is 0.5 at a margin of three standard deviations.
DEFAULT_CURVE = (2.0, -6.0)

# Verdicts on an answer for models without `presence` curves.
FOUND_FROM = MEDIUM_FROM
NONE_BELOW = 0.05
MIN_CONFIDENCE = 1e-6  # keeps the log-odds finite
# A label at least this likely is given. Measured with `mini` on photos that it was not trained
# on: see training/mini/log.md.
TAG_FROM = 0.3
# Of many frames of one scene, one often looks right by chance. So this share of the logarithm of
# their number comes off the log-odds of each. docs/calibration.md says how it was measured.
LOOKS_WEIGHT = 0.2


@dataclass(frozen=True)
class Calibration:
    """A model's curves from cosines to probabilities: "calibration" in `model.json`.

    curves: for each of KINDS, slope and intercept of a logistic curve.
    on_margins: whether the curves take the photo's margin (`photo_margins`) and not the cosine.
    templates: sentences with a slot for a word. A question of one thing is embedded as the mean
        of all templates filled with it.
    parts: weight of the parts of a question (their mean log confidence) against the whole
        question; 0 if the parts do not help this model.
    labels: label -> correction of its log-odds. Some labels hold less often than their cosines
        promise, some more often.
    classified: curve of labels with a classifier: weights of the cosine and of the classifier,
        intercept. None if no label has one.
    genera: genus -> correction of the log-odds that one of its species is there, which are its
        own ("casa" also holds for photos of rooms that no label names). None: it only comes with
        its species.
    commonness: for some kinds of question, what is added to its log-odds: (weight, usual value) of
        how common the thing is in photos (`commonness_odds`).
    presence: for each kind of question, a logistic curve for the probability that any photo
        answers: (weight of the log-odds of the likeliest photo, weight of how common the thing is
        in photos, intercept).
    found_from, none_below: limits of the verdicts for each kind of question. They apply to the
        `presence` probability, or to the largest confidence if the kind has no such curve.
    """

    curves: Mapping[str, tuple[float, float]]
    on_margins: bool
    templates: tuple[str, ...] = ("{}",)
    parts: float = 0.0
    labels: Mapping[str, float] = field(default_factory=dict)
    classified: tuple[float, float, float] | None = None
    genera: Mapping[str, float | None] = field(default_factory=dict)
    commonness: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    presence: Mapping[str, tuple[float, float, float]] = field(default_factory=dict)
    found_from: Mapping[str, float] = field(default_factory=dict)
    none_below: Mapping[str, float] = field(default_factory=dict)

    @classmethod
    def of(cls, stored: Mapping[str, Any]) -> Calibration:
        """Read "calibration" of `model.json`; {} gives the default curves on margins.

        Raises KeyError, TypeError, AttributeError or ValueError if `stored` does not follow
        `docs/calibration.md`.
        """
        if not stored:
            return cls(dict.fromkeys(KINDS, DEFAULT_CURVE), on_margins=True)
        if stored["on"] not in ("cosine", "margin"):
            raise ValueError(stored["on"])
        curves = {}
        for kind in KINDS:
            slope, intercept = stored["curves"][kind]
            curves[kind] = float(slope), float(intercept)
        commonness = {}
        for kind, (weight, usual) in stored.get("commonness", {}).items():
            commonness[kind] = float(weight), float(usual)
        classified = None
        if "classified" in stored:
            slope, weight, intercept = stored["classified"]
            classified = float(slope), float(weight), float(intercept)
        presence = {}
        for kind, (odds, common, start) in stored.get("presence", {}).items():
            presence[kind] = float(odds), float(common), float(start)
        return cls(
            curves,
            stored["on"] == "margin",
            tuple(str(template) for template in stored.get("templates", ["{}"])),
            float(stored.get("parts", 0.0)),
            {name: float(more) for name, more in stored.get("labels", {}).items()},
            classified,
            {
                name: None if more is None else float(more)
                for name, more in stored.get("genera", {}).items()
            },
            commonness,
            presence,
            _by_kind(stored.get("found_from", {})),
            _by_kind(stored.get("none_below", {})),
        )

    def likeness(self, photos: Floats, queries: Floats, background: Floats) -> Floats:
        """Return the input of the curves, [N, Q] float32: cosines or margins.

        photos [N, D], queries [Q, D], background [K, D], all unit vectors.
        """
        if self.on_margins:
            return photo_margins(photos, queries, background)
        result: Floats = photos @ queries.T
        return result

    def confidence(self, likeness: Floats, kind: str, extra_odds: Floats | float = 0.0) -> Floats:
        """Return the probability for each value of `likeness`: the same shape, float32.

        kind: one of KINDS, whose curve is used.
        extra_odds: added to the log-odds.
        """
        slope, intercept = self.curves[kind]
        return _probability(slope * likeness + intercept + extra_odds)

    def classified_confidence(self, likeness: Floats, by_photos: Floats, extra: Floats) -> Floats:
        """Return the probability of labels that have a classifier, [N, P] float32. The model must
        have `classified`.

        likeness, by_photos: cosines of photos and phrases, and the classifiers' values, [N, P].
        extra: added to the log-odds of each phrase, [P].
        """
        assert self.classified is not None
        slope, weight, intercept = self.classified
        return _probability(slope * likeness + weight * by_photos + intercept + extra)

    def commonness_odds(self, kind: str, common: float | None) -> float:
        """Return what is added to the log-odds of a question's photos: of two photos that are as
        near, the one answers rather whose question is about a common thing.

        kind, common: as `verdict` takes them.
        """
        if common is None or kind not in self.commonness:
            return 0.0
        weight, usual = self.commonness[kind]
        return weight * (common - usual)

    def with_parts(self, whole: Floats, parts: Floats) -> Floats:
        """Return the likeness of a question, [N], corrected by the likeness of its parts, [N, P].

        whole [N]: likeness of the question as one text. The surer it is that a photo lacks a
        part, the more its likeness falls.
        """
        slope, intercept = self.curves[ONE]
        logs = -np.logaddexp(0.0, -(slope * parts + intercept))
        result: Floats = whole + self.parts * logs.mean(axis=1)
        return result

    def verdict(self, best: float, kind: str = "", common: float | None = None) -> str:
        """Return the verdict on an answer: FOUND, WEAK (perhaps) or NONE (nothing corresponds).

        The verdict never contradicts the word for the likeliest photo (`results.word`): high
        confidence is always FOUND, low confidence never, and NONE needs low confidence.

        best: the largest confidence in the answer.
        kind: the kind of question if it has only words; "" for any other question, which gets
            the default limits.
        common: mean cosine of the question with the model's reference photos; None if the model
            has no such photos. The verdict then depends only on `best`.
        """
        presence = best
        if kind in self.presence and common is not None:
            presence = self.presence_probability(best, kind, common)
        found = best >= MEDIUM_FROM and presence >= self.found_from.get(kind, FOUND_FROM)
        if found or best >= HIGH_FROM:
            return FOUND
        none = best < MEDIUM_FROM and presence < self.none_below.get(kind, NONE_BELOW)
        return NONE if none else WEAK

    def presence_probability(self, best: float, kind: str, common: float) -> float:
        """Return the probability that any photo answers a question, from the `presence` curve.

        kind: a key of `presence`. best, common: as `verdict` takes them.
        """
        odds, weight, start = self.presence[kind]
        best = min(max(best, MIN_CONFIDENCE), 1 - MIN_CONFIDENCE)
        return 1.0 / (1.0 + exp(-(odds * log(best / (1 - best)) + weight * common + start)))


def _probability(odds: NDArray[np.floating]) -> Floats:
    result: Floats = np.exp(-np.logaddexp(0.0, -odds)).astype(np.float32)
    return result


def _by_kind(stored: Mapping[str, float] | float) -> dict[str, float]:
    """Return kind of question -> limit. stored: the same, or one number for all kinds, as in older
    models."""
    if not isinstance(stored, Mapping):
        return dict.fromkeys((ONE, SEVERAL, SENTENCE), float(stored))
    return {kind: float(limit) for kind, limit in stored.items()}


def photo_margins(photos: Floats, queries: Floats, background: Floats) -> Floats:
    """Return each photo's margin for each query, [N, Q] float32, in standard deviations.

    A margin says how far the query's cosine lies above the mean cosine of the background captions.
    photos [N, D], queries [Q, D], background [K, D], all unit vectors.
    """
    noise = photos @ background.T
    mean = noise.mean(axis=1, keepdims=True)
    spread = noise.std(axis=1, keepdims=True) + 1e-6
    result: Floats = (photos @ queries.T - mean) / spread
    return result


# For a model without reference photos: photos of different things rarely have a larger cosine.
UNRELATED_COSINE = 0.6


def resemblance(photos: Floats, example: Floats, reference: Floats | None) -> Floats:
    """Return the confidence that each photo resembles an example: [N] float32. An example with
    several pictures, such as a video, is resembled if one of them is.

    The confidence grows linearly with the cosine: 0 at the cosine that one in forty unrelated
    photos reaches (mean plus two standard deviations of the example's cosines with `reference`, or
    UNRELATED_COSINE if `reference` is None), 1 for a copy. To more pictures more unrelated photos
    are near, so that they raise the 0 too.
    photos [N, D], example [P, D], reference [K, D], all unit vectors.
    """
    unrelated = UNRELATED_COSINE
    if reference is not None:
        noise = (reference @ example.T).max(axis=1)
        unrelated = min(float(noise.mean() + 2 * noise.std()), 0.95)
    near = (photos @ example.T).max(axis=1)
    result: Floats = np.clip((near - unrelated) / (1 - unrelated), 0.0, 1.0)
    return result.astype(np.float32)


def less_for_looks(confidences: Floats, looks: Sequence[int]) -> Floats:
    """Return the confidences of frames of videos, [..., n], lowered by the number of frames that
    show the same scene, [n]."""
    less = np.asarray(looks, np.float32) ** -LOOKS_WEIGHT  # of the odds
    result = confidences * less / (1 - confidences + confidences * less)
    return result.astype(np.float32)
