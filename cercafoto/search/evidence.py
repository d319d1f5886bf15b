"""Evidence that a photo answers, apart from what the model sees, and its effect on the confidence.

The weight of the evidence is added to the log-odds of the confidence by sight, so both count.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from cercafoto.base.arrays import Floats
from cercafoto.base.word_stems import stem, stems
from cercafoto.labels.likely_words import usual_stems
from cercafoto.question.grammar.listed_words import given_names
from cercafoto.question.spelling import right_words
from cercafoto.search.own_words import AskedWords

CERTAIN = float("inf")
# Confidence that a name gives if sight is a poor judge. Occasions do not look alike: of 144 photos
# whose folder, name or caption named an occasion, 130 belonged to it, whatever they showed. The
# same holds for people's names and for where a file is from. And a person who types all the words
# of a folder's name means that folder.
BY_NAME = 0.9
# Stems of words whose photos do not look alike.
NO_LOOKS = frozenset(
    stems(
        "natale pasqua pasquetta capodanno carnevale ferragosto befana epifania halloween vigilia "
        "compleanno anniversario matrimonio nozze battesimo cresima comunione laurea diploma festa "
        "vacanza gita viaggio crociera ferie weekend cena pranzo aperitivo concerto recita saggio "
        "nonna nonno zia zio mamma papa cugina cugino sorella fratello famiglia casa "
        "whatsapp telegram signal instagram screenshot schermata scansione scansioni"
    ).split()
)
ALL_WORDS = 100.0  # `Evidence.rank` of the words of the whole question
DOUBTFUL = -1.0  # `Evidence.rank` of photos that come after the others
LEAST = 1e-6  # log-odds are taken of confidences from LEAST to 1 - LEAST


class Evidence(NamedTuple):
    """Evidence that a content answers.

    kind: one of `results.EVIDENCE`.
    weight: number added to the log-odds of the confidence by sight.
    min_confidence: the least confidence with this evidence, whatever the model sees.
    path: the copy whose name or words are the evidence; b"" if the evidence holds for all copies.
    rank: of evidence that comes first, how much its words tell: more of them, and rarer ones, come
        before others. DOUBTFUL for photos that come last.
    what: name of the folder that is the evidence, if it has to be told; else "".
    """

    kind: str
    weight: float
    min_confidence: float = 0.0
    path: bytes = b""
    rank: float = 0.0
    what: str = ""

    @property
    def place(self) -> float:
        """Place of the photo in the order: below 0 for those that come first, 1 for those that
        answer only by sight, 2 for the doubtful."""
        return -self.rank if self.comes_first else 2.0 if self.is_doubtful else 1.0

    @property
    def is_doubtful(self) -> bool:
        """Whether the photo only may answer, so that it comes after the others."""
        return self.rank == DOUBTFUL

    @property
    def comes_first(self) -> bool:
        """Whether photos with this evidence come before photos that answer only by sight."""
        return self.min_confidence >= BY_NAME or self.weight == CERTAIN


NONE = Evidence("", 0.0)


def with_evidence(confidences: Floats, evidence: Sequence[Evidence]) -> Floats:
    """Return the confidence of each photo after its evidence is added, [n] float32.

    confidences: confidences by sight only, [n].
    """
    weights = np.array([each.weight for each in evidence], np.float32)
    at_least = np.array([each.min_confidence for each in evidence], np.float32)
    seen = np.clip(confidences, LEAST, 1 - LEAST)
    added = 1.0 / (1.0 + np.exp(-(np.log(seen / (1 - seen)) + weights)))
    return np.where(weights > 0, np.maximum(added, at_least), confidences).astype(np.float32)


def says_no_looks(asked: AskedWords) -> bool:
    """Whether sight is a poor judge of all asked words: each is a name, an occasion, or a word that
    is not in the lists of what photos usually show."""
    usual = usual_stems(set(asked.stems))
    return all(
        short in NO_LOOKS or word in given_names() or not (short in usual or word in right_words())
        for word, short in zip(asked.words, map(stem, asked.words), strict=True)
    )
