"""Types of arrays that many modules share, and vectors of length one."""

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
