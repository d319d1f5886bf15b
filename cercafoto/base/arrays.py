"""Array types that many modules share, and cosines of vectors of length one."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]


def unit(vectors: Floats) -> Floats:
    """Return a vector [D], or each row of [N, D], scaled to length one; zeros stay zeros."""
    lengths = np.linalg.norm(vectors, axis=None if vectors.ndim == 1 else 1, keepdims=True)
    result: Floats = (vectors / np.maximum(lengths, 1e-12)).astype(np.float32, copy=False)
    return result


def cosines(rows: Floats, query: Floats) -> Floats:
    """Return the cosines [n] of the unit vectors `rows` [n, D] with the unit vector `query` [D]."""
    # Not a matrix product: its rounding of a row depends on the rows around it.
    result: Floats = np.einsum("ij,j->i", rows, query)
    return result
