"""Bootstrap intervals against plain loops over the same draws, and against theory."""

from __future__ import annotations

import numpy as np
import pytest

from cercafoto.training.measure import bootstrap
from cercafoto.training.measure.bootstrap import mean_intervals, replicates
from cercafoto.training.measure.metrics import hits, reciprocal

DRAWS = 40


def drawn_queries(cluster: np.ndarray, seed: int) -> list[list[int]]:
    """Return each replicate's queries: all of each photo drawn, as often as it was drawn."""
    photos = sorted(set(cluster.tolist()))
    replicate_queries = []
    for row in np.concatenate(list(replicates(len(photos), DRAWS, seed))):
        queries: list[int] = []
        for photo, times in zip(photos, row, strict=True):
            own = [q for q, c in enumerate(cluster) if c == photo]
            queries += own * int(times)
        replicate_queries.append(queries)
    return replicate_queries


@pytest.mark.parametrize("seed", range(5))
def test_intervals_equal_plain_loops(seed: int) -> None:
    rng = np.random.default_rng(seed)
    # Photos without captions in between, and ranks that tie.
    cluster = rng.integers(0, 30, 70) * 2
    rank = rng.integers(1, 15, 70)
    values = np.stack([hits(rank, 5), reciprocal(rank, 10)], axis=1)
    means = []
    for queries in drawn_queries(cluster, seed):
        means.append([sum(values[q, f] for q in queries) / len(queries) for f in range(2)])
    found = mean_intervals(values, cluster, DRAWS, seed)
    np.testing.assert_allclose(found, np.percentile(means, (2.5, 97.5), axis=0).T)


def test_small_blocks_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(7)
    cluster, values = rng.integers(0, 50, 200), rng.random((200, 1))
    whole = mean_intervals(values, cluster, 100)
    monkeypatch.setattr(bootstrap, "NUMBERS_AT_ONCE", 300)
    np.testing.assert_allclose(whole, mean_intervals(values, cluster, 100))


def test_each_replicate_draws_as_many_photos_as_there_are() -> None:
    rows = np.concatenate(list(replicates(17, 100)))
    assert rows.shape == (100, 17)
    assert (rows.sum(axis=1) == 17).all()
    assert len({tuple(row) for row in rows.tolist()}) > 90


def test_the_width_is_that_of_the_mean_of_photos() -> None:
    """Five captions of a photo that are all found, or all missed, are as much evidence as one."""
    found = (np.random.default_rng(1).random(400) < 0.3).astype(float)
    width = 2 * 1.96 * np.sqrt(found.var() / 400)
    for captions in (1, 5):
        values = np.repeat(found, captions)[:, None]
        ((low, high),) = mean_intervals(values, np.repeat(np.arange(400), captions))
        assert high - low == pytest.approx(width, rel=0.1)
        assert (low + high) / 2 == pytest.approx(found.mean(), abs=0.01)
    # Treated as independent, the captions would look surer than they are.
    ((low, high),) = mean_intervals(np.repeat(found, 5)[:, None], np.arange(2000))
    assert high - low < 0.6 * width


def test_twice_the_same() -> None:
    rng = np.random.default_rng(2)
    values, cluster = rng.random((300, 2)), rng.integers(0, 90, 300)
    np.testing.assert_array_equal(mean_intervals(values, cluster), mean_intervals(values, cluster))
    assert (mean_intervals(values, cluster, seed=1) != mean_intervals(values, cluster)).any()
