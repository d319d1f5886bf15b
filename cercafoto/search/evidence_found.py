"""Find evidence for photos: labels given by hand, names, own words, and words read in them."""

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
from cercafoto.results import (
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

# What each kind adds to the log-odds. Those of names and captions are fitted to 620 photos of
# people's own public collections, judged by looking (docs/mini.md): a word in a folder's name is
# right for 93 of a hundred photos where it stands alone, for 48 where others stand with it.
# Keywords, which nobody gives by the way, were not to be had.
WEIGHTS = {
    LABEL: CERTAIN,
    FILE_NAME: CERTAIN,
    KEYWORD: 6.0,
    TITLE: 3.5,
    DESCRIPTION: 3.5,
    NAME: 4.5,
    FOLDER: 4.0,
}
# Where the folder's name says other things too: "Vacanze al mare".
FOLDER_AMONG_OTHERS = 2.5
# The name of a file, whole or in part: it has a digit, or ends as photos do.
_LIKE_A_NAME = re.compile(
    r"(?=\S*\d)[\w\-]{4,}(\.\w{2,5})?|.+\.(jpe?g|png|hei[cf]|tiff?|webp|gif|avif|jxl|dng|nef|cr2)",
    re.IGNORECASE,
)
_ASCII = re.compile(r"[ -~]+")


def evidence_for(rows: Rows, sentences: Sequence[str], filters: Filters) -> dict[int, Evidence]:
    """Return the strongest evidence for each content that has any.

    sentences: one of them is enough, but all its telling words must be said: with any single word,
        half the archive would answer "una foto di Giulia".
    """
    found: dict[int, Evidence] = {}
    for sentence in sentences:
        for content, evidence in _each(rows, sentence, filters):
            if content not in found or evidence.weight > found[content].weight:
                found[content] = evidence
    return found


def _each(rows: Rows, text: str, filters: Filters) -> Iterator[tuple[int, Evidence]]:
    asked = AskedWords.of(_telling(text), text)
    words = asked.stems
    for content in labelled(rows, asked):
        yield content, Evidence(LABEL, WEIGHTS[LABEL])
    if _LIKE_A_NAME.fullmatch(text):
        part = fold(text)
        # What SQLite can compare without regard to case; accents are compared here.
        plain = max(_ASCII.findall(text.casefold()), key=len, default="")
        for content, path in rows.words.photos_named(plain) if plain else ():
            if part in fold(Path(os.fsdecode(path)).name):
                yield content, Evidence(FILE_NAME, WEIGHTS[FILE_NAME], path=path)
    photos = list(photos_with(rows, asked, filters))
    # Asked last: it reads all that photos usually show.
    min_confidence = BY_NAME if photos and says_no_looks(asked) else 0.0
    for photo in photos:
        yield photo.content_id, evidence_of_own(photo, words, min_confidence)
    if rows.texts.are_read():
        # Late: most archives have none, and then a search is to cost what it did.
        from cercafoto.search.text_evidence import evidence_of_texts

        yield from evidence_of_texts(rows, text)


def evidence_of_own(photo: OwnWords, words: Sequence[str], min_confidence: float) -> Evidence:
    """Return the evidence of a photo's own words, which have all of the stems `words`. The weakest
    place where one of them stands counts.

    min_confidence: what they give by themselves, unless they are the whole of a name or title.
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
    # Who types several words of one name, or the whole of a title, means these photos.
    together = (*folders, title, own_name, said[KEYWORD])
    if len(words) > 1 and any(set(words) <= set(name) for name in together):
        min_confidence = BY_NAME
    # The whole of a title, or of a file's name but for a number: "scontrino 1".
    if words and set(words) in (set(_telling(photo.title)), set(own_name)):
        min_confidence = BY_NAME
    if kind != FOLDER:
        return Evidence(kind, WEIGHTS[kind], min_confidence, photo.path)
    # Whether a folder says nothing but words of the question.
    alone = any(name and set(name) <= set(words) for name in folders)
    weight = WEIGHTS[FOLDER] if alone else FOLDER_AMONG_OTHERS
    return Evidence(kind, weight, min_confidence, photo.path)


@lru_cache(maxsize=4096)  # most photos lie in a folder with others
def _telling_stems(text: str) -> list[str]:
    return [stem(word) for word in _telling(text)]


def _telling(text: str) -> list[str]:
    """List the folded words that the index of words may have: without articles, numbers, "foto"."""
    return [word for word in words_of(telling_words(text)) if is_telling(word)]
