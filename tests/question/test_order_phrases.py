"""Test phrases that say which photos come first."""

from __future__ import annotations

import pytest

from cercafoto.question.grammar.sayings import ORDERED
from cercafoto.question.values import BY_NAME, LATEST, OLDEST
from tests.question.sentences import reading

ORDERS = [
    ("ultime foto", "", LATEST),
    ("le ultime foto", "", LATEST),
    ("l'ultima foto", "", LATEST),
    ("le mie ultime foto", "", LATEST),
    ("le ultime 20 foto del gatto", "gatto", LATEST),
    ("le ultime foto di Roma", "", LATEST),
    ("le ultime foto del 2019", "", LATEST),
    ("le ultime", "", LATEST),
    ("le più recenti", "", LATEST),
    ("le foto più recenti", "", LATEST),
    ("foto recenti di un cane", "un cane", LATEST),
    ("le più vecchie", "", OLDEST),
    ("le foto più vecchie di Anna", "Anna", OLDEST),
    ("le meno recenti", "", OLDEST),
    ("le prime foto di Luca", "Luca", OLDEST),
    ("un gatto, dalla più vecchia", "un gatto", OLDEST),
    ("un gatto in ordine cronologico", "un gatto", OLDEST),
    ("gatti in ordine di data", "gatti", OLDEST),
    ("gatti in ordine cronologico inverso", "gatti", LATEST),
    ("foto di gatti ordinate per data", "gatti", OLDEST),
    ("gatti, ordina per data decrescente", "gatti", LATEST),
    ("gatti ordinate dalla più recente", "gatti", LATEST),
    ("gatti ordinate per nome", "gatti", BY_NAME),
    ("gatti in ordine alfabetico", "gatti", BY_NAME),
    ("un gatto, dalla più vecchia alla più recente", "un gatto", OLDEST),
    ("mostrami le ultime foto", "", LATEST),
    ("Zorba, le più vecchie", "Zorba", OLDEST),
    ("Zorba, prima le più recenti", "Zorba", LATEST),
    ("le ultime di Zorba", "Zorba", LATEST),
    ("le prime 3 di Zorba", "Zorba", OLDEST),
    ("la casa più vecchia", "la casa più vecchia", None),
    ("la casa, la più vecchia", "la casa, la più vecchia", None),
    ("le più vecchie case, le più recenti", "le più vecchie case", LATEST),
    ("l'ultimo di Zorba", "l'ultimo di Zorba", None),
    ("foto vecchie", "foto vecchie", None),
    ("una vecchia foto", "una vecchia foto", None),
    ("le ultime luci del giorno", "le ultime luci del giorno", None),
    ("la prima comunione", "la prima comunione", None),
    ("scarpe ordinate per colore", "scarpe ordinate per colore", None),
    ("una stanza in ordine", "una stanza in ordine", None),
    ("negli ultimi tre mesi", "", None),
    ("l'ultima neve", "l'ultima neve", None),
]


@pytest.mark.parametrize(("phrase", "text", "order"), ORDERS)
def test_orders(phrase: str, text: str, order: str | None) -> None:
    found = reading(phrase)
    assert (found.text, found.order, found.notes) == (text, order, ())


@pytest.mark.parametrize(("order", "said"), ORDERED.items())
def test_each_order_is_said_by_the_words_that_say_it(order: str, said: str) -> None:
    found = reading(f"gatti, {said}")
    assert (found.text, found.order) == ("gatti", order)


def test_there_is_one_order() -> None:
    found = reading("le ultime foto del gatto, le foto più vecchie")
    assert found.order == LATEST
    assert "c'è già un altro ordine" in found.notes[0]
