"""Find words and phrases in Italian texts, and give words an article."""

from __future__ import annotations

import re

_WORD = re.compile(r"[^\W\d_]+", re.UNICODE)
LONGEST_PHRASE = 4  # words: "sala da pranzo" has three


def plain_words(text: str) -> list[str]:
    """Return lower-case words, split at apostrophes: "un'auto" -> ["un", "auto"]."""
    return _WORD.findall(text.lower())


def known_phrases(caption: str, phrases: set[tuple[str, ...]]) -> list[str]:
    """Return the phrases that stand in a caption."""
    words = plain_words(caption)
    return [
        " ".join(words[at : at + size])
        for size in range(1, LONGEST_PHRASE + 1)
        for at in range(len(words) - size + 1)
        if tuple(words[at : at + size]) in phrases
    ]


def with_article(word: str) -> str:
    """Return a noun in -a or -o with the article that its ending suggests; another word as it is.

    The article is right nine times in ten, which is enough for a training text.
    """
    last = word.split()[0][-1:]
    vowel = word[:1] in "aeiouàèéìòù"
    if last == "a":
        return f"un'{word}" if vowel else f"una {word}"
    if last == "o":
        hard = word[:1] == "z" or (word[:1] == "s" and word[1:2] not in "aeiou")
        return f"uno {word}" if hard else f"un {word}"
    return word
