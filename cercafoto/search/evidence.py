"""How much speaks for a photo besides what the model sees.

Evidence is more or less telling: its weight is added to the log-odds of what is seen, so that sight
and words agree, or temper each other.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from cercafoto.base.arrays import Floats
from cercafoto.base.word_stems import stem, stems
from cercafoto.labels.vocabulary import usual_stems
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
    """What speaks for a photo.

    kind: one of `results.EVIDENCE`.
    weight: what it adds to the log-odds.
    least: how sure it makes by itself, whatever is seen.
    path: of the photo itself, among its copies; b"" where it is of its content.
    """

    kind: str
    weight: float
    least: float = 0.0
    path: bytes = b""

    @property
    def comes_first(self) -> bool:
        """Whether it puts a photo before those that are only seen to answer."""
        return self.least >= BY_NAME or self.weight == CERTAIN


NONE = Evidence("", 0.0)


def with_evidence(confidences: Floats, evidence: Sequence[Evidence]) -> Floats:
    """Add to each photo's confidence by sight, [n], what speaks for it besides: [n] float32."""
    weights, least = (
        np.array([getattr(each, name) for each in evidence], np.float32)
        for name in ("weight", "least")
    )
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
