"""Find the evidence of words that were read in photos."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from cercafoto.archive.archive import Rows
from cercafoto.base.arrays import Floats, Ints, is_in
from cercafoto.base.file_kinds import SCREENSHOT
from cercafoto.base.find_in_text import NEARLY
from cercafoto.question.filters.filter import Filters
from cercafoto.question.filters.kinds import FILE_KIND
from cercafoto.question.filters.written import TEXTS
from cercafoto.question.values import BY_CONFIDENCE, Saying
from cercafoto.results.answer import WRITTEN
from cercafoto.search.evidence import ALL_WORDS, BY_NAME, Evidence, says_no_looks
from cercafoto.search.own_words import AskedWords, asked_words
from cercafoto.search.phrases_in_texts import Said, said_of, texts_with_all

# What one, two, or three and more words of the question add to the log-odds. A single word may be
# in any text.
WEIGHTS = (2.5, 4.0, 5.5)
# Least confidence if the words stand beside each other or are at least three, since "password
# wifi" cannot be seen; and if one or two words do not name things that photos usually show.
BY_TEXT, BY_FEW = 0.8, 0.4
# Factor of both if a word was read with wrong letters.
SLIP = 0.7


def evidence_of_texts(
    rows: Rows, sentence: str, filters: Filters, of_paper: bool = False
) -> Iterator[tuple[int, Evidence]]:
    """Yield (content id, evidence) for the contents in which words of a sentence were read. Several
    words that all name things that photos show count only if they stand beside each other: else
    they are in the text by chance. What a screenshot shows are its words.

    filters: with resolved values.
    of_paper: see `Query.asks_of_paper`.
    """
    found = list(said_of(rows, sentence))
    # `says_no_looks` comes last because it reads the lists of what photos usually show.
    unknown = bool(found) and says_no_looks(AskedWords.of(asked_words(sentence), sentence))
    are_screens = any(kind == SCREENSHOT for kind, _ in filters.get(FILE_KIND.name, ()))
    for content, said in found:
        is_answer = of_paper or said.is_answer
        said = said._replace(seen=said.seen and not (are_screens or is_answer))
        if said.words == 1 or said.together or not said.seen:
            evidence = _weighed(said, unknown or is_answer)
            if (
                (said.words > 1 or is_answer)
                and said.share == 1
                and evidence.min_confidence == BY_TEXT
            ):
                # All words of the question: before the photos that have only some of them.
                evidence = evidence._replace(min_confidence=BY_NAME, rank=ALL_WORDS)
            yield content, evidence


def evidence_of_words(rows: Rows, asked: AskedWords) -> dict[int, Evidence]:
    """Return content id -> evidence for the contents in which all asked words were read. Several
    words give at least the confidence BY_NAME, a single word BY_TEXT."""
    return {
        content: _weighed(said)._replace(min_confidence=BY_NAME if said.words > 1 else BY_TEXT)
        for content, said in texts_with_all(rows, asked)
    }


def evidence_of_phrases(filters: Filters) -> dict[int, Evidence]:
    """Return content id -> evidence for the contents in which a phrase of the filter `texts` was
    read. A phrase weighs as much as three words. Of several phrases, the weakest counts."""
    found: dict[int, Evidence] = {}
    for text in _phrases(filters):
        for content in text.contents:
            slip = SLIP if content in text.nearly else 1.0
            evidence = Evidence(WRITTEN, WEIGHTS[-1] * slip, BY_TEXT * slip)
            found[content] = min(found.get(content, evidence), evidence)
    return found


def exact_first(contents: Ints, filters: Filters, order: str | None) -> tuple[Ints, Floats, Floats]:
    """Return (content ids, cosines, confidences), each [n]. The cosines are 1. The confidence is
    less than 1 if a phrase was read with wrong letters; without an order, or by confidence, such
    contents come last."""
    slips = np.array([c for said in _phrases(filters) for c in said.nearly], np.int64)
    nearly = is_in(contents, slips)
    sure = np.where(nearly, BY_TEXT * SLIP, 1.0).astype(np.float32)
    if order in (None, BY_CONFIDENCE):
        by_reading = np.argsort(nearly, kind="stable")
        contents, sure = contents[by_reading], sure[by_reading]
    return contents, np.ones(len(contents), np.float32), sure


def _weighed(said: Said, unknown: bool = False) -> Evidence:
    """Return the evidence that the words of a question in a text give.

    unknown: whether sight is a poor judge of all asked words, see `says_no_looks`.
    """
    weight = WEIGHTS[min(said.words, len(WEIGHTS)) - 1] * said.share
    min_confidence = 0.0
    if said.together or not said.seen:
        min_confidence = BY_TEXT if said.together or said.words > 2 or unknown else BY_FEW
        min_confidence *= said.share
    if said.how == NEARLY:
        weight, min_confidence = weight * SLIP, min_confidence * SLIP
    return Evidence(WRITTEN, weight, min_confidence)


def _phrases(filters: Filters) -> tuple[Saying, ...]:
    """Return the phrases that must be written in a photo, from resolved filters."""
    found: tuple[Saying, ...] = filters.get(TEXTS.name, ())
    return found
