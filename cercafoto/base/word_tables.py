"""Read lists of words from the text files beside the code that uses them.

Words are separated by white space. Lines that begin with # are comments. In a file of several lists
each list begins with "name:" and continues on the lines that begin with a space. In a list of
phrases each of these lines is one phrase.
"""

from __future__ import annotations

from pathlib import Path


def read_words(path: Path) -> frozenset[str]:
    """Return the words in a file that holds a single list."""
    return frozenset(word for line in _lines(path) for word in line.split())


def read_word_lists(path: Path) -> dict[str, frozenset[str]]:
    """Return the word lists in a file: name of the list -> words."""
    return {name: frozenset(words) for name, words in read_ordered_lists(path).items()}


def read_ordered_lists(path: Path) -> dict[str, list[str]]:
    """Return the word lists in a file: name of the list -> words in the order of the file."""
    lists: dict[str, list[str]] = {}
    words: list[str] = []
    for line in _lines(path):
        if not line.startswith(" "):
            name, _, line = line.partition(":")
            words = lists[name] = []
        words += line.split()
    return lists


def read_phrase_lists(path: Path) -> dict[str, list[str]]:
    """Return the phrase lists in a file: name of the list -> phrases in the order of the file."""
    lists: dict[str, list[str]] = {}
    phrases: list[str] = []
    for line in _lines(path):
        if line.startswith(" "):
            phrases.append(line.strip())
        else:
            phrases = lists[line.strip().removesuffix(":")] = []
    return lists


def _lines(path: Path) -> list[str]:
    lines = path.read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line.strip() and not line.startswith("#")]
