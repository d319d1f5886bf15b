"""Test which words that became a filter may also be a photo's own words."""

from __future__ import annotations

import pytest

from cercafoto.question.filters.days import DAYS
from cercafoto.question.filters.place import PLACE
from tests.question.sentences import reading

OWN: list[tuple[str, dict[str, str]]] = [
    ("natale 2018", {DAYS.name: "natale 2018"}),
    ("foto di Natale", {DAYS.name: "Natale"}),
    ("il gatto a natale nel 2018", {DAYS.name: "natale 2018"}),
    ("al mare ad agosto 2019", {DAYS.name: "agosto 2019"}),
    ("nel 2019", {DAYS.name: "2019"}),
    ("estate 2018", {DAYS.name: "estate 2018"}),
    ("roma 2019", {DAYS.name: "2019", PLACE.name: "roma"}),
    ("mare sardegna", {PLACE.name: "sardegna"}),
    ("a San Gimignano", {PLACE.name: "San Gimignano"}),
    # prepositions of days and places belong to no name
    ("prima del 2010", {}),
    ("a Natale, prima del 2010", {}),
    ("dal 2015 al 2016", {}),
    ("tra il 2010 e il 2012", {}),
    ("ogni Natale", {}),
    ("l'anno scorso", {}),
    ("ieri", {}),
    ("vicino a Siena", {}),
    ("a 10 km da Siena", {}),
    # hours, weekdays, the camera and excluded words are no name either
    ("di domenica", {}),
    ("con la Canon", {}),
    ("un gatto senza cani", {}),
    ("un gatto", {}),
]


@pytest.mark.parametrize(("sentence", "own"), OWN)
def test_words_of_a_filter_that_may_be_names_are_remembered(
    sentence: str, own: dict[str, str]
) -> None:
    assert dict(reading(sentence).own) == own
