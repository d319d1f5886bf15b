"""Split a question into alternatives: of "cane o gatto", a photo need show only one.

Each alternative is the whole sentence with only one of the things: "un uomo con un cane o un gatto"
becomes "un uomo con un cane" and "un uomo con un gatto". Brackets say where the things begin and
end: "(gatto sul divano o cane) in casa" is "gatto sul divano in casa" and "cane in casa".
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from cercafoto.question.brackets import Group
from cercafoto.question.grammar.exclusion_phrases import SCENE
from cercafoto.question.grammar.listed_words import verbs
from cercafoto.question.grammar.tokens import Token, join, word_set
from cercafoto.question.grammar.vocabulary import (
    AND,
    ARTICLES,
    COLOURS,
    FROM,
    IN,
    NUMBERS,
    OF,
    ON,
    OR,
    TO,
    key,
)

# Words beside which "o" joins no alternatives: "più o meno", "prima o poi", "o altro".
LOOSE = word_set(
    "piu meno prima poi piuttosto qualcosa altro altra altri altre simile simili no senza"
)
# Words with which a thing begins. Alternatives begin with words of the same kind: "un cane o un
# gatto", "al mare o in montagna", "di mele o di pere".
KINDS = (ARTICLES, TO | IN | ON, frozenset({"con", "col"}), FROM, OF)
BEGINNINGS = frozenset[str]().union(*KINDS)
ENDS = frozenset(",;.:()?!") | AND - OR


MOST = 10  # each is searched for on its own


@cache
def _stops() -> frozenset[str]:
    """Return the words after which the first alternative may begin without an article."""
    return ARTICLES | SCENE | OF | verbs() | ENDS - {","}


@cache
def _not_beside() -> frozenset[str]:
    return LOOSE | OR | verbs()


@cache
def _after() -> frozenset[str]:
    return SCENE | ENDS | verbs()


def alternatives_of(words: Sequence[Token], groups: Sequence[Group] = ()) -> tuple[str, ...]:
    """Return the alternatives of a sentence as whole sentences, in order; () if it has none, or
    more than MOST.

    groups: what brackets group, by `Token.at`. Each thing in a group goes with the rest of the
        sentence.
    """
    sentences = [list(words)]
    for begin, end, lists in groups:
        pieces = _pieces([word for word in words if begin <= word.at < end], lists)
        if len(pieces) > 1:
            if len(sentences) * len(pieces) > MOST:
                return ()
            sentences = [
                _in_place(sentence, begin, end, piece) for sentence in sentences for piece in pieces
            ]
    whole = [each for sentence in sentences for each in _split(sentence) or [sentence]]
    different = tuple(dict.fromkeys(join(each).replace(" ,", ",") for each in whole))
    return different if 1 < len(different) <= MOST else ()


def _in_place(sentence: Sequence[Token], begin: int, end: int, piece: list[Token]) -> list[Token]:
    """Return a sentence with one piece of a group in place of the group."""
    before = [word for word in sentence if word.at < begin]
    return [*before, *piece, *(word for word in sentence if word.at >= end)]


def _pieces(inside: Sequence[Token], lists: bool) -> list[list[Token]]:
    """Return the things that "o" divides in a group; [] if it divides nothing.

    lists: whether commas divide things too.
    """
    if not any(_divides(inside, i) for i in range(len(inside))):
        return []
    pieces: list[list[Token]] = [[]]
    for i, word in enumerate(inside):
        if (lists and word.key == ",") or _divides(inside, i):
            pieces.append([])
        else:
            pieces[-1].append(word)
    return _with_their_thing(list(filter(None, pieces)))


def _divides(words: Sequence[Token], i: int) -> bool:
    return words[i].key in OR and not {key(words, i - 1), key(words, i + 1)} & LOOSE


def _with_their_thing(pieces: list[list[Token]]) -> list[list[Token]]:
    """Return some pieces, of which those after the first may be only colours of its thing: "una
    maglia rossa o blu"."""
    if len(pieces) > 1 and all(word.key in COLOURS for piece in pieces[1:] for word in piece):
        thing = pieces[0][:-1]
        return [pieces[0], *([*thing, *piece] for piece in pieces[1:])]
    return pieces


def _split(words: Sequence[Token]) -> list[list[Token]]:
    """Return the alternatives of a sentence without brackets; [] if it has none."""
    at = [i for i, word in enumerate(words) if word.key in OR]
    begin = _begin(words, at[0]) if at else None
    if begin is None or len(at) >= MOST or not all(_is_between(words, i) for i in at):
        return []
    end = _end(words, at[-1])
    cuts = [i for i in range(begin, end) if words[i].key in OR | {","}]
    bounds = zip([begin, *(cut + 1 for cut in cuts)], [*cuts, end], strict=True)
    pieces = [list(words[a:b]) for a, b in bounds]
    if not all(pieces):
        return []
    return [[*words[:begin], *piece, *words[end:]] for piece in _with_their_thing(pieces)]


def _is_between(words: Sequence[Token], i: int) -> bool:
    """Whether the "o" at `i` is between two things, not beside a verb, number or word of LOOSE."""
    before, after = key(words, i - 1), key(words, i + 1)
    if not before[:1].isalpha() or not after[:1].isalpha():
        return False
    if after in NUMBERS.keys() - ARTICLES:
        return False
    return not {before, after} & _not_beside()


def _begin(words: Sequence[Token], i: int) -> int | None:
    """Return where the first alternative begins, if the first "o" stands at `i`; None if there is
    no such place.

    The first alternative begins with the same kind of word as the one after the "o": "con un cane o
    con un gatto".
    """
    kind = next((kind for kind in KINDS if key(words, i + 1) in kind), frozenset[str]())
    begin = None
    at = i - 1
    while at >= 0 and words[at].key not in ENDS:
        if words[at].key in kind:
            begin = at
            if key(words, at - 1) != ",":
                return at
        if not kind and (at == 0 or key(words, at - 1) in _stops()):
            return at
        at -= 1
        if key(words, at) == "," and (not kind or key(words, at + 1) in kind):
            at -= 1  # "un cane, un gatto o un cavallo"
    return begin


def _end(words: Sequence[Token], i: int) -> int:
    """Return where the last alternative ends, if the last "o" stands at `i`: before a verb or a
    preposition, which belong to all alternatives."""
    at = i + 1
    while key(words, at) in BEGINNINGS:
        at += 1
    at += 1
    while at < len(words) and words[at].key not in _after():
        at += 1
    return min(at, len(words))
