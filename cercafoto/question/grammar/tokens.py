"""Tidy a typed text, and split it into tokens for the grammars.

A token keeps the word as the person wrote it; grammars compare its key, which is folded: in lower
case, without accents.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from typing import NamedTuple


def word_set(words: str) -> frozenset[str]:
    """Return the words of a text as a set. The text must be folded already."""
    return frozenset(words.split())


_APOSTROPHES = str.maketrans(dict.fromkeys("\u2018\u2019\u201b\u02bc\u02b9\u2032\u00b4`", "'"))
_QUOTES = str.maketrans(dict.fromkeys("\u201c\u201d\u201e\u201f\u2033", '"'))
# Shortened words that end in an apostrophe: un po', a mo' di, Ca' Foscari.
_CUT = word_set("po mo di fa va sta da be ca to vo de a i co")
# After these words and their apostrophe comes a vowel, so a space there is a mistake.
_ELIDED = r"(?i)(?<!\w)((?:l|un|d|all|dall|dell|nell|sull|quest|quell|bell|sant)') +(?=\w)"
_TYPED_ACCENT = r"(?<![\w'])([^\W\d_]*[aeiouAEIOU])'(?![\w'])"
_GRAVE = dict(zip("aeiouAEIOU", "àèìòùÀÈÌÒÙ", strict=True))


def tidy(text: str) -> str:
    """Return a text in NFC with single spaces, straight apostrophes and quotes, and an accent in
    place of an apostrophe typed for it: "città" for "citta'"."""
    text = "".join(c if c.isprintable() else _unprintable(c) for c in text)
    text = unicodedata.normalize("NFC", text).translate(_APOSTROPHES).translate(_QUOTES)
    text = " ".join(text.split())
    if "'" in text:  # most questions have none, and a pattern costs 1 ms to compile
        text = re.sub(_TYPED_ACCENT, _accented, re.sub(_ELIDED, r"\1", text))
    return text


def _unprintable(char: str) -> str:
    """Return what replaces an unprintable character: U+FFFD for a byte of the command line that is
    not text (a lone surrogate), a space for any other."""
    return "\ufffd" if "\ud800" <= char <= "\udfff" else " "


def _accented(match: re.Match[str]) -> str:
    """Return a word that ends in an apostrophe with the accent that the apostrophe stands for."""
    word = match[1]
    low = word.lower()
    if low in _CUT or _is_quote_open(match.string, match.start()):
        return match[0]  # a shortened word, or the end of a phrase 'in quotes'
    acute = low in ("ne", "se") or (low.endswith(("che", "tre")) and low != "tre")
    last = {"e": "é", "E": "É"}.get(word[-1]) if acute else None
    return word[:-1] + (last or _GRAVE[word[-1]])


def _is_quote_open(text: str, end: int) -> bool:
    """Whether the last apostrophe before `end` opens a phrase 'in quotes'."""
    at = text.rfind("'", 0, end)
    before, after = text[at - 1 : at], text[at + 1 : min(at + 2, end)]
    return at >= 0 and not (before.isalnum() or before == "_" or after.isdecimal())


def fold(text: str) -> str:
    """Return a text in lower case without accents, for comparing."""
    if text.isascii():
        return text.lower()
    bare = unicodedata.normalize("NFD", text.lower())
    return "".join(c for c in bare if not unicodedata.combining(c))


def says_something(text: str) -> bool:
    """Whether a text has a letter, a digit or a pictograph, and not only punctuation."""
    return any(c.isalnum() or unicodedata.category(c) == "So" for c in text)


class Token(NamedTuple):
    """One word, number or punctuation mark of a sentence.

    key: the folded text, for comparing; empty inside quotes, where words are always text.
    at: index of the token in the sentence.
    glued: whether no space is between this token and the one before.
    """

    text: str
    key: str
    at: int = 0
    glued: bool = False

    @property
    def is_name(self) -> bool:
        """Whether the token is written like a name: with a capital, and not all in capitals."""
        return self.text[:1].isupper() and not (len(self.text) > 1 and self.text.isupper())


_TOKEN = re.compile(
    r"\d+(?:[/.\-]\d+)+(?!\w)"  # 3/5/2020, 2020-05-03, 2019/20
    r"|(?<!\w)'\d\d(?!\w)"  # '98
    r"|\d+[°ºª]?(?!\w)"
    r"|[^\W\d_]+(?:-[^\W\d_]+)*(?!\w)'?"  # week-end; an elision keeps its apostrophe
    r"|\w+"
    r"|[^\w\s]"
)
# A mark right behind a digit opens nothing: 10" a 30" are seconds.
_QUOTED = r'(?<!\d)"([^"]*)"|«([^«»]*)»'


def tokens(text: str) -> list[Token]:
    """Return the tokens of a tidy text. Words in "quotes" or «quotes» are literal: they have no
    key. The quotation marks are dropped."""
    result: list[Token] = []
    at = 0
    quoted = re.finditer(_QUOTED, text) if '"' in text or "«" in text else ()
    for match in quoted:
        _split(text, at, match.start(), False, result)
        inside = 1 if match[1] is not None else 2
        _split(text, match.start(inside), match.end(inside), True, result)
        at = match.end()
    _split(text, at, len(text), False, result)
    return result


def _split(text: str, start: int, end: int, literal: bool, result: list[Token]) -> None:
    """Append the tokens of a text from `start` to `end` to `result`; without keys if `literal`."""
    last = -1
    for match in _TOKEN.finditer(text, start, end):
        word = match[0]
        glued = bool(result) and match.start() == last
        result.append(Token(word, "" if literal else fold(word), len(result), glued))
        last = match.end()


def join(words: Sequence[Token]) -> str:
    """Return tokens joined into a text, with the spaces that were between them, and one space where
    tokens are missing."""
    text, last = "", -1
    for word in words:
        text += word.text if word.glued and word.at == last + 1 else f" {word.text}"
        last = word.at
    text = text.strip()
    return re.sub(_ELIDED, r"\1", text) if "'" in text else text
