"""Test words that stay text although they look like a phrase."""

from __future__ import annotations

import pytest

from cercafoto.question.filters.filter import NO_FILTERS
from tests.question.sentences import reading


@pytest.mark.parametrize(
    ("phrase", "text"),
    [
        ('maglietta con "1982"', "maglietta con 1982"),
        ('"nel 2018"', "nel 2018"),
        ("cartello «senza piombo»", "cartello senza piombo"),
        ("insegna “a Roma”", "insegna a Roma"),
    ],
)
def test_words_in_quotes_stay_text(phrase: str, text: str) -> None:
    found = reading(phrase)
    assert found[:3] == (text, NO_FILTERS, ())


@pytest.mark.parametrize(
    ("phrase", "text"),
    [
        ("foto di Roma?", ""),
        ("nel 2019?", ""),
        ("gatti a Roma?!", "gatti"),
        ("a Roma, gatti?", "gatti"),
        ("gatti?", "gatti?"),
    ],
)
def test_a_final_question_mark_beside_a_condition_is_no_text(phrase: str, text: str) -> None:
    assert reading(phrase).text == text


@pytest.mark.parametrize(
    ("phrase", "text"),
    [
        ("le preferite del mare", "mare"),
        ("le preferite di Kira", "Kira"),
        ("nel 2019 e il mare", "il mare"),
        ("foto verticali di gatti", "gatti"),
        ("senza persone e un cane", "un cane"),
        ("a Roma o il mare", "il mare"),
    ],
)
def test_small_words_between_a_condition_and_the_text_are_no_text(phrase: str, text: str) -> None:
    assert reading(phrase).text == text


@pytest.mark.parametrize(
    ("phrase", "text"),
    [
        ("senza persone di notte", "di notte"),
        ("le preferite di notte", "di notte"),
        ("le preferite di spalle", "di spalle"),
    ],
)
def test_di_of_how_something_is_seen_stays_text(phrase: str, text: str) -> None:
    assert reading(phrase).text == text


def test_a_lone_word_of_time_says_how_to_make_it_a_date() -> None:
    assert reading("estate").notes[0].endswith("scrivi «estate 2023»")
    assert reading("agosto").notes[0].endswith("scrivi «ad agosto»")
