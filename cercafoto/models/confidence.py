"""Confidence between 0 and 1, from cosines.

A raw cosine means nothing to a person: one model's 0.25 is another's 0.6. A model that was measured
on photos that it had not seen carries a logistic curve, which turns a cosine into a probability.
For any other, a photo's cosine with the query is compared, in standard deviations, with the same
photo's cosines with a fixed background of Italian captions.

(With `mini` the plain cosine tells what is there from what is not better than that comparison, by
AUC 0.85 against 0.79: see docs/mini.md.)
"""

from __future__ import annotations

from typing import Any

import numpy as np

from cercafoto.base.arrays import Floats
from cercafoto.results import FOUND, NONE, WEAK

# For a model without figures of its own: the photo must stand three standard deviations nearer to
# the query than to the background to count as likely as not.
DEFAULT_SLOPE = 2.0
DEFAULT_INTERCEPT = -6.0

# Verdicts on an answer by its likeliest photo, for a model that carries no limits of its own.
FOUND_FROM = 0.2
NONE_BELOW = 0.05
# A label at least this likely is given. Measured with `mini` on photos that it was not trained
# on: see docs/mini.md.
TAG_FROM = 0.3


def verdict(best: float, calibration: dict[str, Any]) -> str:
    """Judge by the largest confidence: FOUND, WEAK (perhaps) or NONE (nothing corresponds)."""
    if best >= float(calibration.get("found_from", FOUND_FROM)):
        return FOUND
    return WEAK if best >= float(calibration.get("none_below", NONE_BELOW)) else NONE


def photo_margins(photos: Floats, queries: Floats, background: Floats) -> Floats:
    """Measure how far each query stands out for each photo: [N, Q] float32, in standard deviations.

    photos [N, D], queries [Q, D], background [K, D], all unit vectors.
    """
    noise = photos @ background.T
    mean = noise.mean(axis=1, keepdims=True)
    spread = noise.std(axis=1, keepdims=True) + 1e-6
    result: Floats = (photos @ queries.T - mean) / spread
    return result


def confidence(
    photos: Floats, queries: Floats, background: Floats, calibration: dict[str, Any]
) -> Floats:
    """Estimate the probability that each photo shows what each query asks: [N, Q] float32.

    photos: [N, D], unit vectors, as are the others.
    queries: [Q, D].
    background: [K, D].
    calibration: "cosine" and "intercept" of a logistic curve on the cosine, as `model.json` has
        them; or "slope" and "intercept" of one on the photo's margin; or nothing.
    """
    if "cosine" in calibration:
        curve = float(calibration["cosine"]) * (photos @ queries.T)
    else:
        slope = float(calibration.get("slope", DEFAULT_SLOPE))
        curve = slope * photo_margins(photos, queries, background)
    curve = curve + float(calibration.get("intercept", DEFAULT_INTERCEPT))
    result: Floats = (1.0 / (1.0 + np.exp(-curve))).astype(np.float32)
    return result


# For a model without reference photos: two photos of different things rarely come nearer.
UNLIKE = 0.6


def resemblance(photos: Floats, example: Floats, reference: Floats | None) -> Floats:
    """Confidence that each photo resembles an example: [N] float32.

    A straight line from 0, at the cosine that one in forty unrelated photos reaches (mean and
    two standard deviations of the example's cosines with the reference), to 1 for a copy.
    photos [N, D], example [D], reference [K, D], all unit vectors.
    """
    unlike = UNLIKE
    if reference is not None:
        noise = reference @ example
        unlike = min(float(noise.mean() + 2 * noise.std()), 0.95)
    result: Floats = np.clip((photos @ example - unlike) / (1 - unlike), 0.0, 1.0)
    return result.astype(np.float32)
