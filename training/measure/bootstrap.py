"""Bootstrap intervals of figures: how far they would move on other photos of the same kind.

Photos are drawn with replacement, each with all its captions: the captions of one photo are found
or missed together, and drawn one by one they would look like more evidence than they are. The
interval is the percentile interval (Efron and Tibshirani, An Introduction to the Bootstrap,
1993, chapter 13). It says nothing about photos of another kind, nor about another training run.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from cercafoto.base.arrays import Ints

Doubles = NDArray[np.float64]

DRAWS = 2000  # the third digit of an interval's ends no longer moves with the seed
SEED = 0
PERCENTILES = (2.5, 97.5)
NUMBERS_AT_ONCE = 1 << 22  # 32 MB


def replicates(clusters: int, draws: int = DRAWS, seed: int = SEED) -> Iterator[Ints]:
    """Yield how often each cluster is drawn, in blocks [b, clusters].

    All blocks together have `draws` rows; each row sums to `clusters`.
    """
    rng = np.random.default_rng(seed)
    block = max(1, NUMBERS_AT_ONCE // clusters)
    for at in range(0, draws, block):
        rows = min(block, draws - at)
        drawn = rng.integers(0, clusters, (rows, clusters))
        drawn += np.arange(rows)[:, None] * clusters
        counts = np.bincount(drawn.ravel(), minlength=rows * clusters)
        yield counts.reshape(rows, clusters)


def mean_intervals(values: Doubles, cluster: Ints, draws: int = DRAWS, seed: int = SEED) -> Doubles:
    """Return 95 % intervals of the means of the columns: [F, 2], lower and upper end.

    values [Q, F]: what each query scores in each figure.
    cluster [Q]: the photo that each query belongs to.
    """
    _, own = np.unique(cluster, return_inverse=True)
    queries = np.bincount(own).astype(np.float64)
    sums = np.stack([np.bincount(own, weights=column) for column in values.T], axis=1)
    means = [
        (times @ sums) / (times @ queries)[:, None]
        for times in (block.astype(np.float64) for block in replicates(len(queries), draws, seed))
    ]
    ends: Doubles = np.percentile(np.concatenate(means), PERCENTILES, axis=0).T
    return ends
