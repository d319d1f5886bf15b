"""The words that the rules of `inflection` would get wrong, listed in irregular_words.txt."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path

from cercafoto.base.word_tables import read_word_lists


def irregular(name: str) -> frozenset[str]:
    """Return the words of the list with this name in irregular_words.txt."""
    return _lists()[name]


@cache
def plurals() -> Mapping[str, str]:
    """Return singular -> plural of the words whose plural no rule gives."""
    return dict(pair.split("/") for pair in _lists()["plurals"])


@cache
def singulars() -> Mapping[str, str]:
    """Return plural -> singular of the words whose plural no rule gives."""
    return {plural: singular for singular, plural in plurals().items()}


@cache
def _lists() -> Mapping[str, frozenset[str]]:
    return read_word_lists(Path(__file__).with_suffix(".txt"))
