"""Recognise in a photo, by the words of its captions, the concepts that queries exclude.

A photo may show a thing that its captions do not name.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from cercafoto.training.mini.named_lists import read_table

CONCEPTS = read_table(Path(__file__).with_name("caption_concepts.txt"))


def shows(concept: str, photo_texts: Iterable[Iterable[str]]) -> NDArray[np.bool_]:
    """Return for each photo whether any of its texts names the concept: bool [N].

    photo_texts: the texts of each photo.
    """
    parts = [
        rf"{re.escape(word[:-1])}\b" if word.endswith(".") else rf"{re.escape(word)}\w*"
        for word in CONCEPTS[concept]
    ]
    named = re.compile(rf"\b(?:{'|'.join(parts)})")
    return np.array([bool(named.search(" ".join(texts).lower())) for texts in photo_texts])
