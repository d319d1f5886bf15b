"""How well labels and exclusions fit photos, by complete judgments."""

from __future__ import annotations

import numpy as np
import pytest

from cercafoto.labels.label_file import default_labels
from cercafoto.search.exclusion import canonical
from cercafoto.training.measure.judgments import DOUBTFUL, FAILS, HOLDS, Judgments
from cercafoto.training.measure.label_figures import (
    EXCLUDED,
    exclusion_figures,
    exclusion_table,
    tag_figures,
    tag_table,
)

LABELS = ["persone", "mare", "cane"]
ALL = np.ones(4, dtype=bool)


@pytest.fixture
def judgments() -> Judgments:
    truth = np.array(
        [[HOLDS, HOLDS, FAILS], [HOLDS, FAILS, DOUBTFUL], [FAILS, DOUBTFUL, HOLDS], [FAILS] * 3],
        np.int8,
    )
    return Judgments([f"{name}.jpg" for name in "abcd"], LABELS, truth)


def test_labels_by_hand(judgments: Judgments) -> None:
    # Right, right and wrong; in doubt; in doubt and right; none.
    given = [{"persone", "mare", "cane"}, {"cane"}, ["mare", "cane"], ()]
    figures = tag_figures(given, judgments, ALL)
    assert (figures.photos, figures.given, figures.right, figures.holding) == (4, 4, 3, 4)
    assert figures.precision == 0.75
    assert figures.recall == 0.75
    assert figures.f1 == 0.75
    assert figures.bare == 1  # a doubtful label is one all the same
    half = tag_figures(given, judgments, np.array([True, False, False, True]))
    assert (half.photos, half.given, half.right, half.holding, half.bare) == (2, 3, 2, 2, 1)
    assert half.f1 == pytest.approx(2 * (2 / 3) / (2 / 3 + 1))
    rows = [line.split() for line in tag_table({"all": figures, "half": half}).splitlines()]
    assert rows[1] == ["all", "4", "1", "4", "0.750", "0.750", "0.750"]
    assert rows[2] == ["half", "2", "1", "3", "0.667", "1.000", "0.800"]


def test_no_labels_at_all(judgments: Judgments) -> None:
    figures = tag_figures([()] * 4, judgments, ALL)
    assert (figures.given, figures.bare, figures.recall, figures.f1) == (0, 4, 0, 0)
    assert np.isnan(figures.precision)


def test_a_label_that_nobody_judged_is_refused(judgments: Judgments) -> None:
    with pytest.raises(KeyError, match="gatto"):
        tag_figures([{"gatto"}, (), (), ()], judgments, ALL)


def test_exclusions_by_hand(judgments: Judgments) -> None:
    gone = {
        "persone": np.array([True, False, True, False]),
        "mare": np.array([True, True, True, False]),
        "cani": np.array([False, True, True, False]),
    }
    figures = exclusion_figures(gone, judgments, ALL)
    people, sea, dogs = figures.values()
    assert (people.showing, people.showing_gone, people.others, people.others_gone) == (
        2, 0.5, 2, 0.5,
    )  # fmt: skip
    assert (sea.showing, sea.showing_gone, sea.others, sea.others_gone) == (1, 1, 2, 0.5)
    assert (dogs.showing, dogs.showing_gone, dogs.others, dogs.others_gone) == (1, 1, 2, 0)
    half = exclusion_figures(gone, judgments, np.array([False, True, False, True]))
    assert half["mare"].showing == 0 and np.isnan(half["mare"].showing_gone)
    rows = [line.split() for line in exclusion_table(figures).splitlines()]
    assert rows[2] == ["mare", "1", "1.000", "2", "0.500"]


def test_every_excluded_thing_has_a_default_label() -> None:
    names = {label.name for label in default_labels()}
    assert set(EXCLUDED.values()) <= names
    for said, label in EXCLUDED.items():
        assert canonical(said) == canonical(label)
