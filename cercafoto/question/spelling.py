"""Spelling suggestions: words one slip away, "tramnto" -> "tramonto". Only ever proposed."""

from __future__ import annotations

from collections.abc import Iterable

from cercafoto.question.grammar.tokens import fold

SHORTEST = 4  # letters; a shorter word is one slip away from too many
_VOWELS = frozenset("aeiou")


def suggest(words: Iterable[str], vocabulary: Iterable[str]) -> dict[str, str]:
    """Map each word that is not in the vocabulary to the first entry one slip away from it.

    A slip is one letter more, less, other or swapped; case and accents do not count. One pass
    over the vocabulary, which may be a generator of tens of thousands of words; an entry of
    several words counts by each of them. "Gatti" is not taken for a slip of "gatto".
    """
    unknown = {fold(w): w for w in words if len(w) >= SHORTEST and w.isalpha()}
    if not unknown:
        return {}
    by_length: dict[int, list[tuple[str, str, str]]] = {}
    for word in unknown:
        half = (len(word) - 1) // 2
        for length in (len(word) - 1, len(word), len(word) + 1):
            by_length.setdefault(length, []).append((word, word[:half], word[-half:]))
    corrections: dict[str, str] = {}
    for entry in vocabulary:
        for piece in entry.split() if " " in entry else (entry,):
            near = by_length.get(len(piece))
            if near is None:
                continue
            low = piece.lower() if piece.isascii() else fold(piece)
            for word, head, tail in near:
                # One slip leaves one half of a word as it was.
                if (low.startswith(head) or low.endswith(tail)) and word in unknown:
                    if low == word:
                        unknown.pop(word)
                        corrections.pop(word, None)
                    elif word not in corrections and is_slip(word, low):
                        corrections[word] = piece
    return {unknown[word]: piece for word, piece in corrections.items()}


def is_slip(word: str, right: str) -> bool:
    """Whether two folded words are one slip apart (Damerau), and not by gender or number."""
    short, long = sorted((word, right), key=len)
    if len(long) - len(short) > 1 or word == right:
        return False
    same = 0
    while same < len(short) and short[same] == long[same]:
        same += 1
    if len(short) < len(long):
        return short[same:] == long[same + 1 :]
    if short[same + 1 :] == long[same + 1 :]:
        return not (same == len(short) - 1 and {short[-1], long[-1]} <= _VOWELS)
    return (
        short[same : same + 2] == long[same : same + 2][::-1]
        and short[same + 2 :] == long[same + 2 :]
    )
