"""Evidence for a photo beside what the model sees, and its effect on the confidence.

The weight of evidence is added to the log-odds of the confidence by sight, so that sight and words
support or temper each other.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from cercafoto.base.arrays import Floats
from cercafoto.base.word_stems import stem, stems
from cercafoto.labels.likely_words import usual_stems
from cercafoto.question.grammar.given_names import given_names
from cercafoto.question.spelling import right_words
from cercafoto.search.own_words import AskedWords

CERTAIN = float("inf")
# Of what has no looks of its own, sight is a poor judge: of photos whose folder, name or caption
# said an occasion, 130 of 144 belonged to it, whatever they showed. So are people's names and where
# a file is from; and who types the whole of a folder's name, of several words, means that folder.
BY_NAME = 0.9
NO_LOOKS = frozenset(
    stems(
        "natale pasqua pasquetta capodanno carnevale ferragosto befana epifania halloween vigilia "
        "compleanno anniversario matrimonio nozze battesimo cresima comunione laurea diploma festa "
        "vacanza gita viaggio crociera ferie weekend cena pranzo aperitivo concerto recita saggio "
        "nonna nonno zia zio mamma papa cugina cugino sorella fratello famiglia casa "
        "whatsapp telegram signal instagram screenshot schermata scansione scansioni"
    ).split()
)
LEAST = 1e-6  # confidence whose log-odds are taken


class Evidence(NamedTuple):
    """Evidence for a content.

    kind: one of `results.EVIDENCE`.
    weight: what it adds to the log-odds.
    min_confidence: the confidence that it gives by itself, whatever the model sees.
    path: the copy whose name or words it is; b"" if it holds for all copies.
    """

    kind: str
    weight: float
    min_confidence: float = 0.0
    path: bytes = b""

    @property
    def comes_first(self) -> bool:
        """Whether photos with this evidence come before photos that answer only by sight."""
        return self.min_confidence >= BY_NAME or self.weight == CERTAIN


NONE = Evidence("", 0.0)


def with_evidence(confidences: Floats, evidence: Sequence[Evidence]) -> Floats:
    """Return each photo's confidence, from the one by sight, [n], and its evidence: [n] float32."""
    weights = np.array([each.weight for each in evidence], np.float32)
    least = np.array([each.min_confidence for each in evidence], np.float32)
    seen = np.clip(confidences, LEAST, 1 - LEAST)
    added = 1.0 / (1.0 + np.exp(-(np.log(seen / (1 - seen)) + weights)))
    return np.where(weights > 0, np.maximum(added, least), confidences).astype(np.float32)


def says_no_looks(asked: AskedWords) -> bool:
    """Whether all words are names, occasions, or words that no list of what photos show has."""
    usual = usual_stems(set(asked.stems))
    return all(
        short in NO_LOOKS or word in given_names() or not (short in usual or word in right_words())
        for word, short in zip(asked.words, map(stem, asked.words), strict=True)
    )
