"""Replace characters that OCR confuses: i, 1 -> l; 0 -> o; 5 -> s; 8 -> b; m -> rn; w -> vv.

Each letter is replaced regardless of its neighbours. So words that OCR has joined or split become
the same letters as the words as written.
"""

from __future__ import annotations

from cercafoto.base.word_stems import words_of

_ALIKE = str.maketrans(
    {"i": "l", "1": "l", "0": "o", "5": "s", "8": "b", "m": "rn", "w": "vv"},
)


def look_alike(text: str) -> str:
    """Return the folded letters and digits of a text, without spaces, after those replacements."""
    return "".join(words_of(text)).translate(_ALIKE)


def trigrams(letters: str) -> list[str]:
    """Return each run of three letters once, as the trigram index of texts has them."""
    return list(dict.fromkeys(letters[at : at + 3] for at in range(len(letters) - 2)))
