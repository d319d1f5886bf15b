"""Lists of words, kept as text beside the code that reads them.

Words are parted by white space. A line that begins with # is a comment. In a file of several lists
each begins with its name and a colon, and goes on over the lines that begin with a space.
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


def _lines(path: Path) -> list[str]:
    lines = path.read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line.strip() and not line.startswith("#")]
