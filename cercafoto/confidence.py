"""From cosines to a confidence between 0 and 1.

A raw cosine means nothing to a person: one model's 0.25 is another's 0.6, and some photos are
close to every sentence. So the cosine of a photo with the query is compared with the cosines of
the same photo with a fixed background of Italian captions, in standard deviations; that margin
means the same for any model, and a logistic curve, fitted on photos that the model has not seen,
turns it into a probability.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

# For a model without figures of its own: the photo must stand three standard deviations nearer
# to the query than to the background before it counts as likely as not.
DEFAULT_SLOPE = 2.0
DEFAULT_INTERCEPT = -6.0


def margins(photos: Floats, queries: Floats, background: Floats) -> Floats:
    """How far each photo stands out for each query: [N, Q] float32, in standard deviations.

    photos [N, D], queries [Q, D], background [K, D], all unit vectors.
    """
    noise = photos @ background.T
    mean = noise.mean(axis=1, keepdims=True)
    spread = noise.std(axis=1, keepdims=True) + 1e-6
    result: Floats = (photos @ queries.T - mean) / spread
    return result


def confidence(margin: Floats, calibration: dict[str, Any]) -> Floats:
    """Logistic curve over the margin; `calibration` is that of `model.json`. Same shape."""
    slope = float(calibration.get("slope", DEFAULT_SLOPE))
    intercept = float(calibration.get("intercept", DEFAULT_INTERCEPT))
    result: Floats = (1.0 / (1.0 + np.exp(-(slope * margin + intercept)))).astype(np.float32)
    return result


# Two photos of different things rarely come nearer than this; a copy scores 1.
UNLIKE, ALIKE = 0.3, 0.9


def resemblance(cosines: Floats) -> Floats:
    """Confidence that photos resemble an example, from their cosines with it: a straight line
    from 0 at `UNLIKE` to 1 at `ALIKE`. Same shape."""
    result: Floats = np.clip((cosines - UNLIKE) / (ALIKE - UNLIKE), 0.0, 1.0).astype(np.float32)
    return result
