"""Compute retrieval and classification figures from matrices of scores.

Ties count against the model: an item that scores as high as the right one stands before it. So a
model that gives every photo the same score gets no credit.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cercafoto.base.arrays import Floats, Ints

SCORES_AT_ONCE = 1 << 26  # 256 MB of float32


def ranks(scores: Floats, gold: Ints) -> Ints:
    """Return the rank, from 1, of the right item of each query.

    scores [Q, N]: one row a query.
    gold [Q]: index of its right item.
    """
    right = scores[np.arange(len(gold)), gold][:, None]
    result: Ints = (scores >= right).sum(axis=1).astype(np.int64)
    return result


def ranks_by_place(scores: Floats, gold: Ints) -> Ints:
    """Return ranks as `ranks` does, except that the earlier of two equal scores is first.

    A top-k gives one of them the better rank too.
    """
    right = scores[np.arange(len(gold)), gold][:, None]
    earlier = np.arange(scores.shape[1]) < gold[:, None]
    before = (scores > right) | ((scores == right) & earlier)
    result: Ints = (before.sum(axis=1) + 1).astype(np.int64)
    return result


def ranks_among(queries: Floats, items: Floats, gold: Ints, places: Ints | None = None) -> Ints:
    """Return ranks as `ranks` does, by cosine, a bounded block of queries at a time.

    queries [Q, D], items [M, D]: unit vectors.
    gold [Q]: index of each query's right item.
    places [N]: index of each item's vector, if several items share one; None: one vector each.
    """
    block = max(1, SCORES_AT_ONCE // max(1, len(items if places is None else places)))
    parts = []
    for at in range(0, len(queries), block):
        scores = queries[at : at + block] @ items.T
        scores = scores if places is None else scores[:, places]
        parts.append(ranks(scores, gold[at : at + block]))
    return np.concatenate(parts) if parts else np.empty(0, np.int64)


def ranks_of_any(scores: Floats, relevant: NDArray[np.bool_]) -> Ints:
    """Return the rank, from 1, of the best-placed of several right items.

    relevant [Q, N]: each row has at least one.
    """
    best = np.where(relevant, scores, -np.inf).max(axis=1, keepdims=True)
    before = (scores >= best) & ~relevant
    result: Ints = (before.sum(axis=1) + 1).astype(np.int64)
    return result


def ranks_of_any_among(queries: Floats, items: Floats, owner: Ints) -> Ints:
    """Return ranks as `ranks_of_any` does, by cosine, a bounded block of queries at a time.

    queries [Q, D], items [N, D]: unit vectors.
    owner [N]: the query that each item is right for; every query has at least one.
    """
    block = max(1, SCORES_AT_ONCE // max(1, len(items)))
    parts = []
    for at in range(0, len(queries), block):
        asked = np.arange(at, min(at + block, len(queries)))
        parts.append(ranks_of_any(queries[asked] @ items.T, owner == asked[:, None]))
    return np.concatenate(parts) if parts else np.empty(0, np.int64)


def hits(rank: Ints, k: int) -> NDArray[np.float64]:
    """Return 1 for each query whose right item is among the first k, else 0."""
    return (rank <= k).astype(np.float64)


def reciprocal(rank: Ints, k: int) -> NDArray[np.float64]:
    """Return 1 / rank for each query whose right item is among the first k, else 0."""
    return np.where(rank <= k, 1.0 / rank, 0.0)


def hits_at(rank: Ints, k: int) -> float:
    """Return the share of the queries whose right item is among the first k.

    It is recall@k if a query has one right item, accuracy@k if it has one right class.
    """
    return float(hits(rank, k).mean()) if len(rank) else 0.0


def mrr_at(rank: Ints, k: int) -> float:
    """Return the mean reciprocal rank, 0 beyond k."""
    return float(reciprocal(rank, k).mean()) if len(rank) else 0.0


def auc(present: Sequence[float] | Floats, absent: Sequence[float] | Floats) -> float:
    """Return the probability that a value of `present` is above one of `absent`; ties are half."""
    high = np.asarray(present, dtype=np.float64)
    low = np.sort(np.asarray(absent, dtype=np.float64))
    if not len(high) or not len(low):
        return 0.5
    below = np.searchsorted(low, high, side="left")
    upto = np.searchsorted(low, high, side="right")
    return float((below + upto).mean() / (2 * len(low)))


def share(values: NDArray[np.bool_]) -> float:
    """Return the share of values that are true, NaN of no values."""
    return float(values.mean()) if len(values) else float("nan")


def average_precision(scores: NDArray[np.floating[Any]], right: NDArray[np.bool_]) -> float:
    """Return the mean of the precision at every right photo, by falling score."""
    in_order = right[np.argsort(-scores, kind="stable")]
    at = np.flatnonzero(in_order)
    return float(np.mean(np.arange(1, len(at) + 1) / (at + 1)))
