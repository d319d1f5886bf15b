"""Measure whether confidence is a probability: are 70 % of the results right that are 70 % sure?

The method is that of Guo, Pleiss, Sun and Weinberger, "On calibration of modern neural networks",
2017: ten bins of equal width, and the expected calibration error. The error is the mean over bins,
weighted by their numbers, of the distance of mean confidence and share right.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

BINS = 10


@dataclass(frozen=True)
class Reliability:
    """Confidences in bins, lowest first; a bin includes its lower end, the last bin both ends.

    numbers [BINS]: how many confidences each bin holds.
    confidence, right [BINS]: their mean, and the share of right results; NaN in an empty bin.
    """

    numbers: NDArray[np.int64]
    confidence: NDArray[np.float64]
    right: NDArray[np.float64]

    @property
    def error(self) -> float:
        """Return the expected calibration error; NaN without any result."""
        gaps = np.nan_to_num(np.abs(self.confidence - self.right))
        total = self.numbers.sum()
        return float((self.numbers * gaps).sum() / total) if total else float("nan")

    def between(self, low: float, high: float) -> tuple[int, float]:
        """Return the number of results with a confidence between two ends of bins, and the share of
        them that is right, NaN if there are none."""
        bins = slice(round(low * BINS), round(high * BINS))
        number = int(self.numbers[bins].sum())
        right = float(np.nansum(self.numbers[bins] * self.right[bins]))
        return number, right / number if number else float("nan")

    def table(self) -> str:
        """Return a line for every bin that is not empty, and the error."""
        lines = [f"  {'confidence':12}  {'results':>7}   mean  right"]
        for at in np.flatnonzero(self.numbers):
            bounds = f"{at / BINS:.1f} to {(at + 1) / BINS:.1f}"
            figures = f"{self.confidence[at]:5.3f}  {self.right[at]:5.3f}"
            lines.append(f"  {bounds:12}  {self.numbers[at]:7}  {figures}")
        lines.append(f"  expected calibration error {self.error:.3f}")
        return "\n".join(lines)


def reliability(confidences: NDArray[np.floating[Any]], right: NDArray[np.bool_]) -> Reliability:
    """Return confidences, from 0 to 1, in bins, with the share that is right.

    confidences, right: of one shape, without doubtful results.
    """
    values = confidences.ravel().astype(np.float64)
    bins = np.minimum((values * BINS).astype(np.int64), BINS - 1)
    numbers = np.bincount(bins, minlength=BINS)
    with np.errstate(invalid="ignore"):
        mean = np.bincount(bins, values, BINS) / numbers
        share = np.bincount(bins, right.ravel(), BINS) / numbers
    return Reliability(numbers, mean, share)
