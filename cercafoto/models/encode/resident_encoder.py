"""The encoder of a process that stays up and answers several people, or one who types fast."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from cercafoto.models.encode.encoder import Encoder
from cercafoto.models.folder import ModelFolder

Floats = NDArray[np.float32]

MOST_SENTENCES = 4096  # 8 MB at 512 floats


class ResidentEncoder(Encoder):
    """As `Encoder`, for use by several threads. Sentences are remembered: the next page of an
    answer, or the same words with one more condition, asks for nothing new."""

    def __init__(self, folder: ModelFolder) -> None:
        # One thread for each question: with `mini`, a second one made a sentence no faster and
        # took twice the processor time, which the question beside it needs.
        super().__init__(folder, threads=1)
        self._known: OrderedDict[str, Floats] = OrderedDict()
        self._lock = threading.Lock()

    def embed_texts(self, texts: Sequence[str], batch: int = 32) -> Floats:
        with self._lock:
            found = {text: self._known[text] for text in texts if text in self._known}
        new = [text for text in dict.fromkeys(texts) if text not in found]
        if new:
            # Each by itself: beside others a sentence is padded, which changes its last digits,
            # and the same words must always give the same answer.
            vectors = [super(ResidentEncoder, self).embed_texts([text])[0] for text in new]
            found |= dict(zip(new, vectors, strict=True))
        with self._lock:
            for text in texts:
                self._known[text] = found[text]
                self._known.move_to_end(text)
            while len(self._known) > MOST_SENTENCES:
                self._known.popitem(last=False)
        return np.array([found[text] for text in texts], np.float32).reshape(-1, self.dimension)
