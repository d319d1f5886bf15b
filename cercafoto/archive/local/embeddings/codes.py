"""Vectors in one byte a dimension, and how far each can be from what it stands for.

A row x is kept as `mean + scale * spread * code`, with the mean and the spread of each dimension
that a sample of the archive had: the vectors of photos lie in a cone, and a few dimensions of many
models are far larger than the rest, which would leave nothing of 8 bits for the others. By the
inequality of Cauchy and Schwarz the cosine with a question q differs from that of the row itself by
no more than ||x - kept|| * ||q||; the first factor is kept with the row, as its `reach`.
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from cercafoto.base.arrays import Floats

Bytes = NDArray[np.int8]

LARGEST = 127  # of a code, to both sides of 0
# Of the root mean square over all dimensions: a dimension that the sample had nothing of may still
# be one of a later photo's.
LEAST_SPREAD = 0.25
# Half the distance between 1 and the next float32: what one operation may be wrong by.
ROUNDING = 2.0**-24


class Coded(NamedTuple):
    """Vectors in codes.

    codes: [n, D].
    scales, reaches: [n].
    """

    codes: Bytes
    scales: Floats
    reaches: Floats


@dataclass(frozen=True)
class Frame:
    """The frame in which all rows of a cache are coded.

    Any frame is right, one that fits leaves less to look up.

    mean, spread: [D] float32.
    """

    mean: Floats
    spread: Floats

    @classmethod
    def of(cls, sample: Floats) -> Frame:
        """Make a frame that fits rows such as these, [n, D]; n may be 0."""
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
        """Read a frame. Raises ValueError for what `text` did not write."""
        mean, spread = np.frombuffer(b64decode(text, validate=True), "<f4").reshape(2, -1)
        return cls(mean, spread)

    def text(self) -> str:
        return b64encode(np.stack([self.mean, self.spread]).astype("<f4").tobytes()).decode()

    def coded(self, rows: Floats) -> Coded:
        """Code rows [n, D] float32. A reach counts what float32 rounds off as well, here, in the
        coarse product and in the exact one."""
        work = rows - self.mean
        work /= self.spread
        largest = np.maximum(work.max(axis=1), -work.min(axis=1)) if work.size else work[:, 0]
        scales = np.maximum(largest, 1e-12) / np.float32(LARGEST)
        work /= scales[:, None]
        codes = np.rint(work, out=work).astype(np.int8)
        work *= self.spread
        work *= scales[:, None]  # what the codes say
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
        """Prepare a question: a row's coarse cosine is scale * (code @ weights [D]) + rest."""
        rest = float(self.mean.astype(np.float64) @ query.astype(np.float64))
        return np.ascontiguousarray(query * self.spread, np.float32), rest


def _lengths(rows: Floats) -> Floats:
    result: Floats = np.sqrt(np.einsum("ij,ij->i", rows, rows))
    return result
