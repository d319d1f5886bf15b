"""Words as the archive compares them: without accents, capitals and Italian endings.

The stemmer is a light one, for nouns and adjectives, which is what keywords, titles and names of
files are made of: it takes off the ending that says gender and number. Snowball's, which also
knows verbs, costs a command 19 ms to import and 94 us a word; this costs 2 us.
"""

from __future__ import annotations

import re
import unicodedata

_WORD = re.compile(r"[^\W_]+")
_DIGITS = re.compile(r"\d+")

# What cameras and phones call their files; it says nothing about the photo.
_CAMERA_WORDS = """
img dsc dscn dscf pxl mvimg vid pano burst photo foto image immagine picture wa jpg jpeg png heic
tif tiff webp gif raw cover mp copia copy
"""
CAMERA_WORDS = frozenset(_CAMERA_WORDS.split())


def fold(text: str) -> str:
    """Return a text in lower case, without accents, with plain apostrophes and single spaces."""
    plain = unicodedata.normalize("NFKD", text.replace("\u2019", "'").casefold())
    return " ".join("".join(c for c in plain if not unicodedata.combining(c)).split())


def words_of(text: str) -> list[str]:
    """List the folded words of a text; apostrophes and underscores part them."""
    return _WORD.findall(fold(text))


def stem(word: str) -> str:
    """Take the ending of gender and number off a folded word.

    spiaggia, spiagge -> spiagg; lago, laghi -> lag. Words of three letters or fewer, or with
    digits, stay as they are.
    """
    if len(word) <= 3 or not word.isalpha():
        return word
    short = word.rstrip("aeiou") if word[-2:] in _TWO_VOWELS else word
    if short == word and word[-1] in "aeio":
        short = word[:-1]
    if short != word and short.endswith(("ch", "gh")):
        short = short[:-1]  # laghi, banche: the h only keeps the sound hard
    return short if len(short) >= 2 else word


_TWO_VOWELS = frozenset(["ia", "ie", "io", "ii"])


def stems(text: str) -> str:
    """Join the stems of a text's words by spaces, as the full-text index has them."""
    return " ".join(stem(word) for word in words_of(text))


def telling_words(name: str) -> str:
    """Extract the words of a file's or folder's name, without numbers and camera words."""
    words = [
        word
        for word in words_of(name)
        if word not in CAMERA_WORDS and not _DIGITS.fullmatch(word) and len(word) > 1
    ]
    # "IMG1234", "DSC00012": a camera word run into its number.
    return " ".join(word for word in words if _DIGITS.sub("", word) not in CAMERA_WORDS)


# Stems of articles and prepositions of three letters and more, as people write them in names.
STOP_STEMS = frozenset(
    stems(
        "gli una uno del dal nel sul con per tra fra che dei dai nei sui delle dalle nelle"
    ).split()
    + stems("della dalla nella sulla dello dallo degli agli alla alle allo").split()
)


def is_telling(word: str) -> bool:
    """Tell whether a folded word of a question says what is sought: not an article, not "foto"."""
    return len(word) > 2 and word not in CAMERA_WORDS and stem(word) not in STOP_STEMS
