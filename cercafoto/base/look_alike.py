"""Letters as an eye that reads badly takes them: l, i and 1 are one, O and 0, s and 5, b and 8;
m is rn, w is vv.

Each letter becomes what it becomes whatever stands beside it, so that words run together, or parted
where they should not be, have the same letters as those that were written.
"""

from __future__ import annotations

from cercafoto.base.word_stems import words_of

_ALIKE = str.maketrans(
    {"i": "l", "1": "l", "0": "o", "5": "s", "8": "b", "m": "rn", "w": "vv"},
)


def look_alike(text: str) -> str:
    """Return the letters and digits of a text, folded, without what is between them, each as the
    one that it is taken for."""
    return "".join(words_of(text)).translate(_ALIKE)


def trigrams(letters: str) -> list[str]:
    """List what the index of letters has of them: each three that follow each other, once."""
    return list(dict.fromkeys(letters[at : at + 3] for at in range(len(letters) - 2)))
