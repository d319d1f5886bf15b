"""Read phrases that name a collection: "nella raccolta Viaggi", "fra le foto della raccolta
Viaggi"."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from cercafoto.question.grammar.tokens import tidy, tokens
from cercafoto.question.grammar.vocabulary import (
    ARTICLES,
    FROM,
    IN,
    OF,
    PHOTOS,
    TO,
    Phrase,
    Words,
    key,
    skip,
)

AMONG = frozenset({"tra", "fra"})
BEFORE = IN | TO | OF | FROM | AMONG | ARTICLES


def read_collection(t: Words, i: int, names: Callable[[], Sequence[str]]) -> Phrase[str] | None:
    """Return the collection that the phrase at token `i` names, the longest name of several; None
    if it names none.

    names: returns the names of all collections.
    """
    if key(t, i) not in BEFORE:
        return None
    at = i + 1
    if key(t, i) in AMONG:  # "fra le foto della raccolta"
        at = skip(t, at, ARTICLES)
        at = at + 2 if key(t, at) in PHOTOS and key(t, at + 1) in OF else at
    if key(t, at) != "raccolta":
        return None
    longest = None
    for name in names():
        words = [word.text.lower() for word in tokens(tidy(name))]
        end = at + 1 + len(words)
        is_longer = longest is None or end > longest.end
        if words and is_longer and [word.text.lower() for word in t[at + 1 : end]] == words:
            longest = Phrase(end, name)
    return longest


def with_renamed(sentence: str, names: Sequence[str], old: str, new: str) -> str | None:
    """Return a sentence with the new name of a collection where it names the old one; None if its
    words can not name the collection anew.

    names: of all collections, with the old name.
    """
    named = _named_in(sentence, names)
    if old not in named:
        return sentence
    spaced = r"\s+".join(map(re.escape, old.split()))
    pattern = rf'(?i)(\braccolta\s+["\u201c«]?){spaced}(?!\w)'
    changed = re.sub(pattern, lambda match: match[1] + new, sentence)
    later = [new if name == old else name for name in names]
    wanted = [new if name == old else name for name in named]
    return changed if _named_in(changed, later) == wanted else None


def _named_in(sentence: str, names: Sequence[str]) -> list[str]:
    """Return the collections that a sentence names, in order."""
    t = tokens(tidy(sentence))
    found = (read_collection(t, i, lambda: names) for i in range(len(t)))
    return [phrase.value for phrase in found if phrase is not None]
