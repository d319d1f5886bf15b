"""Test how sentences are split into the things that they name, and kinds of questions."""

from __future__ import annotations

import pytest

from cercafoto.question.parts import kind_of, parts_of
from cercafoto.question.query import Query
from cercafoto.question.question import Question

SEVERAL = {
    "un cane sulla spiaggia": "cane | spiaggia",
    "uomo con lo zaino in montagna": "uomo | zaino | montagna",
    "cane e gatto insieme": "cane | gatto",
    "casa con prato davanti": "casa | prato",
    "bimbi che giocano con l'acqua": "bimbi che giocano | acqua",
    "riflessi sull’acqua": "riflessi | acqua",
    "stanza con divano, camino e libreria": "stanza | divano | camino | libreria",
    # One thing of several words.
    "uomo in costume da bagno davanti a una sala da pranzo": "uomo | costume da bagno "
    "| sala da pranzo",
    "letto a baldacchino con la coperta a righe": "letto a baldacchino | coperta a righe",
    "un cane bianco e nero nell'erba": "cane bianco e nero | erba",
    "un cane marrone, bianco e grigio in un bosco": "cane marrone, bianco e grigio | bosco",
    # Words around a thing.
    "palma in riva al mare": "palma | mare",
    "un vaso su una tavola in primo piano": "vaso | tavola",
    "bambina con il gatto in braccio": "bambina | gatto",
    "cane col bastone in bocca": "cane | bastone",
    "una borsa viola e una marrone sul letto": "borsa viola | letto",
    "una casa accanto a un'altra e a un albero": "casa | albero",
    # Verbs: with who does it, else gone.
    "un cane corre nella neve": "cane corre | neve",
    "due ragazze si abbracciano sull'erba": "due ragazze si abbracciano | erba",
    "un ragazzo sta correndo sul prato": "ragazzo sta correndo | prato",
    "un uomo è seduto in un prato": "uomo è seduto | prato",
    "una ragazza con il cane corre sul prato": "ragazza | cane | prato",
    "una ragazza in jeans si arrampica su una roccia": "ragazza | jeans | roccia",
    "un uomo col cappello è seduto su un muro": "uomo | cappello | muro",
    "una donna indossa un vestito rosso": "donna | vestito rosso",
    "un cane esce dal lago portando un bastone": "cane esce | lago | bastone",
    "un ragazzo suona la chitarra e canta": "",
    "un uomo con la maglietta con la scritta CIAO": "uomo | maglietta",
    # What no photo shows.
    "persone con qualcosa in mano": "",
}
ONE = [
    "tramonto",
    "nel bosco",
    "sull'altalena",
    "sala da pranzo",
    "cucciolo di cane",
    "maglia a righe",
    "due cani",
    "cane che corre",
    "uccelli in volo",
    "bianco e nero",
    "e",
    "",
    ", ; e",
]


@pytest.mark.parametrize(("sentence", "parts"), SEVERAL.items())
def test_a_sentence_is_split_into_the_things_it_names(sentence: str, parts: str) -> None:
    assert " | ".join(parts_of(sentence)) == parts


@pytest.mark.parametrize("sentence", ONE)
def test_one_thing_has_no_parts(sentence: str) -> None:
    assert parts_of(sentence) == ()


def test_words_in_quotes_are_never_split() -> None:
    assert parts_of('"cani e gatti" sul divano') == ("cani e gatti", "divano")


def test_three_kinds_of_question() -> None:
    def kind(sentence: str) -> str:
        return kind_of(sentence, parts_of(sentence))

    assert kind("cane che corre") == "one"
    assert kind("un cane sulla spiaggia") == "several"
    assert kind("un cane bianco che corre sulla spiaggia") == "sentence"
    assert kind("il piccolo cane bianco della zia di Ada") == "sentence"


def test_parts_are_of_the_text_that_is_left() -> None:
    assert Query.parse(["un cane sulla spiaggia ad agosto 2019, senza persone"]).parts == (
        "cane",
        "spiaggia",
    )
    assert Query.parse(["il mare ad agosto 2019"]).parts == ()


def test_literal_questions_and_sums_have_no_parts() -> None:
    assert Query.of(Question(("un cane sulla spiaggia",), literal=True)).parts == ()
    assert Query.parse(["un cane sulla spiaggia + un ombrellone"]).parts == ()
