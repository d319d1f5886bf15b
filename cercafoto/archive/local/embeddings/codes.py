"""Code vectors in one byte a dimension, with a bound for the error of each.

A row x is stored as `mean + scale * spread * code`. Mean and spread of each dimension come from a
sample of the archive: the vectors of photos lie in a cone, and in many models a few dimensions are
far larger than the rest, so that without them 8 bits would not suffice for the others. By the
Cauchy-Schwarz inequality the cosine of the stored row with a query q is wrong by at most
||x - stored|| * ||q||. The first factor is stored too, as the row's `reach`.
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from cercafoto.base.arrays import Floats

Bytes = NDArray[np.int8]

LARGEST = 127  # codes are from -127 to 127
# The least spread of a dimension, as a share of the root mean square of all spreads: a dimension
# that is constant in the sample may vary in later photos.
LEAST_SPREAD = 0.25
# Half the distance between 1 and the next float32: the largest relative error of one operation.
ROUNDING = 2.0**-24


class Coded(NamedTuple):
    """Vectors as codes [n, D], scales [n], and reaches [n], which bound the errors."""

    codes: Bytes
    scales: Floats
    reaches: Floats


class Frame(NamedTuple):
    """Mean and spread of each dimension, [D] float32, by which all rows of a cache are coded.

    Search results are exact with any frame; with one that fits, fewer vectors must be looked up.
    """

    mean: Floats
    spread: Floats

    @classmethod
    def of(cls, sample: Floats) -> Frame:
        """Return a frame that fits vectors like these, [n, D]; n may be 0."""
        dimension = sample.shape[1]
        if not len(sample):
            return cls(np.zeros(dimension, np.float32), np.ones(dimension, np.float32))
        spread = sample.std(axis=0, dtype=np.float64)
        usual = float(np.sqrt(np.mean(spread**2))) or 1.0
        spread = np.maximum(spread, LEAST_SPREAD * usual)
        return cls(
            sample.mean(axis=0, dtype=np.float64).astype(np.float32), spread.astype(np.float32)
        )

    @classmethod
    def from_text(cls, text: str) -> Frame:
        """Return the frame that `Frame.text` wrote. Raises ValueError for any other text."""
        mean, spread = np.frombuffer(b64decode(text, validate=True), "<f4").reshape(2, -1)
        return cls(mean, spread)

    def text(self) -> str:
        return b64encode(np.stack([self.mean, self.spread]).astype("<f4").tobytes()).decode()

    def coded(self, rows: Floats) -> Coded:
        """Return the codes of vectors, [n, D] float32. The reaches include the rounding of float32,
        here and in later products with the codes and the vectors."""
        work = rows - self.mean
        work /= self.spread
        largest = np.maximum(work.max(axis=1), -work.min(axis=1)) if work.size else work[:, 0]
        scales = np.maximum(largest, 1e-12) / np.float32(LARGEST)
        work /= scales[:, None]
        codes = np.rint(work, out=work).astype(np.int8)
        work *= self.spread
        work *= scales[:, None]  # the decoded rows, without the mean
        steps = _lengths(work)
        work += self.mean
        work -= rows
        missed = _lengths(work)
        # A sum of D products is wrong by at most D roundings of the product of the two lengths
        # (Higham, "Accuracy and Stability of Numerical Algorithms", 3.1); a few more for the
        # operations around it.
        sizes = _lengths(rows) + steps + float(np.linalg.norm(self.mean))
        reaches = missed * 1.001 + (rows.shape[1] + 16) * ROUNDING * sizes
        return Coded(codes, scales.astype(np.float32), reaches.astype(np.float32))

    def question(self, query: Floats) -> tuple[Floats, float]:
        """Return (weights [D], rest) for a query: a row's coarse cosine is
        scale * (code @ weights) + rest."""
        rest = float(self.mean.astype(np.float64) @ query.astype(np.float64))
        return np.ascontiguousarray(query * self.spread, np.float32), rest


def _lengths(rows: Floats) -> Floats:
    result: Floats = np.sqrt(np.einsum("ij,ij->i", rows, rows))
    return result
