"""Whether the words read in two pictures say that these are two documents."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from cercafoto.archive.archive import Rows
from cercafoto.base.look_alike import look_alike
from cercafoto.base.word_stems import words_of

# Of the words of the shorter text, those that a bad reading may change.
MISREAD = 0.2


def says_other(a: str, b: str) -> bool:
    """Tell whether two texts are of two documents.

    A copy may be read with fewer words, or with some wrong letters. Two numbers in place of each
    other are two documents, even if the rest is the same: bills differ in nothing else.
    """
    first, second = words_of(a), words_of(b)
    only_first, only_second = _without(first, second), _without(second, first)
    if _has_number(only_first) and _has_number(only_second):
        return True
    return min(len(only_first), len(only_second)) > MISREAD * min(len(first), len(second))


def differ_in_text(rows: Rows) -> Callable[[int, int], bool]:
    """Return a function that tells whether words were read in two contents, and say that these are
    two documents."""
    if not rows.texts.are_read():
        return lambda a, b: False

    def differ(a: int, b: int) -> bool:
        texts = rows.texts.lines_of([a, b])
        return len(texts) == 2 and says_other(texts[a], texts[b])

    return differ


def _without(words: Iterable[str], others: Iterable[str]) -> list[str]:
    """Return the words that the others have not, even written with letters that look alike."""
    have = set(map(look_alike, others))
    return [word for word in words if look_alike(word) not in have]


def _has_number(words: Iterable[str]) -> bool:
    return any(character.isdigit() for word in words for character in word)
