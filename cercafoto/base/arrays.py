"""Types of arrays that many modules share, vectors of length one and their cosines."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]


def unit(vectors: Floats) -> Floats:
    """Divide a vector [D], or each row of [N, D], by its length; zero stays zero."""
    lengths = np.linalg.norm(vectors, axis=None if vectors.ndim == 1 else 1, keepdims=True)
    result: Floats = (vectors / np.maximum(lengths, 1e-12)).astype(np.float32, copy=False)
    return result


def cosines(rows: Floats, query: Floats) -> Floats:
    """Take the cosines of unit vectors, [n, D], with one, [D]: [n]. Row by row, not as a product of
    matrices: the same vector has the same cosine wherever it stands."""
    result: Floats = np.einsum("ij,j->i", rows, query)
    return result
