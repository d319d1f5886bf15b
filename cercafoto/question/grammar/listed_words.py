"""The words of the text files in this folder, all folded."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from cercafoto.base.word_tables import read_word_lists, read_words

WORDS, ADJECTIVES = "words", "adjectives"
EATEN, TOLD_AS_FOOD = "eaten", "told as food"


@cache
def common_nouns() -> frozenset[str]:
    """Return the words that do not name a place if they are written with a small letter."""
    return read_words(Path(__file__).with_name("common_nouns.txt"))


@cache
def given_names() -> frozenset[str]:
    """Return the given names, which name a place only after a preposition of place."""
    return read_words(Path(__file__).with_name("given_names.txt"))


@cache
def pet_names() -> frozenset[str]:
    """Return the words that are also names of animals: "Pepe", "Nuvola"."""
    return _of_pets()[EATEN] | _of_pets()["others"]


def is_food(name: str, after: str) -> bool:
    """Whether a word that is also the name of an animal means food before a word behind "in" or
    "sul": "pepe in grani", "miele sul pane"."""
    return name in _of_pets()[EATEN] and after in _of_pets()[TOLD_AS_FOOD]


@cache
def _of_pets() -> dict[str, frozenset[str]]:
    return read_word_lists(Path(__file__).with_name("pet_names.txt"))


@cache
def place_homonyms() -> dict[str, frozenset[str]]:
    """Return name of a list -> names of places that are also other words. With a small letter and
    without a preposition of place, a word of the list WORDS names no place, and a word of
    ADJECTIVES names none beside another word."""
    return read_word_lists(Path(__file__).with_name("place_homonyms.txt"))


@cache
def verbs() -> frozenset[str]:
    """Return the verbs that say what someone does in a photo, all in the third person."""
    return read_words(Path(__file__).with_name("verbs.txt"))
