"""Texts that may be searched for a photo, with and without articles.

Captions, fragments of captions, search words, names and hypernyms of its class.

People search with two or three words, captions have ten: so the words that we know (from search
words and class names) are looked for in every caption, and captions are cut into fragments.
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
KINDS = ("caption", "fragment", "word")

# Words that neither begin nor end a fragment, and that alone name nothing.
_FUNCTION_WORDS = """
a ad al allo alla ai agli alle all con col coi da dal dallo dalla dai dagli dalle dall di del
dello della dei degli delle dell e ed in nel nello nella nei negli nelle nell su sul sullo
sulla sui sugli sulle sull per tra fra il lo la i gli le l un uno una che chi cui si sta
stanno è sono ha hanno mentre come o suo sua suoi loro accanto vicino sotto sopra davanti
dietro dentro fuori lungo verso molto più altro altra altri altre
"""
FUNCTION_WORDS = frozenset(_FUNCTION_WORDS.split())
TEMPLATES = ("una foto di {}", "foto di {}", "{} in primo piano", "immagine di {}")


def held_out(photo: Photo, share: float) -> bool:
    """Tell whether a photo is held out for choosing and calibrating.

    Its name decides, so it is the same in every run, and the same share of every data set.
    """
    digest = hashlib.sha256(photo.path.encode()).digest()
    return int.from_bytes(digest[:4], "big") / 2**32 < share


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


def fragments(caption: str) -> list[str]:
    """Cut pieces of two to six words, from one naming word to another, with the article:
    "una bambina ride su un'altalena" -> "una bambina ride", "bambina ride su un' altalena"."""
    words = caption.replace("'", "' ").split()
    bare = [w.lower().strip(",.;:'’\"") for w in words]
    solid = [i for i, w in enumerate(bare) if w and w not in FUNCTION_WORDS]
    pieces = []
    for a, start in enumerate(solid):
        for end in solid[a + 1 :]:
            if end - start > 5:
                break
            article = start > 0 and bare[start - 1] in {"un", "uno", "una"}
            piece = " ".join(words[start - article : end + 1]).strip(",.;: ")
            if 1 < len(piece.split()) <= 6 and len(piece) < len(caption):
                pieces.append(piece.replace("' ", "'"))
    return pieces


def texts_of(
    photo: Photo,
    classes: Sequence[ClassTexts],
    phrases: set[tuple[str, ...]],
    per_kind: int,
) -> dict[str, list[str]]:
    """Collect the texts of a photo by kind, at most `per_kind` fragments, chosen by its name."""
    digest = hashlib.sha256(photo.path.encode()).digest()
    pieces = [f for c in photo.captions for f in fragments(c)]
    pieces.sort(key=lambda f: hashlib.sha256(digest + f.encode()).digest())
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
        "fragment": list(dict.fromkeys(pieces))[:per_kind],
        "word": list(dict.fromkeys([*words, *variants])),
    }
