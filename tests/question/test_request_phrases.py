"""Test that words which only ask are dropped."""

from __future__ import annotations

from pathlib import Path

import pytest

from cercafoto.base.word_tables import read_phrase_lists
from cercafoto.question.context import Context
from cercafoto.question.filters.place import PLACE
from cercafoto.question.grammar import request_phrases
from cercafoto.question.quoted import NOTHING_READ
from cercafoto.question.reader import read
from cercafoto.question.word_roles import SERVICE, TEXT, WRITTEN
from tests.question.sentences import SATURDAY, days, reading, year

REQUESTS = [
    ("vorrei vedere le foto di quando siamo andati a Siena", ""),
    ("foto di quando eravamo al mare nel 2008", "al mare"),
    ("quando eravamo al mare", "al mare"),
    ("quando eravamo a Roma", ""),
    ("foto di quando avevamo il cane", "il cane"),
    ("foto di quando giocavo a calcio", "giocavo a calcio"),
    ("fammi vedere il mare", "il mare"),
    ("mostrami le foto di un gatto", "un gatto"),
    ("mostrami un gatto", "un gatto"),
    ("per favore mostrami un gatto", "un gatto"),
    ("cerca cani", "cani"),
    ("trova un cane che corre", "un cane che corre"),
    ("trovami tutte le foto di cani", "cani"),
    ("hai delle foto di gatti?", "gatti"),
    ("ci sono foto di gatti?", "gatti"),
    ("dove sono le foto di Roma?", ""),
    ("dove sono le foto del gatto", "gatto"),
    ("foto dove c'è il mare", "il mare"),
    ("immagini in cui si vedono cavalli", "cavalli"),
    ("foto che mostrano una torta", "una torta"),
    ("mi fai vedere le foto al mare?", "al mare"),
    ("ad agosto 2019, foto di un gatto", "un gatto"),
    ("foto di un cane", "un cane"),
    ("una foto di un cane", "un cane"),
    ("foto con il cane", "il cane"),
    ("foto di Domenica", "Domenica"),
    ("cosa ho mangiato a Roma?", "mangiato"),
    ("chi c'era a Natale 2019?", ""),
    ("ci sono gatti?", "gatti"),
    ("mostrami tutto quello che hai di Venezia", ""),
    ("dove ho fotografato il Colosseo?", "il Colosseo"),
    ("cosa ho visto a Roma?", ""),
    ("a che ora è la piscina", "la piscina"),
    ("una foto di Zorba da stampare", "Zorba"),
    ("Zorba al mare da mandare?", "Zorba al mare"),
    ("le foto da stampare", "le foto da stampare"),
    ("ti ricordi quando siamo andati a Siena?", ""),
    ("ti ricordi quando nevicava", "nevicava"),
    ("quella volta della laurea", "laurea"),
    ("ti ricordi di quella volta a Siena?", ""),
    ("quella volta che il cane correva", "il cane correva"),
    ("me le fai vedere le foto di Roma", ""),
    ("dov'eravamo a Natale 2019", ""),
    ("cosa facevo un anno fa", ""),
    ("foto in cui ci siamo io al mare", "al mare"),
    ("foto in cui ci sono io", "io"),
    ("foto in cui ci sono io?", "io"),
    ("foto in cui ci siamo io", "io"),
    ("foto in cui ci siamo", "ci siamo"),
    ("foto in cui ci sono gatti", "gatti"),
    ("foto e video del gatto", "gatto"),
    ("video e foto del gatto", "gatto"),
]
COUNTED = [
    ("quante foto ho di un gatto", "un gatto"),
    ("quante foto del gatto", "gatto"),
    ("quante foto ci sono con il cane?", "il cane"),
    ("quante foto ho al mare", "al mare"),
    ("conta le foto di gatti", "gatti"),
    ("ti ricordi quante foto ho di gatti?", "gatti"),
    ("quante foto ho nel 2018", ""),
    ("quante foto ho", ""),
    ("quante foto e video ho di gatti", "gatti"),
    ("quante foto e video ho", ""),
    ("quante foto e quanti video ho del mare", "mare"),
    ("quanti video e foto ho del mare", "mare"),
    ("ti ricordi quanti video e quante foto ho di gatti?", "gatti"),
    ("quante foto e video ci sono di gatti", "gatti"),
    ("quante foto e video ho fatto nel 2018", ""),
    ("quanti gatti", "gatti"),
    ("quanti gatti ho?", "gatti"),
    ("quanti cani ci sono sul divano", "cani sul divano"),
    ("quante torte ci sono nelle foto?", "torte"),
    ("quante barche nel 2018", "barche"),
    ("quanti sono i gatti", "i gatti"),
    ("quanti video di un gatto", "un gatto"),
    ("quanti video ho", ""),
    ("quante foto sono senza data", ""),
    ("quante volte ho fotografato il gatto", "il gatto"),
    ("quanti selfie", ""),
    ("quante panoramiche ho fatto", ""),
    ("mi fai vedere quanti gatti ho", "gatti"),
]
# What only looks like a request.
SEEN = [
    "foto di gruppo", "foto di notte", "foto di classe", "foto d'epoca", "foto", "una foto",
    "mostra di quadri", "un uomo cerca un libro", "ci sono due gatti", "foto vecchie",
    "foto al mare", "la foto sul frigorifero", "uno scatto di corsa",
    "un gatto?", "quando piove", "immagine al computer di un cavallo",
]  # fmt: skip


@pytest.mark.parametrize(("phrase", "text"), REQUESTS)
def test_the_text_without_the_request(phrase: str, text: str) -> None:
    found = reading(phrase)
    assert (found.text, found.notes) == (text, ())


@pytest.mark.parametrize("phrase", SEEN)
def test_things_that_photos_show_stay_text(phrase: str) -> None:
    assert reading(phrase).text == phrase


def test_conditions_inside_a_request_are_read() -> None:
    found = reading("vorrei vedere le foto di quando siamo andati a Siena")
    place = PLACE.of(found.filters)
    assert place is not None and place.name == "Siena"
    assert days(reading("foto di quando eravamo al mare nel 2008")) == year(2008)
    roles = reading("mostrami le foto di un gatto").words
    assert (roles[0].words, roles[0].kind) == ("mostrami le foto di", SERVICE)


@pytest.mark.parametrize("phrase", ["tutte le foto", "le foto", "mostrami le foto", "le mie foto?"])
def test_all_photos_are_a_list(phrase: str) -> None:
    found = reading(phrase)
    assert (found.text, found.order) == ("", "date")


@pytest.mark.parametrize(("phrase", "text"), COUNTED)
def test_a_question_for_a_number(phrase: str, text: str) -> None:
    found = reading(phrase)
    assert (found.text, found.counts, found.notes) == (text, True, ())


@pytest.mark.parametrize("phrase", ["quanti anni", "due gatti", "un uomo conta i soldi"])
def test_other_numbers_are_no_question_for_a_number(phrase: str) -> None:
    assert (reading(phrase).counts, reading(phrase).text) == (False, phrase)


def test_what_is_written_is_asked_of_the_words_read() -> None:
    for phrase, text, written in (
        ("un cartello con scritto vietato entrare", "un cartello", "vietato entrare"),
        ("dove c'è scritto Trenitalia?", "", "Trenitalia"),
        ("dove si legge farmacia, nel 2018", "", "farmacia"),
    ):
        found = read(phrase, Context(SATURDAY, written=True))
        assert (found.text, found.written, found.notes) == (text, (written,), ())
        assert (written_in := [r for r in found.words if r.kind == WRITTEN])
        assert written in written_in[0].words
        unread = read(phrase, Context(SATURDAY))
        assert (unread.written, unread.notes) == ((), (NOTHING_READ,))
        assert written in unread.text
    assert read("un foglio con scritto", Context(SATURDAY, written=True)).written == ()


def test_together_is_dropped_at_the_end() -> None:
    for phrase in ("gatto e cane insieme", "gatto e cane tutti e due"):
        found = reading(phrase)
        assert (found.text, found.together) == ("gatto e cane", True)
    found = reading("bambini insieme sul prato")
    assert (found.text, found.together) == ("bambini insieme sul prato", False)


def _listed() -> list[tuple[str, str]]:
    table = Path(request_phrases.__file__).with_suffix(".txt")
    return [(name, each) for name, rows in read_phrase_lists(table).items() for each in rows]


@pytest.mark.parametrize(("name", "phrase"), _listed())
def test_each_row_of_the_table_is_dropped(name: str, phrase: str) -> None:
    """A sentence for each row of request_phrases.txt, by the role of its list."""
    around = {
        "asking": "{} un gatto",
        "asking for photos": "{} foto di un gatto",
        "asking about": "{} un gatto",
        "counting": "{} di un gatto",
        "counted": "quanti un gatto {}",
        "written": "un gatto {} Zanzibar",
        "purpose": "un gatto {}",
        "together": "un gatto {}",
        "that time": "{} eravamo con un gatto",
        "being there": "quando {} con un gatto",
        "seen there": "foto in cui {} un gatto",
    }
    sentence = around[name].format(phrase).replace("' ", "'")
    found = read(sentence, Context(SATURDAY, written=True))
    assert found.text.removeprefix("con ") == "un gatto" or (
        name == "counting" and found.text == "gatto"
    )
    assert found.counts == (name in ("counting", "counted"))
    assert found.together == (name == "together")
    assert found.written == (("Zanzibar",) if name == "written" else ())
    said = {role.kind for role in found.words}
    assert said <= {SERVICE, TEXT, WRITTEN} and len(said) == 2
