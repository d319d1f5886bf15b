"""Places that are filters, and words that only look like one."""

from __future__ import annotations

import pytest

from cercafoto.question.grammar.place_phrases import PlaceMeant
from cercafoto.question.reader import read
from tests.question.sentences import SATURDAY, reading

PLACES = [
    ("a Roma", "", ("Roma", "comune", None)),
    ("a roma", "", ("Roma", "comune", None)),
    ("un gatto a Roma", "un gatto", ("Roma", "comune", None)),
    ("nelle Marche", "", ("Marche", "regione", None)),
    ("trulli in Puglia", "trulli", ("Puglia", "regione", None)),
    ("all'Elba", "", ("Isola d'Elba", "luogo", None)),
    ("all'isola d'Elba", "", ("Isola d'Elba", "luogo", None)),
    ("a New York", "", ("New York", "comune", None)),
    ("un taxi a New York nel 2019", "un taxi", ("New York", "comune", None)),
    ("a Reggio nell'Emilia", "", ("Reggio nell'Emilia", "comune", None)),
    ("in provincia di Siena", "", ("Siena", "provincia", None)),
    ("negli Stati Uniti", "", ("Stati Uniti", "paese", None)),
    ("vicino a Siena", "", ("Siena", "vicino", 30.0)),
    ("nei dintorni di Siena", "", ("Siena", "vicino", 30.0)),
    ("a 10 km da Siena", "", ("Siena", "vicino", 10.0)),
    ("foto di Firenze", "", ("Firenze", "comune", None)),
    ("il duomo di Firenze", "il duomo di Firenze", None),
    ("Sardegna 2018", "", ("Sardegna", "regione", None)),
    ("sardegna", "sardegna", None),
    ("a Calcio", "", ("Calcio", "comune", None)),
    ("in Campagna", "", ("Campagna", "comune", None)),
    ("a Maggio", "", None),  # the month, whatever the gazetteer holds
    ("al mare a Roma", "al mare", ("Roma", "comune", None)),
    ("foto scattate a Roma", "", ("Roma", "comune", None)),
    ("una maglia di Roma", "una maglia di Roma", None),
    ("gita in Siena", "gita", ("Siena", "comune", None)),
    ("gita in siena", "gita in siena", None),  # a town is "a Siena"
    ("TRULLI IN PUGLIA", "TRULLI", ("Puglia", "regione", None)),
    ("a Paperopoli", "a Paperopoli", None),
]


@pytest.mark.parametrize(("phrase", "text", "place"), PLACES)
def test_places(phrase: str, text: str, place: tuple[str, str, float | None] | None) -> None:
    found = reading(phrase)
    got = found.place and (found.place.name, found.place.kind, found.place.radius_km)
    assert (found.text, got) == (text, place)
    assert found.notes == ()


def test_a_place_without_photos_stays_text_and_says_so() -> None:
    found = reading("un cane a Parigi")
    assert (found.text, found.place) == ("un cane a Parigi", None)
    assert found.notes == ("«a Parigi» resta nel testo: nessuna foto ha quella posizione",)


def test_one_place_at_a_time_and_none_left_out() -> None:
    found = reading("a Roma o a Firenze")
    assert found.place == PlaceMeant("Roma", "comune")
    assert "a Firenze" in found.text
    assert "un luogo per volta" in found.notes[0]
    found = reading("un gatto ma non a Roma")
    assert (found.text, found.place, found.exclude) == ("un gatto", None, ())
    assert "non si può ancora escludere" in found.notes[0]


def test_without_a_gazetteer_no_word_is_a_place() -> None:
    found = read("un gatto a Roma", now=SATURDAY)
    assert (found.text, found.place, found.notes) == ("un gatto a Roma", None, ())
