"""Test which labels are chosen, given their confidences."""

from __future__ import annotations

import numpy as np
import pytest

from cercafoto.labels.label_choice import Choice
from cercafoto.labels.label_file import parse_labels


def chosen(
    text: str, likely: dict[str, float], threshold: float = 0.3, most: int = 5
) -> dict[str, float]:
    """Return the labels given to one photo, in order, with their confidence."""
    labels = parse_labels(text, "e.txt")
    searched = [label.name for label in labels if label.searched]
    assert set(likely) <= set(searched)
    row = np.array([[likely.get(name, 0.01) for name in searched]], np.float32)
    (found,) = Choice(labels, threshold, most)(row / 2, row)
    assert all(g.score == pytest.approx(g.confidence / 2) for g in found if "altro" not in g.label)
    return {given.label: round(given.confidence, 3) for given in found}


TREE = "animale\nanimale > cane\ncane > bassotto\nanimale > gatto\nmare\n"


def test_a_species_brings_its_genera_as_likely_as_itself() -> None:
    assert chosen(TREE, {"bassotto": 0.8}) == {"animale": 0.8, "cane": 0.8, "bassotto": 0.8}
    assert chosen(TREE, {"cane": 0.6, "animale": 0.9, "mare": 0.7}) == {
        "animale": 0.9,
        "mare": 0.7,
        "cane": 0.6,
    }


def test_a_genus_stands_alone_when_no_species_passes() -> None:
    assert chosen(TREE, {"animale": 0.5, "cane": 0.2}) == {"animale": 0.5}


def test_a_genus_without_a_line_comes_only_with_its_species() -> None:
    assert chosen("cosa > sedia\n", {"sedia": 0.5}) == {"cosa": 0.5, "sedia": 0.5}
    assert chosen("cosa > sedia\n", {}) == {}


def test_genera_do_not_count() -> None:
    assert list(chosen(TREE, {"bassotto": 0.8, "gatto": 0.7, "mare": 0.6}, most=2)) == [
        "animale",
        "cane",
        "bassotto",
        "gatto",
    ]


def test_a_labels_own_threshold_wins_over_the_common_one() -> None:
    text = "mare @0.8\ncielo @0.1\nlago\n"
    assert chosen(text, {"mare": 0.7, "cielo": 0.2, "lago": 0.2}) == {"cielo": 0.2}
    assert chosen(text, {"mare": 0.7, "cielo": 0.2, "lago": 0.95}, threshold=0.9) == {
        "lago": 0.95,
        "cielo": 0.2,
    }


ONE = "[uno: dove]\ninterno\nesterno\naltro\n[più]\ngatto\n"


def test_one_label_wins_in_an_exclusive_section() -> None:
    assert chosen(ONE, {"interno": 0.5, "esterno": 0.6, "gatto": 0.4}) == {
        "esterno": 0.6,
        "gatto": 0.4,
    }


def test_the_rest_is_given_if_nothing_else_passes() -> None:
    assert chosen(ONE, {"interno": 0.2, "gatto": 0.4}) == {"altro (dove)": 0.8, "gatto": 0.4}
    assert chosen("mare\naltro\n", {"mare": 0.1}) == {"altro": 0.9}
    assert chosen("mare\naltro\n", {"mare": 0.4}) == {"mare": 0.4}
    assert chosen("mare\naltro @0.8\n", {"mare": 0.1}) == {"altro": 0.9}
    assert chosen("mare\naltro @0.8\n", {"mare": 0.25}) == {}


def test_the_winner_is_narrowed_down_to_its_species() -> None:
    text = "[uno]\nanimale\nanimale > cane\ncane > bassotto\npianta\n"
    likely = {"animale": 0.9, "cane": 0.5, "bassotto": 0.1, "pianta": 0.8}
    assert chosen(text, likely) == {"animale": 0.9, "cane": 0.5}


def test_many_photos_one_by_one_or_together() -> None:
    labels = parse_labels(TREE + ONE.replace("gatto", "mela"), "e.txt")
    rng = np.random.default_rng(0)
    columns = sum(label.searched for label in labels)
    likely = rng.random((50, columns)).astype(np.float32)
    choice = Choice(labels, 0.6, 3)
    together = list(choice(likely, likely))
    assert together == [next(iter(choice(row[None], row[None]))) for row in likely]
    for found in together:
        names = [given.label for given in found]
        assert len(names) == len(set(names))
        assert sum(name in {"interno", "esterno", "altro (dove)"} for name in names) <= 1
        assert ("bassotto" not in names) or {"cane", "animale"} <= set(names)
