"""More words for the 1,000 ImageNet classes, in addition to their names, from the tables beside
this module."""

from __future__ import annotations

from pathlib import Path

from cercafoto.training.mini.named_lists import read_table

_HERE = Path(__file__).parent


def literal_names() -> dict[int, list[str]]:
    """Return class index -> names that a word-by-word translation would give the class."""
    table = read_table(_HERE / "literal_names.txt")
    return {int(index): names for index, names in table.items()}


def concepts(index: dict[str, list[int]]) -> dict[str, set[int]]:
    """Return everyday word, as people search for it -> indices of the classes that photos of it
    show.

    index: first Italian name -> indices of the classes with this name. A class without an entry is
        skipped: toy sets of classes have few.
    """
    meanings: dict[str, set[int]] = {}
    for words, names in read_table(_HERE / "concepts.txt").items():
        places = {i for name in names for i in index.get(name, [])}
        for word in words.split(","):
            if places:
                meanings.setdefault(word.strip(), set()).update(places)
    return meanings
