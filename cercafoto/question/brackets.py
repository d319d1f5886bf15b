"""Read the brackets of a sentence: what stands beside "(un gatto o un cane)" goes with each of the
two, and "(gatto sul divano) o (cane in giardino)" are two things.

Brackets group only words that "o" joins. They are no text for the model, so all of them leave the
sentence; where one shows what an exclusion is about, a comma takes its place.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from cercafoto.question.grammar.exclusion_phrases import EXCEPT, MARKS, NO
from cercafoto.question.grammar.tokens import Token
from cercafoto.question.grammar.vocabulary import OR, key

BRACKETS = frozenset("()")
EXCLUDING = EXCEPT | NO | {"non", "parte", "eccezione", "meno"}
ODD = "una parentesi senza la sua compagna, o dentro un'altra, è ignorata"


class Group(NamedTuple):
    """Words that "o" divides into alternatives: those from index `begin` to before `end`.

    lists: whether commas divide them too: "(gatto, cane o topo)", not "(mare, sole) o (neve)".
    """

    begin: int
    end: int
    lists: bool


class Bracketed(NamedTuple):
    """The words of a sentence without its brackets.

    words: numbered anew.
    groups: what the brackets group, in order.
    notes: what the person should know, in Italian.
    """

    words: list[Token]
    groups: tuple[Group, ...] = ()
    notes: tuple[str, ...] = ()


def read_brackets(typed: Sequence[Token]) -> Bracketed:
    """Return the words of a sentence without its brackets, and what these group."""
    keys = [word.key for word in typed]
    if BRACKETS.isdisjoint(keys):
        return Bracketed(list(typed))
    odd = odd_brackets(keys)
    words, pairs = list[Token](), list[tuple[int, int]]()
    begin = 0
    excludes = False  # whether a word that excludes stands since the last comma
    for at, word in enumerate(typed):
        if word.key not in BRACKETS:
            glued = word.glued and (word.key in MARKS or key(typed, at - 1) not in BRACKETS)
            words.append(word._replace(at=len(words), glued=glued))
            excludes = word.key in EXCLUDING or (excludes and word.key != ",")
        elif at not in odd:
            if word.key == "(" and word.glued and key(words, len(words) - 1) == "-":
                words[-1] = words[-1]._replace(key="senza")  # "mare -(gatto o cane)"
                excludes = True
            if word.key == ")" and not excludes and begin < len(words):
                pairs.append((begin, len(words)))
            is_last = at + 1 == len(typed) or key(typed, at + 1) in MARKS
            if excludes and key(words, len(words) - 1) not in EXCLUDING and not is_last:
                # "mare (senza persone) e monti", "senza persone (al mare)"
                words.append(Token(",", ",", len(words), glued=True))
                excludes = False
            begin = len(words)
    return Bracketed(words, tuple(_groups(words, pairs)), (ODD,) if odd else ())


def _groups(words: Sequence[Token], pairs: Sequence[tuple[int, int]]) -> Iterator[Group]:
    """Yield what brackets group: the words in a pair, and pairs that "o" joins with each other, or
    with the words up to a comma, another pair, or an end of the sentence.

    pairs: (begin, end) of the words in each pair of brackets, in order.
    """
    last, at = 0, 0
    while at < len(pairs):
        begin, end = pairs[at]
        at += 1
        while at < len(pairs) and key(words, end) in OR and pairs[at][0] == end + 1:
            end = pairs[at][1]
            at += 1
        inside = begin, end
        if begin > last + 1 and key(words, begin - 1) in OR:
            begin = max((i + 1 for i in range(last, begin) if words[i].key == ","), default=last)
        if key(words, end) in OR:
            most = pairs[at][0] if at < len(pairs) else len(words)
            end = next((i for i in range(end, most) if words[i].key == ","), most)
        lists = (begin, end) == inside == pairs[at - 1]
        if any(word.key in OR for word in words[begin:end]):
            yield Group(begin, end, lists)
        last = end


def odd_brackets(marks: Sequence[str]) -> set[int]:
    """Return the indexes of the brackets that have no partner, or stand inside a pair."""
    opened, pairs, odd = list[int](), list[tuple[int, int]](), set[int]()
    for at, mark in enumerate(marks):
        if mark == "(":
            opened.append(at)
        elif mark == ")" and opened:
            pairs.append((opened.pop(), at))
        elif mark == ")":
            odd.add(at)
    odd.update(opened)
    end = -1
    for pair in sorted(pairs):
        if pair[0] < end:
            odd.update(pair)
        else:
            end = pair[1]
    return odd


def without_odd_brackets(text: str) -> str:
    """Return a text without brackets that have no partner, or nothing in them."""
    odd = odd_brackets(text) if not BRACKETS.isdisjoint(text) else ()
    left = "".join(mark for at, mark in enumerate(text) if at not in odd)
    return re.sub(r"\(\s*\)", "", left)
