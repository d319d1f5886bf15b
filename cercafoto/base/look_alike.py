"""Replace characters that OCR confuses: i, 1 -> l; 0 -> o; 5 -> s; 8 -> b; m -> rn; w -> vv.

Each letter is replaced regardless of its neighbours. So words that OCR has joined or split give the
same letters as the words on the paper.
"""

from __future__ import annotations

from cercafoto.base.word_stems import words_of

_ALIKE = str.maketrans(
    {"i": "l", "1": "l", "0": "o", "5": "s", "8": "b", "m": "rn", "w": "vv"},
)


def look_alike(text: str) -> str:
    """Return a text's folded letters and digits, without spaces, confusable ones replaced."""
    return "".join(words_of(text)).translate(_ALIKE)


def trigrams(letters: str) -> list[str]:
    """Return all runs of three letters, each once, as the trigram index of texts stores them."""
    return list(dict.fromkeys(letters[at : at + 3] for at in range(len(letters) - 2)))
