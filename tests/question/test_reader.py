"""Test how whole sentences are read."""

from __future__ import annotations

import random
import sys
from types import FrameType

import pytest

from cercafoto.errors import UsageError
from cercafoto.question.context import Context
from cercafoto.question.filters.filter import NO_FILTERS
from cercafoto.question.query import Query
from cercafoto.question.reader import read
from tests.question.sentences import SATURDAY, days, one_day, reading, year
from tests.question.test_exclusion_phrases import WITHOUT
from tests.question.test_file_phrases import CAMERAS, FILES
from tests.question.test_order_phrases import ORDERS
from tests.question.test_place_phrases import PLACES
from tests.question.test_request_phrases import REQUESTS, SEEN
from tests.question.test_time_phrases import DATES, VISUAL


@pytest.mark.parametrize(
    ("written", "text"),
    [
        ("una citta' di mare", "una città di mare"),
        ("perche' no", "perché no"),
        ("un po' di neve", "un po' di neve"),
        ("l’albero", "l'albero"),
        ("l' albero", "l'albero"),
        ("caffe\u0300", "caffè"),
        ("un 'gatto nero' che dorme", "un 'gatto nero' che dorme"),
        ("  un   cane\t", "un cane"),
        ("Ca' Foscari", "Ca' Foscari"),
        ("Il Colosseo", "Il Colosseo"),
    ],
)
def test_words_are_tidied_and_nothing_else(written: str, text: str) -> None:
    assert reading(written).text == text


def test_apostrophes_and_case_do_not_change_a_date() -> None:
    for phrase in ("L’ANNO SCORSO", "l'Anno Scorso", "l' anno scorso"):
        assert days(reading(phrase)) == year(2023)


def test_literal_words_stay_text() -> None:
    found = read("  al mare ad agosto 2019, senza   persone", Context(SATURDAY), literal=True)
    assert found.text == "al mare ad agosto 2019, senza persone"
    assert found[1:4] == (NO_FILTERS, (), ())
    assert read("gatto \udcff", Context(SATURDAY), literal=True).text == "gatto ?"


# -- properties --------------------------------------------------------------------------------

TABLES = (DATES, WITHOUT, PLACES, CAMERAS, FILES, ORDERS, REQUESTS)
PHRASES = [*(row[0] for table in TABLES for row in table), *VISUAL, *SEEN]
WORDS = sorted({word for phrase in PHRASES for word in phrase.split()})


def sentences(number: int) -> list[str]:
    """Generate sentences of random words that the grammars know."""
    chance = random.Random(7)
    return [" ".join(chance.choices(WORDS, k=chance.randint(1, 9))) for _ in range(number)]


def test_reading_the_text_that_is_left_changes_nothing() -> None:
    for phrase in [*PHRASES, *sentences(300)]:
        first = reading(phrase)
        if any("un luogo per volta" in note or "è già chiesto" in note for note in first.notes):
            continue  # that place, or camera, is the one of what is left
        again = reading(first.text)
        assert again.text == first.text, phrase


def test_every_word_is_accounted_for() -> None:
    from cercafoto.question.grammar.tokens import tidy

    def letters(text: str) -> str:
        return "".join(c for c in text if c.isalnum())

    for phrase in [*PHRASES, *sentences(300)]:
        found = reading(phrase)
        parts = "".join(letters(role.words) for role in found.words)
        assert parts == letters(tidy(phrase)), phrase
        seen = "".join(letters(role.words) for role in found.words if role.kind == "testo")
        assert seen == letters(found.text), phrase


def test_nothing_raises_on_noise() -> None:
    chance = random.Random(3)
    alphabet = "aeilnorstd '’\"«»,.-/0123456789°\u0300èé\ud800\udcff\x00\n🐕İß"
    for number in range(600):
        noise = "".join(chance.choices(alphabet, k=chance.randint(0, 16)))
        if number % 2:
            noise = f"{chance.choice(WORDS)} {noise} {chance.choice(WORDS)}"
        found = reading(noise)
        found.text.encode("utf-8")  # what the tower reads is valid text


def test_a_reading_takes_few_steps() -> None:
    """Count function calls, 8,300 today, which do not depend on the machine."""
    calls = 0

    def count(frame: FrameType, event: str, argument: object) -> None:
        nonlocal calls
        calls += event == "call"

    before = sys.getprofile()
    for profile in (before, count):  # the first time reads the tables
        sys.setprofile(profile)
        reading("un cane al mare ad agosto 2019, senza persone né gatti, vicino a Siena")
    sys.setprofile(before)
    assert 1_000 < calls < 25_000


def test_today_may_be_fixed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CERCAFOTO_OGGI", "2020-03-01")
    assert days(read("ieri", Context())) == one_day("2020-02-29")
    monkeypatch.setenv("CERCAFOTO_OGGI", "domani")
    with pytest.raises(UsageError, match="CERCAFOTO_OGGI"):
        Query.parse(["ieri"])
