"""Texts that people may search a photo by, with and without articles.

These are captions, what a person would type, search words, and names and hypernyms of the photo's
class. People search with a few words, captions have ten: so known words (search words and class
names) are looked for in every caption, and the last caption, which is short, is drawn as a kind of
its own.
"""

from __future__ import annotations

import hashlib
import random
from collections.abc import Iterable, Sequence
from pathlib import Path

from cercafoto.training.measure.class_texts import ClassTexts, Photo
from cercafoto.training.mini.named_lists import read_table
from cercafoto.training.mini.phrases import (
    LONGEST_PHRASE,
    known_phrases,
    plain_words,
    with_article,
)

# Kinds of text, in the order of `HeadRecipe.shares`.
KINDS = ("caption", "typed", "word")

_WORDS = read_table(Path(__file__).with_name("text_words.txt"))
FUNCTION_WORDS = frozenset(_WORDS["function words"])
TEMPLATES = tuple(_WORDS["templates"])


def shuffled_texts(photos: Sequence[Photo], seed: int) -> list[str]:
    """Return captions and search words of the photos, each once, in random order."""
    texts = sorted({text for photo in photos for text in (*photo.captions, *photo.words)})
    random.Random(seed).shuffle(texts)
    return texts


def lexicon(photos: Iterable[Photo], classes: Iterable[ClassTexts]) -> set[tuple[str, ...]]:
    """Return words and phrases that name things, as tuples of words."""
    phrases = {tuple(plain_words(w)) for p in photos for w in p.words}
    for c in classes:
        phrases |= {tuple(plain_words(w)) for w in (*c.names, *c.hypernyms, *c.context)}
    return {
        p
        for p in phrases
        if 0 < len(p) <= LONGEST_PHRASE and not (len(p) == 1 and p[0] in FUNCTION_WORDS)
    }


def texts_of(
    photo: Photo,
    classes: Sequence[ClassTexts],
    phrases: set[tuple[str, ...]],
) -> dict[str, list[str]]:
    """Return kind of text (one of KINDS) -> the texts of a photo.

    phrases: known words and phrases, see `lexicon`.
    """
    digest = hashlib.sha256(photo.path.encode()).digest()
    words = [w.lower() for w in photo.words]
    if photo.label is not None:
        words += [*classes[photo.label].names, *classes[photo.label].hypernyms]
    words += [w for c in photo.captions for w in known_phrases(c, phrases)]
    words = list(dict.fromkeys(words))
    variants = []
    for place, word in enumerate(words):
        turn = digest[place % len(digest)]
        variants.append(with_article(word))
        if turn % 4 == 0:
            variants.append(TEMPLATES[turn // 4 % len(TEMPLATES)].format(word))
    return {
        "caption": list(dict.fromkeys(photo.captions)),
        "typed": list(photo.captions[-1:]),
        "word": list(dict.fromkeys([*words, *variants])),
    }
