"""Find the evidence for photos: labels given by hand, file names, the person's own words (names of
folders, titles, captions, keywords), and words read in the photos."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from pathlib import Path

from cercafoto.archive.archive import Rows
from cercafoto.archive.records import OwnWords
from cercafoto.base.word_stems import fold, is_telling, stem, telling_words, words_of
from cercafoto.question.filters.filter import Filters
from cercafoto.results.answer import (
    DESCRIPTION,
    EVIDENCE,
    FILE_NAME,
    FOLDER,
    KEYWORD,
    LABEL,
    NAME,
    TITLE,
)
from cercafoto.search.evidence import BY_NAME, CERTAIN, Evidence, says_no_looks
from cercafoto.search.own_words import AskedWords, labelled, names_of, photos_with

# What each kind of evidence adds to the log-odds. The weights of names and captions were fitted to
# 620 photos of people's own public collections, judged by looking at them (docs/mini-log.md): a
# word that is the whole name of a folder is right for 93 % of its photos, one of several for 48 %.
# These collections had no keywords. Nobody gives a keyword by accident, so its weight is larger.
WEIGHTS = {
    LABEL: CERTAIN,
    FILE_NAME: CERTAIN,
    KEYWORD: 6.0,
    TITLE: 3.5,
    DESCRIPTION: 3.5,
    NAME: 4.5,
    FOLDER: 4.0,
}
# Weight if the folder's name also has other words: "Vacanze al mare".
FOLDER_AMONG_OTHERS = 2.5
# A word that looks like a file name or a part of one: it has a digit, or a photo's extension.
_LIKE_A_NAME = re.compile(
    r"(?=\S*\d)[\w\-]{4,}(\.\w{2,5})?|.+\.(jpe?g|png|hei[cf]|tiff?|webp|gif|avif|jxl|dng|nef|cr2)",
    re.IGNORECASE,
)
_ASCII = re.compile(r"[ -~]+")


def evidence_for(rows: Rows, sentences: Sequence[str], filters: Filters) -> dict[int, Evidence]:
    """Return content id -> the strongest evidence, for each content that has evidence.

    sentences: alternatives; the evidence must have all the telling words of one sentence. If a
        single word were enough, half the archive would answer "una foto di Giulia".
    """
    found: dict[int, Evidence] = {}
    for sentence in sentences:
        for content, evidence in _each(rows, sentence, filters):
            if content not in found or evidence.weight > found[content].weight:
                found[content] = evidence
    return found


def _each(rows: Rows, text: str, filters: Filters) -> Iterator[tuple[int, Evidence]]:
    """Yield (content id, evidence) for all evidence that one sentence finds."""
    asked = AskedWords.of(_telling(text), text)
    words = asked.stems
    for content in labelled(rows, asked):
        yield content, Evidence(LABEL, WEIGHTS[LABEL])
    if _LIKE_A_NAME.fullmatch(text):
        part = fold(text)
        # SQLite ignores case only in ASCII: it finds names with the longest ASCII part, and the
        # whole name is compared here.
        plain = max(_ASCII.findall(text.casefold()), key=len, default="")
        for content, path in rows.words.photos_named(plain) if plain else ():
            if part in fold(Path(os.fsdecode(path)).name):
                yield content, Evidence(FILE_NAME, WEIGHTS[FILE_NAME], path=path)
    photos = list(photos_with(rows, asked, filters))
    # `says_no_looks` comes last because it reads the lists of what photos usually show.
    min_confidence = BY_NAME if photos and says_no_looks(asked) else 0.0
    for photo in photos:
        yield photo.content_id, evidence_of_own(photo, words, min_confidence)
    if rows.texts.are_read():
        # Imported here: most archives have no words read in photos.
        from cercafoto.search.text_evidence import evidence_of_texts

        yield from evidence_of_texts(rows, text)


def evidence_of_own(photo: OwnWords, words: Sequence[str], min_confidence: float) -> Evidence:
    """Return the evidence of a photo whose own words have all the stems `words`. Each stem counts
    by the strongest place where it stands (keywords, title, and so on), and the weakest of these
    places decides the kind.

    min_confidence: least confidence of the evidence. It becomes BY_NAME if several stems are all in
        one name, title or keywords, or if the stems are a whole title or file name.
    """
    *folders, own_name = map(_telling_stems, names_of(photo))
    title = photo.title.split()
    said = {
        KEYWORD: photo.keywords.split(),
        TITLE: title,
        DESCRIPTION: photo.description.split(),
        NAME: own_name,
    }
    kinds = [next((kind for kind in said if word in said[kind]), FOLDER) for word in words]
    kind = max(kinds, key=EVIDENCE.index)
    # A person who types several words of one name means the photos with this name.
    together = (*folders, title, own_name, said[KEYWORD])
    if len(words) > 1 and any(set(words) <= set(name) for name in together):
        min_confidence = BY_NAME
    # So does a person who types a whole title, or a whole file name without its number:
    # "scontrino" for "scontrino 1".
    if words and set(words) in (set(_telling(photo.title)), set(own_name)):
        min_confidence = BY_NAME
    if kind != FOLDER:
        return Evidence(kind, WEIGHTS[kind], min_confidence, photo.path)
    only_asked = any(name and set(name) <= set(words) for name in folders)
    weight = WEIGHTS[FOLDER] if only_asked else FOLDER_AMONG_OTHERS
    return Evidence(kind, weight, min_confidence, photo.path)


@lru_cache(maxsize=4096)  # photos share folders
def _telling_stems(text: str) -> list[str]:
    return [stem(word) for word in _telling(text)]


def _telling(text: str) -> list[str]:
    """Return the folded words of a text that tell photos apart: no articles, numbers, "foto"."""
    return [word for word in words_of(telling_words(text)) if is_telling(word)]
