"""Compare the words read in two photos, to tell two documents from two photos of one document."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from cercafoto.archive.archive import Rows
from cercafoto.base.look_alike import look_alike
from cercafoto.base.word_stems import words_of

# Share of the shorter text's words that may have been misread.
MISREAD = 0.2


def says_other(a: str, b: str) -> bool:
    """Whether two texts come from two different documents.

    A second photo of one document may have fewer words read, or some wrong letters. But if each
    text has a number that the other lacks, they come from two documents even if the rest is the
    same, as often in bills.
    """
    first, second = words_of(a), words_of(b)
    only_first, only_second = _without(first, second), _without(second, first)
    if _has_number(only_first) and _has_number(only_second):
        return True
    return min(len(only_first), len(only_second)) > MISREAD * min(len(first), len(second))


def differ_in_text(rows: Rows) -> Callable[[int, int], bool]:
    """Return a function that returns True if the words read in two contents show two different
    documents. It returns False if one of the contents has no words."""
    if not rows.texts.are_read():
        return lambda a, b: False

    def differ(a: int, b: int) -> bool:
        texts = rows.texts.lines_of([a, b])
        return len(texts) == 2 and says_other(texts[a], texts[b])

    return differ


def _without(words: Iterable[str], others: Iterable[str]) -> list[str]:
    """Return the words that are not in `others`, even if letters that look alike count as equal."""
    known = set(map(look_alike, others))
    return [word for word in words if look_alike(word) not in known]


def _has_number(words: Iterable[str]) -> bool:
    return any(character.isdigit() for word in words for character in word)
