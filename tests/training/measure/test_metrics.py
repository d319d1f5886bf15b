"""Fast figures against slow, obvious ones."""

from __future__ import annotations

import numpy as np
import pytest

from cercafoto.training.measure import metrics
from cercafoto.training.measure.metrics import (
    auc,
    average_precision,
    hits_at,
    mrr_at,
    ranks,
    ranks_among,
    ranks_by_place,
    ranks_of_any,
)


def brute_rank(row: np.ndarray, right: set[int]) -> int:
    """Return the place of the best right item; every tie counts against it."""
    best = max(row[i] for i in right)
    return 1 + sum(1 for i, value in enumerate(row) if i not in right and value >= best)


@pytest.fixture
def scores() -> np.ndarray:
    """Return rounded scores, so that ties are common."""
    return np.round(np.random.default_rng(3).normal(size=(60, 40)), 1).astype(np.float32)


def test_ranks_by_place_are_those_of_a_stable_sort(scores: np.ndarray) -> None:
    gold = np.random.default_rng(4).integers(0, 40, 60)
    order = np.argsort(-scores, axis=1, kind="stable")
    expected = [row.tolist().index(g) + 1 for row, g in zip(order, gold, strict=True)]
    assert ranks_by_place(scores, gold).tolist() == expected != ranks(scores, gold).tolist()


def test_ranks_of_any_equal_brute_force(scores: np.ndarray) -> None:
    relevant = np.random.default_rng(5).random(scores.shape) < 0.1
    relevant[:, 0] = True
    expected = [
        brute_rank(row, set(np.flatnonzero(r).tolist()))
        for row, r in zip(scores, relevant, strict=True)
    ]
    assert ranks_of_any(scores, relevant).tolist() == expected


def test_figures_from_ranks() -> None:
    rank = np.array([1, 2, 5, 6, 11])
    assert hits_at(rank, 1) == 0.2
    assert hits_at(rank, 5) == 0.6
    assert hits_at(rank, 10) == 0.8
    assert mrr_at(rank, 1) == pytest.approx(0.2)
    assert mrr_at(rank, 5) == pytest.approx((1 + 1 / 2 + 1 / 5) / 5)
    assert mrr_at(rank, 10) == pytest.approx((1 + 1 / 2 + 1 / 5 + 1 / 6) / 5)


@pytest.mark.parametrize("seed", range(3))
def test_figures_equal_brute_force(seed: int) -> None:
    """From rounded scores to recall and MRR, by loops over plain numbers."""
    rng = np.random.default_rng(seed)
    queries, items = rng.integers(1, 30, 2)
    table = np.round(rng.normal(size=(queries, items)), 1).astype(np.float32)
    gold = rng.integers(0, items, queries)
    places = []
    for row, right in zip(table.tolist(), gold.tolist(), strict=True):
        places.append(1 + sum(1 for i, x in enumerate(row) if i != right and x >= row[right]))
    rank = ranks(table, gold)
    assert rank.tolist() == places
    for k in (1, 5, 10):
        found = sum(1 for place in places if place <= k)
        assert hits_at(rank, k) == pytest.approx(found / queries)
        gained = sum(1 / place for place in places if place <= k)
        assert mrr_at(rank, k) == pytest.approx(gained / queries)


@pytest.mark.parametrize("at_once", [1, 90, 10_000])
def test_ranks_in_blocks_are_the_ranks(at_once: int, monkeypatch: pytest.MonkeyPatch) -> None:
    # Small whole numbers, whose products are exact in any order of adding.
    rng = np.random.default_rng(8)
    queries = rng.integers(-2, 3, (40, 6)).astype(np.float32)
    items = rng.integers(-2, 3, (30, 6)).astype(np.float32)
    gold = rng.integers(0, 30, 40)
    monkeypatch.setattr(metrics, "SCORES_AT_ONCE", at_once)
    assert ranks_among(queries, items, gold).tolist() == ranks(queries @ items.T, gold).tolist()
    assert ranks_among(queries[:0], items, gold[:0]).tolist() == []


def test_auc_equals_brute_force() -> None:
    rng = np.random.default_rng(6)
    high, low = np.round(rng.normal(1, 1, 50), 1), np.round(rng.normal(0, 1, 70), 1)
    pairs = [(a > b) + 0.5 * (a == b) for a in high for b in low]
    assert auc(high, low) == pytest.approx(np.mean(pairs))
    assert auc([], low) == 0.5


def test_average_precision_is_that_of_its_definition() -> None:
    rng = np.random.default_rng(0)
    for _ in range(20):
        scores = rng.normal(size=30).astype(np.float32)
        right = rng.random(30) < 0.3
        right[0] = True
        order = sorted(range(30), key=lambda i: -scores[i])
        precisions = [
            sum(right[j] for j in order[: k + 1]) / (k + 1) for k in range(30) if right[order[k]]
        ]
        assert average_precision(scores, right) == pytest.approx(np.mean(precisions))
    assert average_precision(np.array([3, 2, 1], np.float32), np.array([True, True, False])) == 1
