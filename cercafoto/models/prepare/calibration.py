"""Calibration of a prepared model, on the photos that ship for it.

A photo's margins with phrases that fail are about standard normal, since they are measured in
deviations of its cosines with captions that fail; those with phrases that hold lie higher. Two
normal distributions of one deviation, and how often a phrase holds, make a logistic curve. With
`mini` (edition 5) the phrases of the other photos have a mean of -0.3 and a deviation of 1.15,
those that hold 3.3 and 1.95, and the curve is near that of complete judgments
(docs/calibration.md).
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

# How often what is asked holds for a photo, half of what is doubtful counted, by complete judgments
# of 462 photos, of which the half to fit: 554 of 51,744 pairs of a photo and a question that has an
# answer hold and 561 are doubtful; of 71,232 of a photo and a label 1,823 and 1,575. With what is
# doubtful left out `mini` was too unsure, there: expected calibration errors of 0.064 for questions
# and 0.116 for labels (from 0.1 on), instead of 0.037 both.
QUESTION_HOLDS, LABEL_HOLDS = 0.016, 0.037
# Phrases that the curve of all kinds counts as, beside those of one kind. Of 20, 50, 100, 200 and
# 400 none did clearly better with `mini` on the half to fit (0.042, 0.048, 0.037, 0.029, 0.032).
SHRUNK_BY = 100
# Limits of the verdicts. With `mini` (edition 6) as if it were prepared: found are 59 % of the
# questions whose first photo is right, and 11 % of those without an answer; none 2 % of those with.
FOUND_FROM, NONE_BELOW = 0.35, 0.05
# Deviations by which what holds must lie above what fails, for the model to tell photos apart.
MIN_SEPARATION = 1.0


def calibrate(embed: Callable[[], Encoder]) -> dict[str, Any]:
    """Fit what `model.json` says under "calibration": {} for a model that tells nothing apart.

    embed: opens an encoder anew, so that one tower at a time is in memory.
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
    """Slope and intercept for the margins with phrases of one kind, shrunk towards all of them.

    The deviation is that of phrases that hold and of those that fail, which is 1, in equal parts:
    by their numbers, those that fail leave the curve too steep (0.143 for questions).
    """
    own = len(some) / (len(some) + SHRUNK_BY)
    mean = own * some.mean() + (1 - own) * every.mean()
    variance = (own * some.var() + (1 - own) * every.var() + 1) / 2
    slope = mean / variance
    return [
        round(float(slope), 4),
        round(float(-slope * mean / 2) + log(prior / (1 - prior)), 4),
    ]
