"""Calibration: from cosines to probabilities, on photos that the heads have not seen.

Complete judgments say which photos answer a question and which labels hold; one half of them fits
what is here, the other half reports (`python -m cercafoto.training answers`). For each kind of
question a logistic curve is fitted to the first results, by whether they are right. Sentences have
no complete judgments: a caption's own photo is right, and captions of other photos, which name
things that none of these shows, have no answer.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar
from sklearn.linear_model import LogisticRegression

from cercafoto.base.arrays import Floats, unit
from cercafoto.models.confidence import LABEL, Calibration
from cercafoto.models.encode.encoder import Encoder
from cercafoto.question.parts import ONE, SENTENCE, SEVERAL, kind_of, parts_of
from cercafoto.training.errors import InputError
from cercafoto.training.measure.judgments import DOUBTFUL, HOLDS, Bools, Judgments, Questions
from cercafoto.training.metrics import mrr_at, ranks_of_any

SHOWN = 5  # first results of a question, which a curve is fitted to: what a person looks at first
# A question of one thing is a sentence of few words: a second one steadies it (docs/mini.md).
TEMPLATES = ("{}", "una foto di {}")
PARTS = (0.0, 0.02, 0.04, 0.06, 0.08, 0.1, 0.12, 0.15, 0.2)  # weights that are tried
CUT = 10
# Shares of the questions without an answer that may be told found, and of those with one that may
# be told none. With 0.06 three more of a hundred absent ones are told the truth, and six fewer of
# those whose first photo is right.
ABSENT_FOUND, PRESENT_NONE = 0.09, 0.02
FEW = 1.0  # strength of a fit to few questions


@dataclass(frozen=True)
class Evidence:
    """Questions, and what is known of each photo.

    right: bool [Q, N].
    counted: bool [Q, N], False where it is not known whether the photo is right.
    """

    texts: Sequence[str]
    right: Bools
    counted: Bools

    def __add__(self, other: Evidence) -> Evidence:
        return Evidence(
            [*self.texts, *other.texts],
            np.concatenate([self.right, other.right]),
            np.concatenate([self.counted, other.counted]),
        )

    def of_kind(self, kind: str) -> Evidence:
        """The questions of one kind."""
        rows = [at for at, text in enumerate(self.texts) if kind_of(text, parts_of(text)) == kind]
        return Evidence([self.texts[at] for at in rows], self.right[rows], self.counted[rows])

    @property
    def present(self) -> Bools:
        """Tell which questions have an answer: bool [Q]."""
        return np.asarray((self.right & self.counted).any(axis=1), dtype=np.bool_)


def asked(questions: Questions) -> Evidence:
    """The questions of the half to fit."""
    which = questions.to_fit
    texts = [text for text, fitted in zip(questions.texts, which, strict=True) if fitted]
    return Evidence(texts, questions.matches[which], ~questions.doubtful[which])


def labels_asked(judgments: Judgments) -> Evidence:
    """Every label as a question, over the photos of the half to fit."""
    return Evidence(
        judgments.labels,
        (judgments.truth == HOLDS).T,
        ((judgments.truth != DOUBTFUL) & judgments.to_fit[:, None]).T,
    )


def sentences(captions: Sequence[Sequence[str]], fitted: Bools, absent: Sequence[str]) -> Evidence:
    """Captions as questions, each with its own photo as the answer, and as many without one.

    captions: those of each of the N photos; fitted: bool [N], the photos whose captions are taken.
    """
    texts = [(text, at) for at, each in enumerate(captions) if fitted[at] for text in each]
    others = list(absent)[: len(texts)]
    right = np.zeros((len(texts) + len(others), len(captions)), dtype=np.bool_)
    for row, (_, at) in enumerate(texts):
        right[row, at] = True
    every = [*(text for text, _ in texts), *others]
    return Evidence(every, right, np.ones_like(right))


def fit(
    encoder: Encoder,
    photos: Floats,
    labels: tuple[Sequence[Floats], NDArray[np.int8]],
    typed: Evidence,
    named: Evidence,
    long: Evidence,
) -> dict[str, Any]:
    """Fit what `model.json` says under "calibration".

    photos: [N, D], unit vectors that the heads have not seen.
    labels: vectors of the phrases of each label, [P, D] each, and their truth [N, L] (HOLDS, FAILS
        or DOUBTFUL), with DOUBTFUL for all that may not be fitted to.
    typed, named, long: questions of the half to fit, as people type them, labels as questions, and
        sentences.
    """
    cosines = _Cosines(encoder, photos, [*typed.texts, *named.texts, *long.texts], TEMPLATES)
    calibration = Calibration({}, on_margins=False)
    things = [typed.of_kind(ONE), named.of_kind(ONE)]
    curves = {ONE: cosines.curve(things, calibration)}
    calibration = replace(calibration, curves=curves)
    several = typed.of_kind(SEVERAL) + long
    found = {
        weight: mrr_at(cosines.ranks(several, replace(calibration, parts=weight)), CUT)
        for weight in PARTS
    }
    calibration = replace(calibration, parts=max(found, key=lambda weight: found[weight]))
    curves[SEVERAL] = cosines.curve([typed.of_kind(SEVERAL)], calibration)
    curves[SENTENCE] = cosines.curve([long.of_kind(SENTENCE)], calibration)
    curves[LABEL], offsets = _labels(encoder, photos, *labels, calibration)
    presence = {
        ONE: cosines.presence(things, calibration),
        SEVERAL: cosines.presence([typed.of_kind(SEVERAL)], calibration),
        SENTENCE: cosines.presence([long.of_kind(SENTENCE)], calibration),
    }
    calibration = replace(calibration, presence=presence)
    there = cosines.there(typed, calibration)
    found_from = float(np.quantile(there[~typed.present], 1 - ABSENT_FOUND))
    none_below = min(float(np.quantile(there[typed.present], PRESENT_NONE)), found_from)
    return {
        "on": "cosine",
        "curves": {kind: [round(v, 4) for v in curve] for kind, curve in curves.items()},
        "templates": list(TEMPLATES),
        "parts": calibration.parts,
        "labels": {
            name: round(more, 3)
            for name, more in zip(named.texts, offsets, strict=True)
            if abs(more) >= 0.0005
        },
        "presence": {kind: [round(v, 4) for v in curve] for kind, curve in presence.items()},
        "found_from": round(found_from, 4),
        "none_below": round(none_below, 4),
    }


class _Cosines:
    """Cosines of questions and of their parts with photos, embedded once."""

    def __init__(
        self, encoder: Encoder, photos: Floats, texts: Sequence[str], templates: Sequence[str]
    ) -> None:
        parts = sorted({part for text in texts for part in parts_of(text)}, key=len)
        self._parts: dict[str, Floats] = dict(
            zip(parts, encoder.embed_texts(parts) @ photos.T, strict=True)
        )
        wholes = list(dict.fromkeys(texts))
        kinds = [kind_of(text, parts_of(text)) for text in wholes]
        vectors = encoder.embed_texts(wholes)
        for at, (text, kind) in enumerate(zip(wholes, kinds, strict=True)):
            if kind == ONE and len(templates) > 1:
                asked = [template.replace("{}", text) for template in templates]
                vectors[at] = unit(encoder.embed_texts(asked).mean(axis=0))
        self._wholes: dict[str, Floats] = dict(zip(wholes, vectors @ photos.T, strict=True))
        usual = np.zeros(len(wholes))
        if encoder.reference is not None:
            usual = vectors @ encoder.reference.mean(axis=0)
        self._usual = dict(zip(wholes, usual.tolist(), strict=True))

    def likeness(self, text: str, calibration: Calibration) -> Floats:
        """What a served model goes by: [N]."""
        whole, parts = self._wholes[text], parts_of(text)
        if not (parts and calibration.parts):
            return whole
        return calibration.with_parts(
            whole, np.stack([self._parts[part] for part in parts], axis=1)
        )

    def curve(self, sets: Sequence[Evidence], calibration: Calibration) -> tuple[float, float]:
        """Fit slope and intercept on the likeness to the first results; each set weighs alike."""
        values, right, weights = [], [], []
        for evidence in sets:
            for text, answers, counted in zip(
                evidence.texts, evidence.right, evidence.counted, strict=True
            ):
                likeness = self.likeness(text, calibration)
                shown = _first(likeness, counted)
                values.append(likeness[shown])
                right.append(answers[shown])
                weights.append(np.full(len(shown), 1.0 / len(evidence.texts)))
        slope, intercept = _logistic(
            np.concatenate(values)[:, None], np.concatenate(right), np.concatenate(weights)
        )
        return slope, intercept

    def ranks(self, evidence: Evidence, calibration: Calibration) -> NDArray[np.int64]:
        """Rank the first right photo of each question that has an answer."""
        scores = np.stack([self.likeness(text, calibration) for text in evidence.texts])
        scores[~evidence.counted] = -np.inf
        return ranks_of_any(scores[evidence.present], evidence.right[evidence.present])

    def presence(
        self, sets: Sequence[Evidence], calibration: Calibration
    ) -> tuple[float, float, float]:
        """Fit the curve that says whether any photo answers: each set weighs alike, and in each
        the questions with an answer weigh as much as those without."""
        columns, present, weights = [], [], []
        for evidence in sets:
            best, there = self._best(evidence, calibration), evidence.present
            columns.append(np.stack([np.log(best / (1 - best)), self._common(evidence)], axis=1))
            present.append(there)
            weights.append(np.where(there, 1 / max(there.sum(), 1), 1 / max((~there).sum(), 1)))
        odds, common, start = _logistic(
            np.concatenate(columns), np.concatenate(present), np.concatenate(weights), FEW
        )
        return odds, common, start

    def there(self, evidence: Evidence, calibration: Calibration) -> NDArray[np.float64]:
        """How likely each question has an answer, [Q]."""
        each = zip(
            self._best(evidence, calibration), evidence.texts, self._common(evidence), strict=True
        )
        return np.array(
            [
                calibration.there(float(best), kind_of(text, parts_of(text)), float(common))
                for best, text, common in each
            ]
        )

    def _common(self, evidence: Evidence) -> NDArray[np.float64]:
        return np.array([self._usual[text] for text in evidence.texts], np.float64)

    def _best(self, evidence: Evidence, calibration: Calibration) -> NDArray[np.float64]:
        best = []
        for text, counted in zip(evidence.texts, evidence.counted, strict=True):
            likeness = self.likeness(text, calibration)[counted]
            kind = kind_of(text, parts_of(text))
            best.append(float(calibration.confidence(likeness, kind).max()))
        return np.clip(np.array(best, np.float64), 1e-6, 1 - 1e-6)


def _first(likeness: Floats, counted: Bools) -> NDArray[np.int64]:
    """The first SHOWN of the photos that count."""
    return np.argsort(-np.where(counted, likeness, -np.inf), kind="stable")[
        : min(SHOWN, int(counted.sum()))
    ]


def _labels(
    encoder: Encoder,
    photos: Floats,
    phrases: Sequence[Floats],
    truth: NDArray[np.int8],
    calibration: Calibration,
) -> tuple[tuple[float, float], list[float]]:
    """Fit the curve of all labels to every pair of photo and label that is known, and what each
    label adds to it.

    A label that no photo bears adds nothing. For the others, what is added maximises the likelihood
    of the pairs times a normal distribution of deviation 1, so that few photos move it little.
    """
    likeness = np.stack(
        [calibration.likeness(photos, each, encoder.background).max(axis=1) for each in phrases],
        axis=1,
    )
    known = truth != DOUBTFUL
    slope, intercept = _logistic(likeness[known][:, None], truth[known] == HOLDS)
    odds = slope * likeness + intercept
    offsets = [
        _offset(odds[known[:, at], at], truth[known[:, at], at] == HOLDS)
        for at in range(len(phrases))
    ]
    return (slope, intercept), offsets


def _offset(odds: NDArray[np.floating], right: Bools) -> float:
    if not right.any():
        return 0.0

    def loss(more: float) -> float:
        signed = np.where(right, odds + more, -odds - more)
        return float(np.logaddexp(0.0, -signed).sum() + more * more / 2)

    return float(minimize_scalar(loss, bounds=(-6, 6), method="bounded").x)


def _logistic(
    columns: NDArray[np.floating],
    right: Bools,
    weights: NDArray[np.floating] | None = None,
    strength: float = 100.0,
) -> tuple[float, ...]:
    """Fit a logistic curve: the slope of each column, and the intercept.

    strength: inverse of the penalty on the slopes of columns of unit spread.

    Raises InputError where all is right, or nothing.
    """
    if right.all() or not right.any():
        raise InputError("too few judgments for a calibration: all are right, or none is")
    spread = columns.std(axis=0) + 1e-9
    if weights is not None:
        weights = weights / weights.mean()
    curve = LogisticRegression(C=strength, max_iter=2000)
    curve.fit(columns / spread, right, sample_weight=weights)
    return (*(curve.coef_[0] / spread).tolist(), float(curve.intercept_[0]))
