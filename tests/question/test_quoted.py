"""Phrases in quotation marks, taken out of a sentence."""

from __future__ import annotations

import pytest

from cercafoto.question.context import Context
from cercafoto.question.query import Query
from cercafoto.question.question import Question
from cercafoto.question.quoted import ALL_WRITTEN, quoted_phrases


def test_or_between_phrases_is_told() -> None:
    written = Context(written=True)
    query = Query.of(Question(('"latte" o "uova"',)), written)
    assert query.written == ("latte", "uova") and query.notes == (ALL_WRITTEN,)
    assert not Query.of(Question(('"latte" e "uova"',)), written).notes


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
