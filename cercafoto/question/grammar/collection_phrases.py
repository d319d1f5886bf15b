"""Read phrases that name a collection: "nella raccolta Viaggi", "fra le foto della raccolta
Viaggi"."""

from __future__ import annotations

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
