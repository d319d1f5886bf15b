"""Texts that may be searched for a photo, with and without articles.

Captions, what a person would type, search words, names and hypernyms of its class.

People search with a few words, captions have ten: so the words that we know (from search words and
class names) are looked for in every caption, and the last caption, which is short, is drawn apart.
"""

from __future__ import annotations

import hashlib
import random
from collections.abc import Iterable, Sequence

from cercafoto.training.measure.class_texts import ClassTexts, Photo
from cercafoto.training.measure.phrases import (
    LONGEST_PHRASE,
    known_phrases,
    plain_words,
    with_article,
)

# Kinds of text, in the order in which the training draws them (heads.py has the shares).
KINDS = ("caption", "typed", "word")

# Words that name nothing alone.
_FUNCTION_WORDS = """
a ad al allo alla ai agli alle all con col coi da dal dallo dalla dai dagli dalle dall di del
dello della dei degli delle dell e ed in nel nello nella nei negli nelle nell su sul sullo
sulla sui sugli sulle sull per tra fra il lo la i gli le l un uno una che chi cui si sta
stanno è sono ha hanno mentre come o suo sua suoi loro accanto vicino sotto sopra davanti
dietro dentro fuori lungo verso molto più altro altra altri altre
"""
FUNCTION_WORDS = frozenset(_FUNCTION_WORDS.split())
TEMPLATES = ("una foto di {}", "foto di {}", "{} in primo piano", "immagine di {}")


def shuffled_texts(photos: Sequence[Photo], seed: int) -> list[str]:
    """Captions and search words of the photos, each once, in random order."""
    texts = sorted({text for photo in photos for text in (*photo.captions, *photo.words)})
    random.Random(seed).shuffle(texts)
    return texts


def lexicon(photos: Iterable[Photo], classes: Iterable[ClassTexts]) -> set[tuple[str, ...]]:
    """Words and phrases that name things, as tuples of words."""
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
    """Collect the texts of a photo by kind."""
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
