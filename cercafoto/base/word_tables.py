"""Lists of words, kept as text beside the code that reads them.

Words are parted by white space. A line that begins with # is a comment. In a file of several lists
each begins with its name and a colon, and goes on over the lines that begin with a space; where it
is one of phrases, each has a line of its own.
"""

from __future__ import annotations

from pathlib import Path


def read_words(path: Path) -> frozenset[str]:
    """Read a file that is one list."""
    return frozenset(word for line in _lines(path) for word in line.split())


def read_word_lists(path: Path) -> dict[str, frozenset[str]]:
    """Read a file of several lists, by name."""
    lists: dict[str, list[str]] = {}
    words: list[str] = []
    for line in _lines(path):
        if not line.startswith(" "):
            name, _, line = line.partition(":")
            words = lists[name] = []
        words += line.split()
    return {name: frozenset(words) for name, words in lists.items()}


def read_phrase_lists(path: Path) -> dict[str, list[str]]:
    """Read a file of several lists of phrases, by name, in the order of the file."""
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
