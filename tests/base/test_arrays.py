"""Vectors of length one."""

from __future__ import annotations

import numpy as np

from cercafoto.base.arrays import unit


def test_unit_divides_a_vector_or_each_row_by_its_length() -> None:
    vector = np.array([3, 4], np.float32)
    np.testing.assert_allclose(unit(vector), [0.6, 0.8], rtol=1e-6)
    rows = unit(np.stack([vector, 2 * vector, 0 * vector]))
    np.testing.assert_allclose(rows, [[0.6, 0.8], [0.6, 0.8], [0, 0]], rtol=1e-6)
    assert rows.dtype == np.float32
