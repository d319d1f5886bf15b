"""Make a model doubt some words."""

from __future__ import annotations

import numpy as np

from cercafoto.base.arrays import Floats, unit
from cercafoto.models.encode.encoder import Encoder


def all_but(encoder: Encoder, *words: str) -> Floats:
    """Return `Encoder.known_words` with which the model knows all but some words."""
    away = -unit(encoder.embed_texts(words).sum(axis=0))
    return np.array(2 * [[*away, 0.5]], np.float32)
