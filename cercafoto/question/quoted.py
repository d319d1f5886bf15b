"""What stands in quotation marks, where it is to be among the words read in a photo."""

from __future__ import annotations

import re
from typing import NamedTuple

from cercafoto.base.word_stems import words_of

_DOUBLE = '"\u201c\u201d\u201e\u201f\u2033'
_QUOTED = f"[{_DOUBLE}]([^{_DOUBLE}]*)[{_DOUBLE}]|\u00ab([^\u00bb]*)\u00bb"
# A concept that a photo must not show may stand in quotes too: -"maglia a righe".
_EXCLUDED = r"(?i)(?:-|\bsenza\s+(?:(?:il|lo|la|i|gli|le|un|uno|una)\s+|l'|un')?)$"


class Quoted(NamedTuple):
    """A phrase as it was typed, marks and all, and what is between these."""

    typed: str
    inside: str


def quoted_phrases(sentence: str) -> tuple[tuple[Quoted, ...], str]:
    """Take the phrases in quotes out of a sentence: these, and the rest."""
    # Most questions have none, and a pattern costs 1 ms to compile.
    if not any(mark in sentence for mark in (*_DOUBLE, "\u00ab")):
        return (), sentence
    phrases, rest, last = list[Quoted](), "", 0
    for match in re.finditer(_QUOTED, sentence):
        inside = " ".join((match[1] or match[2] or "").split())
        if words_of(inside) and not re.search(_EXCLUDED, sentence[: match.start()]):
            phrases.append(Quoted(match[0], inside))
            rest += sentence[last : match.start()] + " "
            last = match.end()
    return tuple(phrases), rest + sentence[last:]
