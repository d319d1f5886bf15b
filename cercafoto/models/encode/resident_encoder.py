"""Embed sentences from several threads, caching their vectors, for long-running processes."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np

from cercafoto.base.arrays import Floats
from cercafoto.base.recent import RecentCache
from cercafoto.models.encode.encoder import Encoder
from cercafoto.models.model_folder import ModelFolder

MAX_SENTENCES = 4096  # 8 MB at 512 floats


class ResidentEncoder(Encoder):
    """An encoder for several threads that caches the vectors of sentences.

    The next page of an answer, or the same words with one more filter, then needs no embedding.
    """

    def __init__(self, folder: ModelFolder) -> None:
        # One thread for each question: with `mini`, a second thread made a sentence no faster and
        # took twice the processor time, which other questions need.
        super().__init__(folder, threads=1)
        self._sentences: RecentCache[str, Floats] = RecentCache(MAX_SENTENCES)

    def embed_texts(self, texts: Sequence[str], batch: int = 32) -> Floats:
        """Return the unit vectors of sentences, float32 [N, D], from the cache where possible.

        New sentences are embedded one by one, whatever `batch` says: in a batch they would be
        padded, which changes the last digits of a vector, and the same words must always give the
        same answer.
        """
        vectors = [
            self._sentences.get_or_make(text, partial(self._embed_alone, text)) for text in texts
        ]
        return np.array(vectors, np.float32).reshape(-1, self.dimension)

    def _embed_alone(self, text: str) -> Floats:
        vector: Floats = super().embed_texts([text])[0]
        return vector
