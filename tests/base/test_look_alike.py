"""Letters that are taken for one another."""

from __future__ import annotations

import pytest

from cercafoto.base.look_alike import look_alike, trigrams


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("Trattoria da Gigi", "Trattor1a daG1gl"),
        ("moderno", "modemo"),
        ("ROMA 2005", "R0rna 20O5"),
        ("AB-815-XW", "A8815XVV"),
        ("Perché", "perche"),
    ],
)
def test_misread_text_becomes_the_same_letters(written: str, read: str) -> None:
    assert look_alike(written) == look_alike(read)


def test_other_letters_stay_different() -> None:
    assert look_alike("casa") != look_alike("cassa")
    assert look_alike("23,50") != look_alike("23,40")


def test_trigrams_are_listed_once() -> None:
    assert trigrams("papapa") == ["pap", "apa"]
    assert trigrams("il") == []
