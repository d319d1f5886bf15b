"""Calibrate a prepared model on the photos that ship for the purpose.

A photo's margins with false phrases are about standard normal, because a margin counts in standard
deviations of the photo's cosines with unrelated captions. Its margins with true phrases are higher.
Two normal distributions with the same deviation, and the share of true phrases, give a logistic
curve. With `mini` (edition 5) false phrases have a mean of -0.3 and a deviation of 1.15, true
phrases 3.3 and 1.95; the curve is near that of complete judgments (docs/calibration.md).
"""

from __future__ import annotations

from collections.abc import Callable
from math import log
from pathlib import Path
from typing import Any

import numpy as np

from cercafoto.base.arrays import Floats
from cercafoto.base.word_tables import read_phrase_lists
from cercafoto.models.confidence import LABEL, photo_margins
from cercafoto.models.encode.encoder import Encoder
from cercafoto.models.prepare.shipped_photos import photos
from cercafoto.question.parts import ONE, SENTENCE, SEVERAL, kind_of, parts_of

PHRASES = Path(__file__).with_name("calibration_phrases.txt")

# The share of photos for which a question, or a label, is true; a doubtful pair counts half. From
# the fit half of complete judgments of 462 photos. Of 51,744 pairs of a photo and a question that
# has an answer, 554 are true and 561 doubtful; of 71,232 pairs of a photo and a label, 1,823 and
# 1,575. Without the doubtful pairs `mini` was too unsure on that half: expected calibration errors
# of 0.064 for questions and 0.116 for labels (from 0.1 on), instead of 0.037 for both.
QUESTION_HOLDS, LABEL_HOLDS = 0.016, 0.037
# The phrases of all kinds weigh as much as so many phrases of one kind. Of 20, 50, 100, 200 and 400
# none did clearly better with `mini` on the fit half (0.042, 0.048, 0.037, 0.029, 0.032).
SHRUNK_BY = 100
# Limits of the verdicts. With `mini` (edition 6), treated as a prepared model: FOUND for 59 % of
# the questions whose first photo is right and for 11 % of the questions without an answer; NONE for
# 2 % of the questions with an answer.
FOUND_FROM, NONE_BELOW = 0.35, 0.05
# Mean margin of true phrases above false ones; below it the model cannot tell photos apart.
MIN_SEPARATION = 1.0


def calibrate(embed: Callable[[], Encoder]) -> dict[str, Any]:
    """Return "calibration" for `model.json`; {} if the model cannot tell photos apart.

    embed: opens a new encoder, so that only one tower at a time is in memory.
    """
    phrases = read_phrase_lists(PHRASES)
    shipped = photos()
    texts = [text for each in phrases.values() for text in each]
    owner = np.repeat(np.arange(len(phrases)), [len(each) for each in phrases.values()])
    pictures = embed().embed_images([shipped[name] for name in phrases])
    encoder = embed()
    margins = photo_margins(
        pictures,
        encoder.embed_texts(texts, batch=1),  # as a search embeds them
        encoder.background,
    )
    own = owner == np.arange(len(phrases))[:, None]
    holds = margins.T[own.T].astype(np.float64)
    above = min(holds.mean(), holds.mean() - margins[~own].mean())
    if not above >= MIN_SEPARATION:
        return {}
    kinds = np.array([kind_of(text, parts_of(text)) for text in texts])
    curves = {
        kind: fit_curve(holds[kinds == kind], holds, QUESTION_HOLDS)
        for kind in (ONE, SEVERAL, SENTENCE)
    }
    curves[LABEL] = fit_curve(holds[kinds == ONE], holds, LABEL_HOLDS)
    return {
        "on": "margin",
        "curves": curves,
        "found_from": FOUND_FROM,
        "none_below": NONE_BELOW,
        "measured_on": f"{len(texts)} phrases that hold for one of {len(phrases)} photos",
    }


def fit_curve(some: Floats, every: Floats, prior: float) -> list[float]:
    """Return slope and intercept of the curve for one kind of phrase.

    some: margins of the true phrases of this kind.
    every: margins of the true phrases of all kinds. The mean and the variance of `some` are shrunk
        towards those of `every`.
    prior: share of photos for which such a phrase is true.

    The variance used is the plain mean of true phrases' variance and false phrases' variance, which
    is taken as 1. A mean weighted by the number of phrases made the curve too steep (a calibration
    error of 0.143 for questions).
    """
    own = len(some) / (len(some) + SHRUNK_BY)
    mean = own * some.mean() + (1 - own) * every.mean()
    variance = (own * some.var() + (1 - own) * every.var() + 1) / 2
    slope = mean / variance
    return [
        round(float(slope), 4),
        round(float(-slope * mean / 2) + log(prior / (1 - prior)), 4),
    ]
