"""Vectors in memory, in the place of a catalogue."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np


class Kept:
    """Vectors in memory instead of a catalogue: float32 [N, D], with ids and contents 1 to N."""

    def __init__(self, vectors: np.ndarray, purges: int = 0) -> None:
        self.vectors = vectors
        self.purges = purges

    def last_vector_id(self, model_id: int) -> int:
        return len(self.vectors)

    def vectors_after(self, model_id: int, last_id: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        for at in range(last_id, len(self.vectors), 1000):
            yield self.vectors_at(model_id, np.arange(at, min(at + 1000, len(self.vectors))) + 1)

    def vectors_at(self, model_id: int, wanted: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        wanted = wanted[(wanted > 0) & (wanted <= len(self.vectors))]
        return np.stack([wanted, wanted], axis=1), self.vectors[wanted - 1]
