"""The names of places that are also other words, listed in place_homonyms.txt."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from cercafoto.base.word_tables import read_word_lists

WORDS, ADJECTIVES = "words", "adjectives"


@cache
def place_homonyms() -> dict[str, frozenset[str]]:
    """Return name of a list -> its folded words. With a small letter and without a preposition of
    place, a word of the list WORDS names no place, and a word of ADJECTIVES names none beside
    another word."""
    return read_word_lists(Path(__file__).with_suffix(".txt"))
