"""Find the phrases in quotation marks, which must be among the words read in a photo."""

from __future__ import annotations

import re
from typing import NamedTuple

from cercafoto.base.word_stems import words_of

_DOUBLE = '"\u201c\u201d\u201e\u201f\u2033'
# A mark right behind a digit opens nothing, see `tokens`.
_QUOTED = f"(?<!\\d)[{_DOUBLE}]([^{_DOUBLE}]*)[{_DOUBLE}]|\u00ab([^\u00ab\u00bb]*)\u00bb"
# What stands before quotes if they hold an excluded concept instead: -"maglia a righe".
_EXCLUDED = r"(?i)(?:-|\bsenza (?:(?:il|lo|la|i|gli|le|un|uno|una) |l'|un')?)$"
_OR = ("o", "oppure", "od")  # between two phrases it says nothing: all of them must be written
ALL_WRITTEN = "«o» fra due frasi tra virgolette vale «e»: devono essere scritte tutte"
NOTHING_READ = "le parole nelle foto non sono ancora state lette: le legge «cercafoto leggi»"
MOST = 20  # phrases; each is looked up on its own
_LONGEST = len("-senza gli ")


class Quoted(NamedTuple):
    """A phrase in quotes.

    typed: with its quotation marks.
    inside: the text inside the marks.
    after_or: whether "o" joins it to the phrase before.
    """

    typed: str
    inside: str
    after_or: bool = False


def quoted_phrases(sentence: str) -> tuple[tuple[Quoted, ...], str]:
    """Return the phrases in quotes of a sentence, and the sentence without them. Excluded concepts
    in quotes stay in the sentence, and so do phrases after MOST.

    sentence: a text with single spaces.
    """
    # Most questions have no quotes, and compiling the pattern takes 1 ms.
    if not any(mark in sentence for mark in (*_DOUBLE, "\u00ab")):
        return (), sentence
    phrases, rest, last = list[Quoted](), "", 0
    for match in re.finditer(_QUOTED, sentence):
        inside = " ".join((match[1] or match[2] or "").split())
        before = sentence[max(0, match.start() - _LONGEST) : match.start()]
        if len(phrases) < MOST and words_of(inside) and not re.search(_EXCLUDED, before):
            between = sentence[last : match.start()]
            is_or = bool(phrases) and between.strip().lower() in _OR
            phrases.append(Quoted(match[0], inside, is_or))
            rest += " " if is_or else f"{between} "
            last = match.end()
    return tuple(phrases), rest + sentence[last:]
