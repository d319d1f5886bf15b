"""Test hours of the day and days of the week."""

from __future__ import annotations

import pytest

from cercafoto.question.filters.filter import NO_FILTERS, Filters
from cercafoto.question.filters.hours import HOURS, WEEKDAYS
from cercafoto.question.filters.place import PLACE
from cercafoto.question.grammar.place_meant import PlaceMeant
from tests.question.sentences import days, reading

PHRASES = [
    ("foto scattate di notte", "", (21, 6)),
    ("scattate al mattino", "", (5, 12)),
    ("foto fatte di sera", "", (18, 23)),
    ("una città fotografata di notte", "una città", (21, 6)),
    ("foto scattate nel pomeriggio", "", (12, 18)),
    ("foto scattate alle 8", "", (8, 9)),
    ("foto scattate alle 8 di sera", "", (20, 21)),
    ("foto scattate tra le 8 e le 10", "", (8, 10)),
    ("foto scattate dalle 22 alle 2", "", (22, 2)),
    ("foto scattate dopo le 22", "", (22, 24)),
    ("foto scattate prima delle 7", "", (0, 7)),
    ("foto fatte a Firenze di notte", "", (21, 6)),
    ("scattate di sabato sera", "", (18, 23)),
    ("questa notte", "", (0, 6)),
    ("la mattina di Natale 2018", "", (5, 12)),
    ("ieri sera", "", (18, 23)),
    ("stamattina", "", (5, 12)),
    ("di sera", "", (18, 23)),
    ("foto di sera", "", (18, 23)),
    ("foto di sera d'estate", "", (18, 23)),
    ("a Siena di sera", "", (18, 23)),
    ("in montagna di sera", "in montagna", (18, 23)),
    ("una montagna di sera", "una montagna di sera", None),
    ("torta fatta di sera", "torta fatta di sera", None),
]


@pytest.mark.parametrize(("phrase", "text", "hours"), PHRASES)
def test_the_hour_counts_only_for_photos_that_were_taken(
    phrase: str, text: str, hours: tuple[int, int] | None
) -> None:
    found = reading(phrase)
    assert (found.text, HOURS.of(found.filters)) == (text, hours)


def test_hours_days_and_places_go_together() -> None:
    found = reading("le foto scattate di notte ad agosto 2019 a Roma")
    assert (found.text, days(found)) == ("", "2019-08-01..2019-08-31")
    assert HOURS.of(found.filters) == (21, 6)
    assert PLACE.of(found.filters) == PlaceMeant("Roma", "comune")


@pytest.mark.parametrize(
    ("phrase", "text", "filters"),
    [
        ("foto scattate di domenica", "", Filters(weekdays=frozenset({6}))),
        ("di domenica", "", Filters(weekdays=frozenset({6}))),
        (
            "al parco di sabato mattina",
            "al parco",
            Filters(weekdays=frozenset({5}), hours=(5, 12)),
        ),
        ("pranzo della domenica", "pranzo della domenica", NO_FILTERS),
        ("pranzo ogni domenica", "pranzo", Filters(weekdays=frozenset({6}))),
    ],
)
def test_weekdays(phrase: str, text: str, filters: Filters) -> None:
    found = reading(phrase)
    assert (found.text, found.filters) == (text, filters)


def test_weekends() -> None:
    assert WEEKDAYS.of(reading("nei weekend del 2019").filters) == {5, 6}
    assert WEEKDAYS.of(reading("nel fine settimana scorso").filters) is None
