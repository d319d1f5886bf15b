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
from sklearn.linear_model import LogisticRegression

from cercafoto.base.arrays import Floats
from cercafoto.models.confidence import LABEL, Calibration
from cercafoto.models.encode.encoder import Encoder
from cercafoto.question.parts import ONE, SENTENCE, SEVERAL, kind_of, parts_of
from cercafoto.training.measure.judgments import DOUBTFUL, HOLDS, Bools, Judgments, Questions
from cercafoto.training.metrics import auc, mrr_at, ranks_of_any

SHOWN = 10  # first results of a question, which a curve is fitted to
PARTS = (0.0, 0.02, 0.04, 0.06, 0.08, 0.1, 0.12, 0.15, 0.2)  # weights that are tried
COMMON = (0.0, 0.25, 0.5, 0.75, 1.0)
CUT = 10
# Shares of the questions without an answer that may be told found, and of those with one that may
# be told none; lower than the 8 and 4 % that are wanted, for questions that were not fitted.
ABSENT_FOUND, PRESENT_NONE = 0.06, 0.03


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
    labels: tuple[Floats, NDArray[np.int8]],
    typed: Evidence,
    named: Evidence,
    long: Evidence,
) -> dict[str, Any]:
    """Fit what `model.json` says under "calibration".

    photos: [N, D], unit vectors that the heads have not seen.
    labels: unit vectors [L, D] as labels are given by, and their truth [N, L] (HOLDS, FAILS or
        DOUBTFUL), with DOUBTFUL for all that may not be fitted to.
    typed, named, long: questions of the half to fit, as people type them, labels as questions, and
        sentences.
    """
    cosines = _Cosines(encoder, photos, [*typed.texts, *named.texts, *long.texts])
    short = typed + named
    # Both sets of things count alike, and no curve is needed yet.
    plain = Calibration({ONE: (1.0, 0.0)}, on_margins=False)
    things = (typed.of_kind(ONE), named.of_kind(ONE))
    aucs = {
        weight: sum(cosines.auc(each, replace(plain, common=weight)) for each in things)
        for weight in COMMON
    }
    calibration = replace(plain, common=max(aucs, key=lambda weight: aucs[weight]))
    calibration = replace(calibration, curves={ONE: cosines.curve(short.of_kind(ONE), calibration)})
    several = typed.of_kind(SEVERAL) + long
    weights = {
        weight: mrr_at(cosines.ranks(several, replace(calibration, parts=weight)), CUT)
        for weight in PARTS
    }
    best = max(weights, key=lambda weight: weights[weight])
    calibration = replace(calibration, parts=best)
    curves = {
        kind: cosines.curve((short + long).of_kind(kind), calibration)
        for kind in (ONE, SEVERAL, SENTENCE)
    }
    curves[LABEL] = _label_curve(encoder, photos, *labels, calibration)
    calibration = replace(calibration, curves=curves)
    sure = cosines.best(short, calibration)
    found_from = float(np.quantile(sure[~short.present], 1 - ABSENT_FOUND))
    none_below = min(float(np.quantile(sure[short.present], PRESENT_NONE)), found_from)
    return {
        "on": "cosine",
        "common": calibration.common,
        "curves": {kind: [round(v, 4) for v in curve] for kind, curve in curves.items()},
        "parts": best,
        "found_from": round(found_from, 4),
        "none_below": round(none_below, 4),
    }


class _Cosines:
    """Cosines of questions and of their parts with photos, embedded once."""

    def __init__(self, encoder: Encoder, photos: Floats, texts: Sequence[str]) -> None:
        every = sorted({text for whole in texts for text in (whole, *parts_of(whole))}, key=len)
        vectors = encoder.embed_texts(every)
        self._row = {text: at for at, text in enumerate(every)}
        self._cosines = vectors @ photos.T
        reference = encoder.reference
        self._usual = (
            np.zeros(len(every)) if reference is None else vectors @ reference.mean(axis=0)
        )

    def likeness(self, text: str, calibration: Calibration) -> Floats:
        """What a served model goes by: [N]."""
        whole = self._plain(text, calibration)
        parts = parts_of(text)
        if not (parts and calibration.parts):
            return whole
        each = np.stack([self._plain(part, calibration) for part in parts], axis=1)
        return calibration.with_parts(whole, each)

    def _plain(self, text: str, calibration: Calibration) -> Floats:
        row = self._row[text]
        result: Floats = self._cosines[row] + calibration.common * self._usual[row]
        return result

    def curve(self, evidence: Evidence, calibration: Calibration) -> tuple[float, float]:
        """Fit slope and intercept on the likeness to the first results."""
        values, right = [], []
        for text, answers, counted in zip(
            evidence.texts, evidence.right, evidence.counted, strict=True
        ):
            likeness = self.likeness(text, calibration)
            shown = _first(likeness, counted)
            values.append(likeness[shown])
            right.append(answers[shown])
        slope, intercept = _logistic(np.concatenate(values)[:, None], np.concatenate(right))
        return slope, intercept

    def auc(self, evidence: Evidence, calibration: Calibration) -> float:
        """AUC of the largest likeness, of questions with an answer against those without."""
        best = np.array(
            [
                self.likeness(text, calibration)[counted].max()
                for text, counted in zip(evidence.texts, evidence.counted, strict=True)
            ]
        )
        return auc(best[evidence.present], best[~evidence.present])

    def ranks(self, evidence: Evidence, calibration: Calibration) -> NDArray[np.int64]:
        """Rank the first right photo of each question that has an answer."""
        scores = np.stack([self.likeness(text, calibration) for text in evidence.texts])
        scores[~evidence.counted] = -np.inf
        return ranks_of_any(scores[evidence.present], evidence.right[evidence.present])

    def best(self, evidence: Evidence, calibration: Calibration) -> NDArray[np.float64]:
        """The largest confidence of each question, [Q]."""
        best = []
        for text, counted in zip(evidence.texts, evidence.counted, strict=True):
            likeness = self.likeness(text, calibration)[counted]
            kind = kind_of(text, parts_of(text))
            best.append(float(calibration.confidence(likeness, kind).max()))
        return np.array(best)


def _first(likeness: Floats, counted: Bools) -> NDArray[np.int64]:
    """The first SHOWN of the photos that count."""
    return np.argsort(-np.where(counted, likeness, -np.inf), kind="stable")[
        : min(SHOWN, int(counted.sum()))
    ]


def _label_curve(
    encoder: Encoder,
    photos: Floats,
    labels: Floats,
    truth: NDArray[np.int8],
    calibration: Calibration,
) -> tuple[float, float]:
    """Fit slope and intercept to every pair of photo and label that is known."""
    likeness = calibration.likeness(photos, labels, encoder.background, encoder.reference)
    known = truth != DOUBTFUL
    slope, intercept = _logistic(likeness[known][:, None], truth[known] == HOLDS)
    return slope, intercept


def _logistic(columns: NDArray[np.floating], right: Bools) -> tuple[float, ...]:
    """Fit a logistic curve: the slope of each column, and the intercept."""
    spread = columns.std(axis=0) + 1e-9
    curve = LogisticRegression(C=100.0, max_iter=2000).fit(columns / spread, right)
    return (*(curve.coef_[0] / spread).tolist(), float(curve.intercept_[0]))
