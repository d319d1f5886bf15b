"""Fit a logistic curve of a few columns."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from cercafoto.training.measure.judgments import Bools
from cercafoto.training.training_errors import InputError


def logistic(
    columns: NDArray[np.floating],
    right: Bools,
    weights: NDArray[np.floating] | None = None,
    strength: float = 100.0,
) -> tuple[float, ...]:
    """Fit a logistic curve. Return the slope of each column, then the intercept.

    columns: one row of values for each example.
    right: whether each example is right.
    weights: weights of the examples; None: all alike.
    strength: inverse of the penalty on the slopes of columns of unit spread.

    Raises InputError if all examples are right, or none is.
    """
    if right.all() or not right.any():
        raise InputError("too few judgments for a calibration: all are right, or none is")
    spread = columns.std(axis=0) + 1e-9
    if weights is not None:
        weights = weights / weights.mean()
    curve = LogisticRegression(C=strength, max_iter=2000)
    curve.fit(columns / spread, right, sample_weight=weights)
    return (*(curve.coef_[0] / spread).tolist(), float(curve.intercept_[0]))
