"""The given names of persons, listed in given_names.txt."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from cercafoto.base.word_tables import read_words


@cache
def given_names() -> frozenset[str]:
    """Return the folded given names, which name a place only after a preposition of place."""
    return read_words(Path(__file__).with_suffix(".txt"))
