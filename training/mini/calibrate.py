"""Fit the calibration, from cosines to probabilities, on photos that the heads have not seen.

Complete judgments say which photos answer a question and which labels hold. One half of the
judgments is fitted to here; the other half is for the report
(`python -m cercafoto.training answers`). For each kind of question a logistic curve is fitted to
the first results, by whether they are right. Whether any photo answers is fitted to archives of
several sizes and collections (`archives.py`). Sentences have no complete judgments: for a caption
only its own photo is right, and captions of other photos, which name things that none of these
photos shows, have no answer.
"""

from __future__ import annotations

import operator
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache, reduce
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cercafoto.base.arrays import Floats, unit
from cercafoto.models.confidence import LABEL, Calibration
from cercafoto.models.encode.encoder import Encoder
from cercafoto.question.parts import ONE, SENTENCE, SEVERAL, kind_of, parts_of
from cercafoto.results.answer import MEDIUM_FROM
from cercafoto.training.measure.judgments import DOUBTFUL, HOLDS, Bools, Judgments, Questions
from cercafoto.training.measure.metrics import mrr_at, ranks_of_any
from cercafoto.training.mini.calibrate_labels import JudgedLabels, fit_labels
from cercafoto.training.mini.logistic import logistic

SHOWN = 5  # results of a question that curves are fitted to: a person looks at these first
# A question about one thing has few words; the mean of two sentences is steadier: log.md
TEMPLATES = ("{}", "una foto di {}")
PARTS = (0.0, 0.02, 0.04, 0.06, 0.08, 0.1, 0.12, 0.15, 0.2)  # weights to try
CUT = 10
# In the archives that limits are fitted to: share of the questions without an answer that may have
# the verdict FOUND, and of the questions with an answer that may have NONE.
ABSENT_FOUND, PRESENT_NONE = 0.05, 0.05
FEW = 1.0  # strength of a fit to few questions


@dataclass(frozen=True)
class Evidence:
    """Q questions, and what is known of the N photos for each.

    right [Q, N]: whether the photo is known to answer the question.
    counted [Q, N]: False if it is not known whether the photo answers, or the photo is left out.
    complete: whether every photo that answers is known.
    """

    texts: Sequence[str]
    right: Bools
    counted: Bools
    complete: bool = True

    def __add__(self, other: Evidence) -> Evidence:
        return Evidence(
            [*self.texts, *other.texts],
            np.concatenate([self.right, other.right]),
            np.concatenate([self.counted, other.counted]),
            self.complete and other.complete,
        )

    def of_kind(self, kind: str) -> Evidence:
        """Return the questions of one kind."""
        kinds = [_kind(text) for text in self.texts]
        return self._rows(np.array([each == kind for each in kinds], dtype=np.bool_))

    def within(self, photos: Bools) -> Evidence:
        """Return the questions as asked of some of the photos, bool [N].

        If the judgments are not complete, a question whose known answers are all among the other
        photos is left out: one of these photos might answer it too.
        """
        within = Evidence(self.texts, self.right, self.counted & photos, self.complete)
        asked = np.asarray(within.counted.any(axis=1), dtype=np.bool_)
        if not self.complete:
            asked &= within.present | ~self.present
        return within._rows(asked)

    def _rows(self, which: Bools) -> Evidence:
        texts = [text for text, taken in zip(self.texts, which, strict=True) if taken]
        return Evidence(texts, self.right[which], self.counted[which], self.complete)

    @property
    def present(self) -> Bools:
        """Which questions have an answer among the photos that count, bool [Q]."""
        return np.asarray((self.right & self.counted).any(axis=1), dtype=np.bool_)


@dataclass(frozen=True)
class Asked:
    """Three sets of questions: `typed` as people type them, `named` labels, and `long`
    sentences."""

    typed: Evidence
    named: Evidence
    long: Evidence

    @property
    def texts(self) -> list[str]:
        return [*self.typed.texts, *self.named.texts, *self.long.texts]

    def within(self, photos: Bools) -> Asked:
        """Return the three sets of questions, asked only of the selected photos, bool [N]."""
        return Asked(*(each.within(photos) for each in (self.typed, self.named, self.long)))


def asked(questions: Questions, which: Bools) -> Evidence:
    """Return the questions that `which`, bool [Q], selects."""
    texts = [text for text, taken in zip(questions.texts, which, strict=True) if taken]
    return Evidence(texts, questions.matches[which], ~questions.doubtful[which])


def labels_asked(judgments: Judgments, photos: Bools) -> Evidence:
    """Return every label as a question that is asked of the selected photos, bool [N]."""
    return Evidence(
        judgments.labels,
        (judgments.truth == HOLDS).T,
        ((judgments.truth != DOUBTFUL) & photos[:, None]).T,
    )


def sentences(
    captions: Sequence[Sequence[str]], photos: Bools, absent: Sequence[str], known: Bools
) -> Evidence:
    """Return captions as questions, each answered by its own photo, and at most as many sentences
    without an answer.

    captions: captions of each of the N photos.
    photos: which photos' captions to take, bool [N].
    absent: sentences without an answer.
    known: which photos are known not to answer these, bool [N].
    """
    texts = [(text, at) for at, each in enumerate(captions) if photos[at] for text in each]
    others = list(absent)[: len(texts)]
    right = np.zeros((len(texts) + len(others), len(captions)), dtype=np.bool_)
    for row, (_, at) in enumerate(texts):
        right[row, at] = True
    every = [*(text for text, _ in texts), *others]
    counted = np.ones_like(right)
    counted[len(texts) :] = known
    return Evidence(every, right, counted, complete=False)


def fit(
    encoder: Encoder,
    photos: Floats,
    labels: JudgedLabels,
    asked: Asked,
    archives: Sequence[Bools],
) -> dict[str, Any]:
    """Return what `model.json` has under "calibration", fitted to judgments.

    photos [N, D]: unit vectors of photos that the heads have not seen.
    labels: the labels, with the truth of the half to fit.
    asked: questions of the half to fit.
    archives: see `fit_questions`.
    """
    calibration = fit_questions(Cosines(encoder, photos, asked.texts), asked, archives)
    curve, of_labels = fit_labels(encoder, photos, labels, calibration)
    curves = {**calibration.curves, LABEL: curve}
    return {
        "on": "cosine",
        "curves": {kind: [round(v, 4) for v in curve] for kind, curve in curves.items()},
        "templates": list(TEMPLATES),
        "parts": calibration.parts,
        "commonness": {
            kind: [round(v, 4) for v in more] for kind, more in calibration.commonness.items()
        },
        **of_labels,
        "presence": {
            kind: [round(v, 4) for v in curve] for kind, curve in calibration.presence.items()
        },
        "found_from": {kind: round(v, 4) for kind, v in calibration.found_from.items()},
        "none_below": {kind: round(v, 4) for kind, v in calibration.none_below.items()},
    }


def fit_questions(cosines: Cosines, asked: Asked, archives: Sequence[Bools]) -> Calibration:
    """Return the calibration of questions, without the curve of labels.

    archives: selections of the N photos, bool [N]. The curves of presence, their limits and the
        curve of sentences are fitted to these: among all N photos, too many other photos fit a
        sentence as well.
    """
    things = [asked.typed.of_kind(ONE), asked.named.of_kind(ONE)]
    several, long = asked.typed.of_kind(SEVERAL), asked.long.of_kind(SENTENCE)
    calibration = Calibration({}, on_margins=False, templates=TEMPLATES)
    curves, commonness = {}, {}
    curves[ONE], commonness[ONE] = cosines.curve(things, calibration)
    calibration = replace(calibration, curves=curves, commonness=commonness)
    with_parts = several + asked.long
    found = {
        weight: mrr_at(cosines.ranks(with_parts, replace(calibration, parts=weight)), CUT)
        for weight in PARTS
    }
    calibration = replace(calibration, parts=max(found, key=lambda weight: found[weight]))
    curves[SEVERAL], commonness[SEVERAL] = cosines.curve([several], calibration)
    # Of sentences only one photo is known to answer each: how common they are tells nothing.
    curves[SENTENCE], _ = cosines.curve([over(long, archives)], calibration, common=False)
    for kind, sets in ((ONE, things), (SEVERAL, [several]), (SENTENCE, [long])):
        of_archives = [over(evidence, archives) for evidence in sets]
        presence = {**calibration.presence, kind: cosines.presence(of_archives, calibration)}
        calibration = replace(calibration, presence=presence)
        every = reduce(operator.add, of_archives)
        best, there = cosines.best(every, calibration), cosines.there(every, calibration)
        there_if_found = np.where(best >= MEDIUM_FROM, there, 0.0)  # a lower one is never FOUND
        none_below = float(np.quantile(there[every.present], PRESENT_NONE))
        found_from = float(np.quantile(there_if_found[~every.present], 1 - ABSENT_FOUND))
        calibration = replace(
            calibration,
            none_below={**calibration.none_below, kind: none_below},
            found_from={**calibration.found_from, kind: max(found_from, none_below)},
        )
    return calibration


def over(evidence: Evidence, archives: Sequence[Bools]) -> Evidence:
    """Return the questions as asked of each archive in turn, one set after the other."""
    return reduce(operator.add, [evidence.within(archive) for archive in archives])


class Cosines:
    """Cosines between photos and questions, and parts of questions; all are embedded once."""

    def __init__(self, encoder: Encoder, photos: Floats, texts: Sequence[str]) -> None:
        parts = sorted({part for text in texts for part in _parts(text)}, key=len)
        self._parts: dict[str, Floats] = dict(
            zip(parts, encoder.embed_texts(parts) @ photos.T, strict=True)
        )
        wholes = list(dict.fromkeys(texts))
        kinds = [_kind(text) for text in wholes]
        vectors = encoder.embed_texts(wholes)
        for at, (text, kind) in enumerate(zip(wholes, kinds, strict=True)):
            if kind == ONE:
                filled = [template.replace("{}", text) for template in TEMPLATES]
                vectors[at] = unit(encoder.embed_texts(filled).mean(axis=0))
        self._wholes: dict[str, Floats] = dict(zip(wholes, vectors @ photos.T, strict=True))
        usual: NDArray[np.floating] = np.zeros(len(wholes))
        if encoder.usual_photo is not None:
            usual = vectors @ encoder.usual_photo
        self._usual = dict(zip(wholes, usual.tolist(), strict=True))
        self._with_parts: dict[tuple[str, float, tuple[float, float]], Floats] = {}

    def likeness(self, text: str, calibration: Calibration) -> Floats:
        """Return how well each photo fits a question, computed as a served model does: [N]."""
        whole, parts = self._wholes[text], _parts(text)
        if not (parts and calibration.parts):
            return whole
        key = (text, calibration.parts, calibration.curves[ONE])
        if key not in self._with_parts:  # computed once, asked for by every archive
            cosines = np.stack([self._parts[part] for part in parts], axis=1)
            self._with_parts[key] = calibration.with_parts(whole, cosines)
        return self._with_parts[key]

    def curve(
        self, sets: Sequence[Evidence], calibration: Calibration, common: bool = True
    ) -> tuple[tuple[float, float], tuple[float, float]]:
        """Fit a logistic curve to the first results of the questions. Each set has the same weight.

        Return slope and intercept, which turn likeness into log-odds that a photo is right; and
        what `Calibration.commonness` has of the kind.

        common: whether how common a question is counts too.
        """
        values, usual, right, weights = [], [], [], []
        for evidence in sets:
            for text, answers, counted in zip(
                evidence.texts, evidence.right, evidence.counted, strict=True
            ):
                likeness = self.likeness(text, calibration)
                shown = _first(likeness, counted)
                values.append(likeness[shown])
                usual.append(np.full(len(shown), self._usual[text]))
                right.append(answers[shown])
                weights.append(np.full(len(shown), 1.0 / len(evidence.texts)))
        every = np.concatenate(usual)
        centre = float(np.average(every, weights=np.concatenate(weights)))
        columns: list[NDArray[np.floating]] = [np.concatenate(values)]
        if common:
            columns.append(every - centre)
        slope, *weight, intercept = logistic(
            np.stack(columns, axis=1), np.concatenate(right), np.concatenate(weights)
        )
        return (slope, intercept), (weight[0] if weight else 0.0, centre)

    def ranks(self, evidence: Evidence, calibration: Calibration) -> NDArray[np.int64]:
        """Return the rank, from 1, of the first right photo of each question that has an answer."""
        scores = np.stack([self.likeness(text, calibration) for text in evidence.texts])
        scores[~evidence.counted] = -np.inf
        return ranks_of_any(scores[evidence.present], evidence.right[evidence.present])

    def presence(
        self, sets: Sequence[Evidence], calibration: Calibration
    ) -> tuple[float, float, float]:
        """Fit the curve that says how likely any photo answers. Return the slopes of the log-odds
        of the best confidence and of the question's commonness, and the intercept.

        Each set has the same weight; within a set, the questions with an answer weigh as much as
        those without one.
        """
        columns, present, weights = [], [], []
        for evidence in sets:
            best, there = self.best(evidence, calibration), evidence.present
            columns.append(np.stack([np.log(best / (1 - best)), self._common(evidence)], axis=1))
            present.append(there)
            weights.append(np.where(there, 1 / max(there.sum(), 1), 1 / max((~there).sum(), 1)))
        odds, common, start = logistic(
            np.concatenate(columns), np.concatenate(present), np.concatenate(weights), FEW
        )
        return odds, common, start

    def there(self, evidence: Evidence, calibration: Calibration) -> NDArray[np.float64]:
        """Return how likely each question has an answer, [Q]."""
        each = zip(
            self.best(evidence, calibration), evidence.texts, self._common(evidence), strict=True
        )
        return np.array(
            [
                calibration.presence_probability(float(best), _kind(text), float(common))
                for best, text, common in each
            ]
        )

    def verdicts(self, evidence: Evidence, calibration: Calibration) -> list[str]:
        """Return the verdict (FOUND, WEAK or NONE) on each question, as a search gives it."""
        each = zip(
            self.best(evidence, calibration), evidence.texts, self._common(evidence), strict=True
        )
        return [
            calibration.verdict(float(best), _kind(text), float(common))
            for best, text, common in each
        ]

    def first_right(self, evidence: Evidence, calibration: Calibration) -> Bools:
        """Return whether the first photo of each question is right, bool [Q]."""
        first = [
            int(_first(self.likeness(text, calibration), counted)[0])
            for text, counted in zip(evidence.texts, evidence.counted, strict=True)
        ]
        return evidence.right[np.arange(len(first)), first]

    def _common(self, evidence: Evidence) -> NDArray[np.float64]:
        return np.array([self._usual[text] for text in evidence.texts], np.float64)

    def best(self, evidence: Evidence, calibration: Calibration) -> NDArray[np.float64]:
        """Return the largest confidence of each question, [Q], over the photos that count."""
        best = []
        for text, counted in zip(evidence.texts, evidence.counted, strict=True):
            likeness = self.likeness(text, calibration)[counted]
            kind = _kind(text)
            more = calibration.commonness_odds(kind, self._usual[text])
            best.append(float(calibration.confidence(likeness, kind, more).max()))
        return np.clip(np.array(best, np.float64), 1e-6, 1 - 1e-6)


@cache
def _parts(text: str) -> tuple[str, ...]:
    return tuple(parts_of(text))


@cache
def _kind(text: str) -> str:
    return kind_of(text, _parts(text))


def _first(likeness: Floats, counted: Bools) -> NDArray[np.int64]:
    """Return the indices of the SHOWN most alike photos among those that count."""
    return np.argsort(-np.where(counted, likeness, -np.inf), kind="stable")[
        : min(SHOWN, int(counted.sum()))
    ]
