"""Array types that many modules share, cosines of vectors of length one, sets of numbers, files.

`ascending` and `is_in` stand for np.unique and np.isin in a search of an archive on this machine:
those import numpy.ma, 13 ms of processor time.
"""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]


def ascending(numbers: Ints) -> Ints:
    """Return the numbers [n] in ascending order, each once. Ten times faster than np.unique."""
    ordered = np.sort(numbers)
    return ordered[np.diff(ordered, prepend=ordered[:1] - 1) > 0]


def is_in(numbers: Ints, among: Ints) -> NDArray[np.bool_]:
    """Return for each number [n] whether it is one of `among` [m]. Fast if `among` is ascending."""
    if not (len(among) and len(numbers)):
        return np.zeros(len(numbers), np.bool_)
    ordered = among if (among[1:] >= among[:-1]).all() else np.sort(among)
    found: NDArray[np.bool_] = (
        ordered[np.minimum(np.searchsorted(ordered, numbers), len(ordered) - 1)] == numbers
    )
    return found


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


def save(path: Path, array: NDArray[Any]) -> None:
    """Write an array as a .npy file. Raises OSError, also if the disk is full, of which `np.save`
    to a file does not always tell."""
    content = io.BytesIO()
    np.save(content, array, allow_pickle=False)
    path.write_bytes(content.getbuffer())
