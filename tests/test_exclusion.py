"""What is excluded, as phrases; and questions of several parts."""

from __future__ import annotations

from pathlib import Path

import pytest

from cercafoto.exclusion import phrases
from cercafoto.weighing import example
from cercafoto.weighing import phrases as parts


@pytest.mark.parametrize(
    ("concept", "among"),
    [
        ("gatti", {"gatti", "dei gatti", "un gatto"}),
        ("cani", {"cani", "dei cani", "un cane"}),
        ("un'auto", {"un'auto"}),
        ("al mare", {"al mare"}),
        ("persone", {"un uomo", "una donna", "un bambino"}),
        ("Persone", {"un uomo"}),
        ("gente", {"un uomo"}),
    ],
)
def test_a_concept_becomes_its_phrases(concept: str, among: set[str]) -> None:
    found = phrases(concept)
    assert among <= set(found)
    assert len(found) == len(set(found))


def test_no_invented_singular() -> None:
    assert "un cano" not in phrases("cani")


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        ("un gatto", [("un gatto", 1.0)]),
        ("spiaggia + tramonto", [("spiaggia", 1.0), ("tramonto", 1.0)]),
        ("spiaggia:2 + un bel tramonto:0,5", [("spiaggia", 2.0), ("un bel tramonto", 0.5)]),
        ("alle 12:30", [("alle 12:30", 1.0)]),
        ("C++ su uno schermo", [("C++ su uno schermo", 1.0)]),
        ("", [("", 1.0)]),
    ],
)
def test_phrases_between_plus_signs(sentence: str, expected: list[tuple[str, float]]) -> None:
    assert parts(sentence) == expected


def test_an_example_may_have_a_weight(tmp_path: Path) -> None:
    odd = tmp_path / "foto:0.5"
    assert example(odd) == (tmp_path / "foto", 0.5)
    odd.touch()
    assert example(odd) == (odd, 1.0), "a file of that name is that file"
    assert example(tmp_path / "a.jpg") == (tmp_path / "a.jpg", 1.0)
