"""Test phrases about favourites and coloured labels, and words that only look like them."""

from __future__ import annotations

import pytest

from cercafoto.question.context import Context
from cercafoto.question.filters.excepted import EXCEPTED
from cercafoto.question.filters.file_filters import COLOR_LABEL, RATING
from cercafoto.question.filters.filter import Filters
from cercafoto.question.heard import Heard
from cercafoto.question.query import Query
from cercafoto.question.question import Question
from cercafoto.question.reader import read
from tests.question.sentences import SATURDAY, reading

RED = Filters(color_label=("rosso",))
SAID = [
    ("con etichetta rossa", "", RED),
    ("etichette rosse", "", RED),
    ("mare con etichetta rossa o gialla", "mare", Filters(color_label=("rosso", "giallo"))),
    ("foto con l'etichetta verde", "", Filters(color_label=("verde",))),
    ("foto segnate in rosso", "", RED),
    ("foto di gatti segnate in rosso", "gatti", RED),
    ("le preferite", "", Filters(rating=5)),
    ("le mie foto preferite", "", Filters(rating=5)),
    ("mare, tra i miei preferiti", "mare", Filters(rating=5)),
    ("tra le mie foto preferite", "", Filters(rating=5)),
    ("solo preferite", "", Filters(rating=5)),
    ("mare, preferite", "mare", Filters(rating=5)),
    ("preferite di gatti", "di gatti", Filters(rating=5)),
    ("le preferite del mare", "mare", Filters(rating=5)),
    ("foto preferite del mare", "mare", Filters(rating=5)),
]
SHOWN = """un'auto rossa
una macchina di colore rosso
una bottiglia con l'etichetta rossa
una borsa con un'etichetta rossa
olio con etichetta verde
piste da sci segnate in nero
i piatti preferiti
le scarpe preferite
tra le scarpe preferite
i piatti, preferiti
la mia canzone preferita"""


@pytest.mark.parametrize(("phrase", "text", "filters"), SAID)
def test_marks(phrase: str, text: str, filters: Filters) -> None:
    found = reading(phrase)
    assert (found.text, found.filters, found.notes) == (text, filters, ())


@pytest.mark.parametrize("sentence", SHOWN.splitlines())
def test_what_a_photo_shows_stays_text(sentence: str) -> None:
    assert (reading(sentence).text, reading(sentence).filters) == (sentence, Filters())


@pytest.mark.parametrize("words", ["senza etichetta rossa", "tranne quelle con etichetta rossa"])
def test_what_is_excluded(words: str) -> None:
    found = reading(f"gatto {words}")
    assert found.text == "gatto"
    assert EXCEPTED.of(found.filters) == (((COLOR_LABEL, ("rosso",)),),)


def test_favourites_by_an_own_word_are_those() -> None:
    def hear(text: str) -> tuple[Heard, ...]:
        return (Heard(text, frozenset(), 3, 0.1, True, 1.0),)

    assert read("le mie preferite", Context(SATURDAY, hear=hear)).filters == Filters()


def test_colours_of_the_option() -> None:
    query = Query.of(Question(typed=Filters(color_label=("rossa", "Blue", "rosso"))))
    assert query.filters == Filters(color_label=("rosso", "blu"))


@pytest.mark.parametrize(
    "words",
    [
        "tranne le preferite",
        "senza le mie foto preferite",
        "ma non le preferite",
        "ma non le mie preferite",
        "-preferite",
    ],
)
def test_favourites_are_left_out_by_their_stars(words: str) -> None:
    found = reading(f"mare {words}")
    assert (found.text, found.exclude) == ("mare", ())
    assert EXCEPTED.of(found.filters) == (((RATING, 5),),)


def test_favourites_are_left_out_beside_what_is_seen() -> None:
    found = reading("mare tranne i gatti e le preferite")
    assert (found.text, found.exclude) == ("mare", ("gatti",))
    assert EXCEPTED.of(found.filters) == (((RATING, 5),),)
    assert reading("bambini senza le scarpe preferite").exclude == ("scarpe preferite",)


def test_favourites_of_a_time_are_left_out_together() -> None:
    found = reading("mare tranne le preferite del 2019")
    assert (found.text, list(found.filters)) == ("mare", [EXCEPTED.name])
    said = EXCEPTED.say(EXCEPTED.of(found.filters) or ())
    assert said == "tranne: del 2019 e stelle almeno 5"
