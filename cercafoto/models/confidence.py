"""Confidence between 0 and 1, from cosines.

A raw cosine means nothing to a person: one model's 0.25 is another's 0.6. Logistic curves turn it
into a probability, one for each kind of question: a cosine that is a good match for a sentence of
ten words is a poor one for a word. A model that was measured on photos that it had not seen carries
curves of its own. For one that was prepared from a checkpoint, a photo's cosine with the query is
compared, in standard deviations, with the same photo's cosines with a fixed background of Italian
captions; its curves on that are fitted to a few photos, or common to all where it was not
calibrated.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import exp, log
from typing import Any

import numpy as np

from cercafoto.base.arrays import Floats
from cercafoto.question.parts import ONE, SENTENCE, SEVERAL
from cercafoto.results import FOUND, HIGH_FROM, MEDIUM_FROM, NONE, WEAK

LABEL = "label"
KINDS = (ONE, SEVERAL, SENTENCE, LABEL)  # what a curve is for

# For a model without figures of its own: the photo must stand three standard deviations nearer to
# the query than to the background to count as likely as not.
DEFAULT_CURVE = (2.0, -6.0)

# Verdicts on an answer by its likeliest photo alone.
FOUND_FROM = MEDIUM_FROM
NONE_BELOW = 0.05
MIN_CONFIDENCE = 1e-6  # confidence whose log-odds are taken
# A label at least this likely is given. Measured with `mini` on photos that it was not trained
# on: see docs/mini.md.
TAG_FROM = 0.3


@dataclass(frozen=True)
class Calibration:
    """How a model's cosines become probabilities, as "calibration" of `model.json` says.

    curves: for each of KINDS, slope and intercept of a logistic curve.
    on_margins: the curves are on the photo's margin (`photo_margins`), not on the cosine.
    templates: sentences, whose mean stands for a question of one thing, with a slot for it.
    parts: weight beside the whole of what the parts of a question say, the mean logarithm of
        their confidence; 0 where the whole alone finds as much.
    labels: what is added to the log-odds of a label, by its name: some are said of less than their
        cosines promise, some of more.
    presence: how likely it is that any photo answers, for each kind of question: a logistic curve
        on the log-odds of the likeliest photo and on how common what is asked is in photos (weights
        and intercept). What few photos ever show is seldom there, however near the nearest is.
    found_from, none_below: limits of the verdicts for each kind of question, on the value of that
        curve; on the largest confidence if there is no such curve.
    """

    curves: Mapping[str, tuple[float, float]]
    on_margins: bool
    templates: tuple[str, ...] = ("{}",)
    parts: float = 0.0
    labels: Mapping[str, float] = field(default_factory=dict)
    presence: Mapping[str, tuple[float, float, float]] = field(default_factory=dict)
    found_from: Mapping[str, float] = field(default_factory=dict)
    none_below: Mapping[str, float] = field(default_factory=dict)

    @classmethod
    def of(cls, stored: Mapping[str, Any]) -> Calibration:
        """Read what `model.json` says; a model that was not calibrated says nothing.

        Raises KeyError, TypeError or ValueError where it is not as `docs/calibration.md` says.
        """
        if not stored:
            return cls(dict.fromkeys(KINDS, DEFAULT_CURVE), on_margins=True)
        if stored["on"] not in ("cosine", "margin"):
            raise ValueError(stored["on"])
        curves = {}
        for kind in KINDS:
            slope, intercept = stored["curves"][kind]
            curves[kind] = float(slope), float(intercept)
        presence = {}
        for kind, (odds, common, start) in stored.get("presence", {}).items():
            presence[kind] = float(odds), float(common), float(start)
        return cls(
            curves,
            stored["on"] == "margin",
            tuple(str(template) for template in stored.get("templates", ["{}"])),
            float(stored.get("parts", 0.0)),
            {name: float(more) for name, more in stored.get("labels", {}).items()},
            presence,
            _by_kind(stored.get("found_from", {})),
            _by_kind(stored.get("none_below", {})),
        )

    def likeness(self, photos: Floats, queries: Floats, background: Floats) -> Floats:
        """Compute what the curves are on, [N, Q] float32: cosines, or margins.

        photos [N, D], queries [Q, D], background [K, D], all unit vectors.
        """
        if self.on_margins:
            return photo_margins(photos, queries, background)
        result: Floats = photos @ queries.T
        return result

    def confidence(self, likeness: Floats, kind: str, more: Floats | float = 0.0) -> Floats:
        """Turn likenesses into probabilities, of the same shape, float32.

        more: added to the log-odds.
        """
        slope, intercept = self.curves[kind]
        odds = slope * likeness + intercept + more
        result: Floats = np.exp(-np.logaddexp(0.0, -odds)).astype(np.float32)
        return result

    def with_parts(self, whole: Floats, parts: Floats) -> Floats:
        """Add to the likeness of a whole question, [N], that of its parts, [N, P]: [N].

        A part that a photo does not show takes as much away as its absence is certain.
        """
        slope, intercept = self.curves[ONE]
        logs = -np.logaddexp(0.0, -(slope * parts + intercept))
        result: Floats = whole + self.parts * logs.mean(axis=1)
        return result

    def verdict(self, best: float, kind: str = "", common: float | None = None) -> str:
        """Judge an answer: FOUND, WEAK (perhaps) or NONE (nothing corresponds).

        The verdict never contradicts the word for the likeliest photo (`results.word`): a photo of
        high confidence is found, one of low confidence is not, and only an answer of low
        confidence is NONE.

        best: the largest confidence.
        kind: kind of a question of words alone; "" for any other, for which the limits are not.
        common: mean cosine of the question with the model's reference photos, None if it has none;
            the verdict then depends only on `best`, as for a model without `presence`.
        """
        presence_probability = best
        if kind in self.presence and common is not None:
            presence_probability = self.presence_probability(best, kind, common)
        found = best >= MEDIUM_FROM and presence_probability >= self.found_from.get(
            kind, FOUND_FROM
        )
        if found or best >= HIGH_FROM:
            return FOUND
        none = best < MEDIUM_FROM and presence_probability < self.none_below.get(kind, NONE_BELOW)
        return NONE if none else WEAK

    def presence_probability(self, best: float, kind: str, common: float) -> float:
        """How likely any photo answers, by the curve for a kind of question."""
        odds, weight, start = self.presence[kind]
        best = min(max(best, MIN_CONFIDENCE), 1 - MIN_CONFIDENCE)
        return 1.0 / (1.0 + exp(-(odds * log(best / (1 - best)) + weight * common + start)))


def _by_kind(stored: Mapping[str, float] | float) -> dict[str, float]:
    """Return a limit for each kind of question; models of before have one for all kinds."""
    if not isinstance(stored, Mapping):
        return dict.fromkeys((ONE, SEVERAL, SENTENCE), float(stored))
    return {kind: float(limit) for kind, limit in stored.items()}


def photo_margins(photos: Floats, queries: Floats, background: Floats) -> Floats:
    """Measure how far each query stands out for each photo: [N, Q] float32, in standard deviations.

    photos [N, D], queries [Q, D], background [K, D], all unit vectors.
    """
    noise = photos @ background.T
    mean = noise.mean(axis=1, keepdims=True)
    spread = noise.std(axis=1, keepdims=True) + 1e-6
    result: Floats = (photos @ queries.T - mean) / spread
    return result


# For a model without reference photos: two photos of different things rarely come nearer.
UNRELATED_COSINE = 0.6


def resemblance(photos: Floats, example: Floats, reference: Floats | None) -> Floats:
    """Confidence that each photo resembles an example: [N] float32.

    A straight line from 0, at the cosine that one in forty unrelated photos reaches (mean and
    two standard deviations of the example's cosines with the reference), to 1 for a copy.
    photos [N, D], example [D], reference [K, D], all unit vectors.
    """
    unlike = UNRELATED_COSINE
    if reference is not None:
        noise = reference @ example
        unlike = min(float(noise.mean() + 2 * noise.std()), 0.95)
    result: Floats = np.clip((photos @ example - unlike) / (1 - unlike), 0.0, 1.0)
    return result.astype(np.float32)
