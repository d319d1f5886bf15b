"""Whether confidence is a probability: of what it says is 70 % sure, are 70 % right?

The table and the figure of Guo, Pleiss, Sun and Weinberger, "On calibration of modern neural
networks", 2017: ten bins of equal width, and the expected calibration error, which is the mean of
what lies between the mean confidence of a bin and its share right, weighted by the bin's number.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

BINS = 10


@dataclass(frozen=True)
class Reliability:
    """Confidences by bin, lowest first; a bin holds its lower end, the last one both.

    numbers [BINS]: how many are in each.
    confidence, right [BINS]: their mean, and the share of them that is right; NaN where there
        are none.
    """

    numbers: NDArray[np.int64]
    confidence: NDArray[np.float64]
    right: NDArray[np.float64]

    @property
    def error(self) -> float:
        """Expected calibration error; NaN where there is nothing at all."""
        gaps = np.nan_to_num(np.abs(self.confidence - self.right))
        total = self.numbers.sum()
        return float((self.numbers * gaps).sum() / total) if total else float("nan")

    def between(self, low: float, high: float) -> tuple[int, float]:
        """Return how many results lie between two ends of bins, and the share of them right."""
        bins = slice(round(low * BINS), round(high * BINS))
        number = int(self.numbers[bins].sum())
        right = float(np.nansum(self.numbers[bins] * self.right[bins]))
        return number, right / number if number else float("nan")

    def table(self) -> str:
        """A line for every bin that has any, and the error."""
        lines = [f"  {'confidence':12}  {'results':>7}   mean  right"]
        for at in np.flatnonzero(self.numbers):
            bounds = f"{at / BINS:.1f} to {(at + 1) / BINS:.1f}"
            figures = f"{self.confidence[at]:5.3f}  {self.right[at]:5.3f}"
            lines.append(f"  {bounds:12}  {self.numbers[at]:7}  {figures}")
        lines.append(f"  expected calibration error {self.error:.3f}")
        return "\n".join(lines)


def reliability(confidences: NDArray[np.floating[Any]], right: NDArray[np.bool_]) -> Reliability:
    """Sort confidences, from 0 to 1, into bins, each with whether it was right; of any one shape.

    What is doubtful is not among them.
    """
    values = confidences.ravel().astype(np.float64)
    bins = np.minimum((values * BINS).astype(np.int64), BINS - 1)
    numbers = np.bincount(bins, minlength=BINS)
    with np.errstate(invalid="ignore"):
        mean = np.bincount(bins, values, BINS) / numbers
        share = np.bincount(bins, right.ravel(), BINS) / numbers
    return Reliability(numbers, mean, share)
