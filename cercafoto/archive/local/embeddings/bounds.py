"""Compute bounds for the cosine of every row with a query, from the codes.

The codes are read block by block into memory that is reused, so a pass over a million photos needs
only a few MB. Two threads share the blocks: numpy releases the interpreter's lock while it converts
codes to floats and multiplies.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable

import numpy as np

from cercafoto.archive.local.embeddings.cache import CodeCache
from cercafoto.archive.local.embeddings.codes import Bytes
from cercafoto.archive.local.embeddings.state import BLOCK
from cercafoto.base.arrays import Floats, Ints

# Numbers multiplied at a time: 1 MB fits a core's cache, and is so little that OpenBLAS starts no
# threads of its own, which would compete with these.
TOGETHER = 2**18
THREADS = 2  # more would only wait for the memory
WORTH_A_THREAD = 8  # with fewer blocks one thread is used


def coarse(cache: CodeCache, query: Floats, blocks: Iterable[int]) -> Floats:
    """Return approximate cosines of rows with the query, from the codes: [N]. Only rows in
    `blocks`, the numbers of some blocks, have a value. Raises DamagedCacheError."""
    result = np.empty(len(cache), np.float32)
    weights, rest = cache.frame.question(query)
    waiting = list(blocks)[::-1]
    several = len(waiting) >= WORTH_A_THREAD
    trouble: list[BaseException] = []

    def work() -> None:
        try:
            read = cache.reader()
            step = max(1, TOGETHER // max(1, len(weights)))
            floats = np.empty((step, len(weights)), np.float32)
            while not trouble:
                try:
                    block = waiting.pop()
                except IndexError:
                    return
                codes, start = read(block), block * BLOCK
                for offset in range(0, len(codes), step):
                    part = codes[offset : offset + step]
                    block_floats = floats[: len(part)]
                    np.copyto(block_floats, part)
                    places = slice(start + offset, start + offset + len(part))
                    np.matmul(block_floats, weights, out=result[places])
                rows = slice(start, start + len(codes))
                result[rows] *= cache.rows["scale"][rows]
                result[rows] += np.float32(rest)
        except BaseException as error:  # raised again below, in the caller's thread
            trouble.append(error)

    helpers = [threading.Thread(target=work) for _ in range(THREADS - 1 if several else 0)]
    for helper in helpers:
        helper.start()
    work()
    for helper in helpers:
        helper.join()
    if trouble:
        raise trouble[0]
    return result


def coarse_of(cache: CodeCache, codes: Bytes, query: Floats, rows: Ints) -> Floats:
    """Return approximate cosines of these rows with the query, [n]. codes: [N, D], in memory."""
    weights, rest = cache.frame.question(query)
    result = np.empty(len(rows), np.float32)
    step = max(1, TOGETHER // max(1, len(weights)))
    for start in range(0, len(rows), step):
        part = codes[rows[start : start + step]].astype(np.float32)
        np.matmul(part, weights, out=result[start : start + len(part)])
    result *= cache.rows["scale"][rows]
    result += np.float32(rest)
    return result


class Bounds:
    """Lower and upper bounds for the cosines of rows with a query. Raises DamagedCacheError.

    among: ascending row numbers, None for all rows.
    lower, upper: float32 [n], for the rows of `among`.
    """

    def __init__(self, cache: CodeCache, query: Floats, among: Ints | None = None) -> None:
        if among is None:
            middle, reach = coarse(cache, query, range(cache.blocks)), cache.rows["reach"]
        else:
            reach = cache.rows["reach"][among]
            if cache.codes is not None:
                middle = coarse_of(cache, cache.codes, query, among)
            else:
                has_rows = np.zeros(cache.blocks, bool)
                has_rows[among // BLOCK] = True
                middle = coarse(cache, query, np.flatnonzero(has_rows).tolist())[among]
        margin = reach * (np.float32(np.linalg.norm(query)) * np.float32(1.0001))
        self.lower, self.upper = middle - margin, middle + margin

    def __len__(self) -> int:
        return len(self.upper)

    def contenders(self, k: int) -> Ints:
        """Return the positions in `upper` of the rows whose cosine may be among the k highest,
        highest upper bound first. Ties are included; 0 < k <= n."""
        least = np.partition(self.lower, len(self) - k)[len(self) - k]
        places = np.flatnonzero(self.upper >= least)
        return places[np.argsort(-self.upper[places], kind="stable")]
