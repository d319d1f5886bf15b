"""What speaks for a photo besides what the model sees: labels given by hand, names, own words.

Each is evidence, more or less telling: its weight is added to the log-odds of what is seen, so that
sight and words agree, or temper each other.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from cercafoto.base.arrays import Floats
from cercafoto.base.word_stems import fold, is_telling, stem, stems, telling_words, words_of
from cercafoto.catalog.catalog import Catalog
from cercafoto.catalog.records import OwnWords
from cercafoto.question.conditions import Conditions
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

CERTAIN = float("inf")
# What each kind adds to the log-odds. A person chose keywords and titles for that photo alone; the
# name of a folder is about all that lies in it.
WEIGHTS = {
    LABEL: CERTAIN,
    FILE_NAME: CERTAIN,
    KEYWORD: 8.0,
    TITLE: 6.0,
    DESCRIPTION: 4.0,
    NAME: 5.0,
    FOLDER: 4.0,
}
# Where the folder's name says other things too: "Vacanze al mare".
FOLDER_AMONG_OTHERS = 2.0
# The name of a file, whole or in part: it has a digit, or ends as photos do.
_LIKE_A_NAME = re.compile(
    r"(?=\S*\d)[\w\-]{4,}(\.\w{2,5})?|.+\.(jpe?g|png|hei[cf]|tiff?|webp|gif|avif|jxl|dng|nef|cr2)",
    re.IGNORECASE,
)
_ASCII = re.compile(r"[ -~]+")
LEAST = 1e-6  # confidence whose log-odds are taken


class Evidence(NamedTuple):
    """What speaks for a photo: one of `results.EVIDENCE`, and what it adds to the log-odds."""

    kind: str
    weight: float


def evidence_for(catalog: Catalog, text: str, conditions: Conditions) -> dict[int, Evidence]:
    """Find the contents for which more than sight speaks, with the strongest of what does.

    Every telling word of the question must be said: with any alone, half the archive would answer
    "una foto di Giulia".
    """
    found: dict[int, Evidence] = {}
    for content, evidence in _each(catalog, text, conditions):
        if content not in found or evidence.weight > found[content].weight:
            found[content] = evidence
    return found


def with_evidence(confidences: Floats, weights: Floats) -> Floats:
    """Add evidence to what is seen, [n] each: probabilities and weights -> probabilities."""
    seen = np.clip(confidences, LEAST, 1 - LEAST)
    odds = np.log(seen / (1 - seen)) + weights
    result: Floats = np.where(weights != 0, 1.0 / (1.0 + np.exp(-odds)), confidences)
    return result.astype(np.float32)


def _each(catalog: Catalog, text: str, conditions: Conditions) -> Iterator[tuple[int, Evidence]]:
    words = [stem(word) for word in words_of(text) if is_telling(word)]
    for label in catalog.labels_by_hand() if words else ():
        if [stem(word) for word in words_of(label) if is_telling(word)] == words:
            for content in catalog.contents_labelled_by_hand(label):
                yield content, Evidence(LABEL, WEIGHTS[LABEL])
    if _LIKE_A_NAME.fullmatch(text):
        part = fold(text)
        # What SQLite can compare without regard to case; accents are compared here.
        plain = max(_ASCII.findall(text.casefold()), key=len, default="")
        for content, path in catalog.photos_named(plain) if plain else ():
            if part in fold(Path(os.fsdecode(path)).name):
                yield content, Evidence(FILE_NAME, WEIGHTS[FILE_NAME])
    for photo in catalog.photos_saying(words, conditions):
        yield photo.content_id, _own_words(photo, words)


def _own_words(photo: OwnWords, words: Sequence[str]) -> Evidence:
    """Weigh a photo's own words, which have all of `words`: the weakest of these counts."""
    path = Path(os.fsdecode(photo.path))
    said = {
        KEYWORD: photo.keywords.split(),
        TITLE: photo.title.split(),
        DESCRIPTION: photo.description.split(),
        NAME: stems(path.stem).split(),
    }
    kinds = [next((kind for kind in said if word in said[kind]), FOLDER) for word in words]
    kind = max(kinds, key=EVIDENCE.index)
    weight = WEIGHTS[kind]
    if kind == FOLDER and not _is_all_that_a_folder_says(path.parent, words):
        weight = FOLDER_AMONG_OTHERS
    return Evidence(kind, weight)


def _is_all_that_a_folder_says(folder: Path, words: Sequence[str]) -> bool:
    """Whether a folder, or one around it, is called by these words, or some of them, alone."""
    for name in folder.parts:
        own = [stem(word) for word in words_of(telling_words(name)) if is_telling(word)]
        if own and all(word in words for word in own):
            return True
    return False
