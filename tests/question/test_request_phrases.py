"""Test that words which only ask are dropped."""

from __future__ import annotations

import pytest

from cercafoto.question.filters.place import PLACE
from cercafoto.question.word_roles import SERVICE
from tests.question.sentences import days, reading, year

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
