"""Phrases in quotation marks, taken out of a sentence."""

from __future__ import annotations

import pytest

from cercafoto.question.quoted import quoted_phrases


@pytest.mark.parametrize(
    ("sentence", "inside", "rest"),
    [
        ('scontrino "da Gigi" di marzo', ["da Gigi"], "scontrino di marzo"),
        ("«password  wifi»", ["password wifi"], ""),
        ("un “cartello” e un „avviso“", ["cartello", "avviso"], "un e un"),
        ("un gatto", [], "un gatto"),
        ('un gatto "', [], 'un gatto "'),
        ('foto "--"', [], 'foto "--"'),
        ('gatto -"maglia a righe"', [], 'gatto -"maglia a righe"'),
        ('senza "maglia a righe" ma "saldi"', ["saldi"], 'senza "maglia a righe" ma'),
        ('senza la "maglia a righe"', [], 'senza la "maglia a righe"'),
    ],
)
def test_phrases_and_the_rest(sentence: str, inside: list[str], rest: str) -> None:
    phrases, left = quoted_phrases(sentence)
    assert [phrase.inside for phrase in phrases] == inside
    assert " ".join(left.split()) == rest
    assert all(phrase.typed in sentence for phrase in phrases)
