"""Retrieval and classification figures from matrices of scores.

Ties are counted against us: an item that scores as high as the right one stands before it, so a
model that gives every photo the same score gets no credit.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from cercafoto.base.arrays import Floats, Ints

SCORES_AT_ONCE = 1 << 26  # 256 MB of float32


def ranks(scores: Floats, gold: Ints) -> Ints:
    """Rank, from 1, of the right item of each query.

    scores [Q, N]: one row a query.
    gold [Q]: index of its right item.
    """
    right = scores[np.arange(len(gold)), gold][:, None]
    result: Ints = (scores >= right).sum(axis=1).astype(np.int64)
    return result


def ranks_among(queries: Floats, items: Floats, gold: Ints, places: Ints | None = None) -> Ints:
    """Rank as `ranks` does, by cosine; blocks of queries keep the memory from growing.

    queries [Q, D], items [M, D]: unit vectors.
    gold [Q]: index of each query's right item.
    places [N]: the vector of each item, where several have the same one; None for one each.
    """
    block = max(1, SCORES_AT_ONCE // max(1, len(items if places is None else places)))
    parts = []
    for at in range(0, len(queries), block):
        scores = queries[at : at + block] @ items.T
        scores = scores if places is None else scores[:, places]
        parts.append(ranks(scores, gold[at : at + block]))
    return np.concatenate(parts) if parts else np.empty(0, np.int64)


def ranks_of_any(scores: Floats, relevant: NDArray[np.bool_]) -> Ints:
    """Rank, from 1, of the best-placed of several right items.

    relevant [Q, N]: each row has at least one.
    """
    best = np.where(relevant, scores, -np.inf).max(axis=1, keepdims=True)
    before = (scores >= best) & ~relevant
    result: Ints = (before.sum(axis=1) + 1).astype(np.int64)
    return result


def ranks_of_any_among(queries: Floats, items: Floats, owner: Ints) -> Ints:
    """Rank as `ranks_of_any` does, by cosine; blocks of queries keep the memory from growing.

    queries [Q, D], items [N, D]: unit vectors.
    owner [N]: the query that each item is right for; every query has one item at least.
    """
    block = max(1, SCORES_AT_ONCE // max(1, len(items)))
    parts = []
    for at in range(0, len(queries), block):
        asked = np.arange(at, min(at + block, len(queries)))
        parts.append(ranks_of_any(queries[asked] @ items.T, owner == asked[:, None]))
    return np.concatenate(parts) if parts else np.empty(0, np.int64)


def hits(rank: Ints, k: int) -> NDArray[np.float64]:
    """1 for a query whose right item is among the first k, else 0."""
    return (rank <= k).astype(np.float64)


def reciprocal(rank: Ints, k: int) -> NDArray[np.float64]:
    """1 / rank for a query whose right item is among the first k, else 0."""
    return np.where(rank <= k, 1.0 / rank, 0.0)


def hits_at(rank: Ints, k: int) -> float:
    """Share of the queries whose right item is among the first k: recall@k where a query has
    one right item, accuracy@k where it has one right class."""
    return float(hits(rank, k).mean()) if len(rank) else 0.0


def mrr_at(rank: Ints, k: int) -> float:
    """Mean reciprocal rank; it counts 0 beyond k."""
    return float(reciprocal(rank, k).mean()) if len(rank) else 0.0


def auc(present: Sequence[float] | Floats, absent: Sequence[float] | Floats) -> float:
    """Probability that a value of `present` is above one of `absent`, a tie counting half."""
    high = np.asarray(present, dtype=np.float64)
    low = np.sort(np.asarray(absent, dtype=np.float64))
    if not len(high) or not len(low):
        return 0.5
    below = np.searchsorted(low, high, side="left")
    upto = np.searchsorted(low, high, side="right")
    return float((below + upto).mean() / (2 * len(low)))
