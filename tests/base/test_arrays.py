"""Vectors of length one, sets of numbers, and files of arrays."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from cercafoto.base.arrays import ascending, is_in, save, unit


def test_unit_divides_a_vector_or_each_row_by_its_length() -> None:
    vector = np.array([3, 4], np.float32)
    np.testing.assert_allclose(unit(vector), [0.6, 0.8], rtol=1e-6)
    rows = unit(np.stack([vector, 2 * vector, 0 * vector]))
    np.testing.assert_allclose(rows, [[0.6, 0.8], [0.6, 0.8], [0, 0]], rtol=1e-6)
    assert rows.dtype == np.float32


@pytest.mark.parametrize("seed", range(20))
def test_sets_of_numbers_are_those_of_numpy(seed: int) -> None:
    rng = np.random.default_rng(seed)
    numbers, among = (rng.integers(-5, 15, rng.integers(0, 12)) for _ in range(2))
    assert ascending(numbers).tolist() == np.unique(numbers).tolist()
    assert is_in(numbers, among).tolist() == np.isin(numbers, among).tolist()


def test_an_array_is_written_whole_or_the_full_disk_is_told(tmp_path: Path) -> None:
    resource = pytest.importorskip("resource", reason="Windows has no such limit")
    array = np.arange(100.0)
    save(tmp_path / "whole.npy", array)
    np.testing.assert_array_equal(np.load(tmp_path / "whole.npy"), array)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (500, hard))
    try:
        with pytest.raises(OSError, match="too large"):
            save(tmp_path / "half.npy", array)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
