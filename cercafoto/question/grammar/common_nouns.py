"""The common nouns that are also the name of a place, listed in common_nouns.txt."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from cercafoto.base.word_tables import read_words


@cache
def common_nouns() -> frozenset[str]:
    """Return the folded words that do not name a place if they are written with a small letter."""
    return read_words(Path(__file__).with_suffix(".txt"))
