"""From cosines to a confidence between 0 and 1.

A raw cosine means nothing to a person: one model's 0.25 is another's 0.6, some photos are close
to every sentence, and some sentences to every photo. So a photo's cosine with the query is
compared twice, in standard deviations: with the same photo's cosines with a fixed background of
Italian captions, and with the same query's cosines with a fixed set of reference photos. A
logistic curve, fitted on photos that the model has not seen, turns the two into a probability.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

# For a model without figures of its own, which has no reference photos either: the photo must
# stand three standard deviations nearer to the query than to the background to count as likely
# as not.
DEFAULT_SLOPE = 2.0
DEFAULT_INTERCEPT = -6.0

# A best hit less likely than this is called a weak answer; a label at least this likely is given.
# Measured with `mini` on photos and questions that it was not trained on: see docs/mini.md.
WEAK_BELOW = 0.05
TAG_FROM = 0.3


def photo_margins(photos: Floats, queries: Floats, background: Floats) -> Floats:
    """How far each query stands out for each photo: [N, Q] float32, in standard deviations.

    photos [N, D], queries [Q, D], background [K, D], all unit vectors.
    """
    noise = photos @ background.T
    mean = noise.mean(axis=1, keepdims=True)
    spread = noise.std(axis=1, keepdims=True) + 1e-6
    result: Floats = (photos @ queries.T - mean) / spread
    return result


def query_margins(photos: Floats, queries: Floats, reference: Floats) -> Floats:
    """How far each photo stands out for each query: [N, Q] float32, in standard deviations.

    photos [N, D], queries [Q, D], reference [K, D] photos, all unit vectors.
    """
    return photo_margins(queries, photos, reference).T


def confidence(
    photos: Floats,
    queries: Floats,
    background: Floats,
    reference: Floats | None,
    calibration: dict[str, Any],
) -> Floats:
    """Probability that each photo shows what each query asks: [N, Q] float32.

    calibration: "slope" (on the photo's margin), "query_slope" (on the query's, where there is a
    reference) and "intercept" of a logistic curve, as `model.json` has them.
    """
    curve = float(calibration.get("slope", DEFAULT_SLOPE)) * photo_margins(
        photos, queries, background
    ) + float(calibration.get("intercept", DEFAULT_INTERCEPT))
    if reference is not None:
        curve = curve + float(calibration.get("query_slope", 0.0)) * query_margins(
            photos, queries, reference
        )
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
