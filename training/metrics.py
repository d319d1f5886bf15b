"""Retrieval and classification figures from matrices of scores.

Ties are counted against us: an item that scores as high as the right one stands before it, so a
model that gives every photo the same score gets no credit.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Integers = NDArray[np.int64]


def ranks(scores: Floats, gold: Integers) -> Integers:
    """Rank, from 1, of the right item of each query.

    scores [Q, N]: one row a query. gold [Q]: index of its right item.
    """
    right = scores[np.arange(len(gold)), gold][:, None]
    result: Integers = (scores >= right).sum(axis=1).astype(np.int64)
    return result


def ranks_of_any(scores: Floats, relevant: NDArray[np.bool_]) -> Integers:
    """Rank, from 1, of the best-placed of several right items; relevant [Q, N], each row with
    at least one."""
    best = np.where(relevant, scores, -np.inf).max(axis=1, keepdims=True)
    before = (scores >= best) & ~relevant
    result: Integers = (before.sum(axis=1) + 1).astype(np.int64)
    return result


def hits_at(rank: Integers, k: int) -> float:
    """Share of the queries whose right item is among the first k: recall@k where a query has
    one right item, accuracy@k where it has one right class."""
    return float((rank <= k).mean()) if len(rank) else 0.0


def mrr_at(rank: Integers, k: int) -> float:
    """Mean reciprocal rank; it counts 0 beyond k."""
    return float(np.where(rank <= k, 1.0 / rank, 0.0).mean()) if len(rank) else 0.0


def auc(present: Sequence[float] | Floats, absent: Sequence[float] | Floats) -> float:
    """Probability that a value of `present` is above one of `absent`, a tie counting half."""
    high = np.asarray(present, dtype=np.float64)
    low = np.sort(np.asarray(absent, dtype=np.float64))
    if not len(high) or not len(low):
        return 0.5
    below = np.searchsorted(low, high, side="left")
    upto = np.searchsorted(low, high, side="right")
    return float((below + upto).mean() / (2 * len(low)))
