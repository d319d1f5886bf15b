"""Test when a genus without a line of its own is given, by how likely its species are."""

from __future__ import annotations

import numpy as np
import pytest

from cercafoto.labels.genera import (
    LIKELIEST,
    fitting_corrections,
    genus_confidences,
    unsearched_genera,
)
from cercafoto.labels.label_choice import Choice
from cercafoto.labels.label_file import default_labels, parse_labels

TEXT = "luogo > casa > cucina\ncasa > bagno\nluogo > piazza\nmare\n"


def chosen(
    text: str, likely: dict[str, float], corrections: dict[str, float | None] | None = None
) -> dict[str, float]:
    """Return the labels given to one photo from 0.3 on, at most one, with their confidence."""
    labels = parse_labels(text, "e.txt")
    row = np.array([[likely.get(x.name, 0.01) for x in labels if x.searched]], np.float32)
    (found,) = Choice(labels, 0.3, 1, corrections)(row / 2, row)
    for given in found:
        assert given.score <= row.max() / 2
    return {given.label: round(given.confidence, 2) for given in found}


def test_species_make_a_genus_likely_that_none_of_them_is() -> None:
    likely = {"cucina": 0.2, "bagno": 0.2}
    assert chosen(TEXT, likely) == {"casa": 0.36, "luogo": 0.37}
    assert chosen(TEXT, {"cucina": 0.2}) == {}


def test_it_comes_beside_the_labels_that_count() -> None:
    likely = {"cucina": 0.2, "bagno": 0.2, "mare": 0.9, "piazza": 0.5}
    assert chosen(TEXT, likely) == {"mare": 0.9, "luogo": 0.68, "casa": 0.36}


def test_a_genus_is_at_least_as_likely_as_its_species() -> None:
    assert chosen(TEXT, {"cucina": 0.5, "bagno": 0.4}) == {"luogo": 0.7, "casa": 0.7, "cucina": 0.5}
    # A correction never takes a genus from its species.
    less = {"casa": -3.0, "luogo": -3.0}
    assert chosen(TEXT, {"cucina": 0.5}, less) == {"luogo": 0.5, "casa": 0.5, "cucina": 0.5}


def test_corrections_raise_and_lower() -> None:
    assert chosen(TEXT, {"cucina": 0.2}, {"casa": 3.0}) == {"casa": 0.84, "luogo": 0.84}
    assert chosen(TEXT, {"cucina": 0.2, "bagno": 0.2}, {"casa": -1.0, "luogo": -1.0}) == {}


def test_a_genus_that_most_photos_bear_only_comes_with_its_species() -> None:
    likely = {"cucina": 0.2, "bagno": 0.2, "mare": 0.9}
    assert chosen(TEXT, likely, {"casa": None}) == {"mare": 0.9, "luogo": 0.37}
    assert set(chosen(TEXT, {"cucina": 0.5}, {"casa": None})) == {"luogo", "casa", "cucina"}


def test_a_genus_needs_what_its_least_strict_species_needs() -> None:
    strict = "casa > cucina @0.9\ncasa > bagno @0.6\nmare\n"
    likely = {"cucina": 0.5, "bagno": 0.4}
    assert chosen("casa > cucina\ncasa > bagno\nmare\n", likely) == {"casa": 0.7, "cucina": 0.5}
    assert chosen(strict, likely) == {"casa": 0.7}
    assert chosen(strict.replace("@0.6", "@0.8"), likely) == {}


def test_corrections_are_for_genera_with_all_their_default_species() -> None:
    corrections = {"casa": 3.7, "veicolo": None}
    assert fitting_corrections(default_labels(), corrections) == corrections
    own = parse_labels("casa > nonna\ncasa > gatto\nveicolo > moto\n", "e.txt")
    assert fitting_corrections(own, corrections) == {}
    below = [label for label in default_labels() if "casa" in label.genera]
    assert fitting_corrections([*own, *below], corrections) == {"casa": 3.7}


def test_a_genus_that_is_searched_goes_by_its_own_words() -> None:
    assert chosen("casa\n" + TEXT, {"cucina": 0.2, "bagno": 0.2}) == {"luogo": 0.37}


def test_in_an_exclusive_section_no_genus_comes_alone() -> None:
    assert chosen("[uno]\n" + TEXT, {"cucina": 0.2, "bagno": 0.2}) == {}


def test_the_rest_is_not_given_beside_a_genus_of_its_section() -> None:
    assert chosen(TEXT + "altro\n", {"cucina": 0.2, "bagno": 0.2}) == {"casa": 0.36, "luogo": 0.37}
    assert chosen(TEXT + "altro\n", {"cucina": 0.2}) == {"altro": 0.8}


def test_hundreds_of_hardly_likely_species_make_no_genus() -> None:
    text = "\n".join(f"insetto > insetto {at}" for at in range(400))
    assert chosen(text, {}) == {}


@pytest.mark.parametrize("number", [1, LIKELIEST, 3 * LIKELIEST])
def test_confidences_equal_the_obvious_computation(number: int) -> None:
    labels = parse_labels("\n".join(f"genere > specie {at}" for at in range(number)), "e.txt")
    (genus,) = unsearched_genera(labels, {"genere": 0.7})
    likely = np.random.default_rng(number).random((6, number)).astype(np.float32) * 0.9
    for row, (found,) in zip(likely, genus_confidences(likely, [genus]), strict=True):
        none = np.prod([1 - each for each in sorted(row, reverse=True)[:LIKELIEST]])
        odds = (1 - none) / none * np.exp(0.7)
        assert found == pytest.approx(odds / (1 + odds), abs=1e-3)
