"""Thread-safe encoder with a text-vector cache, for long-running processes."""

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
    """An encoder for use by several threads, which remembers the sentences it has embedded.

    The next page of an answer, or the same words with one more condition, then costs nothing.
    """

    def __init__(self, folder: ModelFolder) -> None:
        # One thread for each question: with `mini`, a second one made a sentence no faster and
        # took twice the processor time, which the question beside it needs.
        super().__init__(folder, threads=1)
        self._sentences: RecentCache[str, Floats] = RecentCache(MAX_SENTENCES)

    def embed_texts(self, texts: Sequence[str], batch: int = 32) -> Floats:
        """Embed sentences as `Encoder.embed_texts` does, each new one by itself.

        Beside others a sentence is padded, which changes its last digits, and the same words must
        always give the same answer.
        """
        vectors = [
            self._sentences.get_or_make(text, partial(self._embed_alone, text)) for text in texts
        ]
        return np.array(vectors, np.float32).reshape(-1, self.dimension)

    def _embed_alone(self, text: str) -> Floats:
        vector: Floats = super().embed_texts([text])[0]
        return vector
