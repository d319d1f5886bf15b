"""Whether confidence is right as often as it says."""

from __future__ import annotations

import numpy as np
import pytest

from cercafoto.training.measure.reliability import BINS, reliability


def test_bins_and_error_by_hand() -> None:
    confidences = np.array([[0.0, 0.05, 0.1], [0.75, 0.79, 1.0]])
    right = np.array([[False, True, False], [True, True, False]])
    table = reliability(confidences, right)
    assert table.numbers.tolist() == [2, 1, 0, 0, 0, 0, 0, 2, 0, 1]
    assert table.confidence[[0, 1, 7, 9]] == pytest.approx([0.025, 0.1, 0.77, 1.0])
    assert table.right[[0, 1, 7, 9]].tolist() == [0.5, 0.0, 1.0, 0.0]
    assert np.isnan(table.right[2])
    gaps = 2 * abs(0.025 - 0.5) + 0.1 + 2 * abs(0.77 - 1) + 1
    assert table.error == pytest.approx(gaps / 6)
    lines = table.table().splitlines()
    assert len(lines) == 6  # heading, four bins that have any, error
    assert lines[3].split() == ["0.7", "to", "0.8", "2", "0.770", "1.000"]
    assert lines[-1].endswith(f"{gaps / 6:.3f}")


def test_the_error_is_that_of_a_slow_count() -> None:
    rng = np.random.default_rng(0)
    confidences = rng.uniform(size=5000).astype(np.float32)
    right = rng.uniform(size=5000) < confidences**2
    expected = 0.0
    for at in range(BINS):
        here = [i for i, sure in enumerate(confidences) if at / BINS <= sure < (at + 1) / BINS]
        mean = sum(float(confidences[i]) for i in here) / len(here)
        expected += len(here) / 5000 * abs(mean - sum(right[i] for i in here) / len(here))
    assert reliability(confidences, right).error == pytest.approx(expected, abs=1e-6)
    # x - x² is 1/6 on average; a probability that is one has next to none.
    assert expected == pytest.approx(1 / 6, abs=0.02)
    honest = rng.uniform(size=5000) < confidences
    assert reliability(confidences, honest).error < 0.03


def test_nothing_has_no_error() -> None:
    empty = reliability(np.empty(0), np.empty(0, dtype=bool))
    assert np.isnan(empty.error)
    assert empty.numbers.sum() == 0
