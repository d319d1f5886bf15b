"""Test suggestions for misspelt words."""

from __future__ import annotations

import random
import re
import subprocess
import sys
from collections.abc import Sequence
from typing import Any

import pytest

from cercafoto.labels.likely_words import usual_words
from cercafoto.question.context import Context
from cercafoto.question.grammar.tokens import tokens
from cercafoto.question.query import Query
from cercafoto.question.question import Question
from cercafoto.question.spelling import is_italian, is_slip, suggest
from cercafoto.question.things_asked import plurals
from tests.question.sentences import FakePlaces

VOCABULARY = [
    "tramonto",
    "spiaggia",
    "gatto",
    "gatti",
    "città",
    "Firenze",
    "campo da tennis",
    "albero",
]


def slips(text: str, vocabulary: Sequence[str] = VOCABULARY, **options: Any) -> dict[str, str]:
    return suggest(tokens(text), vocabulary, **options)


@pytest.mark.parametrize(
    ("word", "right"),
    [
        ("tramnto", "tramonto"),
        ("trammonto", "tramonto"),
        ("tramomto", "tramonto"),
        ("trmaonto", "tramonto"),
        ("ramonto", "tramonto"),
        ("spiagia", "spiaggia"),
        ("spiagie", "spiaggia"),
        ("gato", "gatto"),
        ("Frienze", "Firenze"),
        ("tenis", "tennis"),
        ("gatii", "gatti"),
    ],
)
def test_one_slip_is_noticed(word: str, right: str) -> None:
    assert slips(word) == {word: right}


@pytest.mark.parametrize(
    "word",
    ["tramonto", "TRAMONTO", "citta", "cittò", "gatti", "gatta", "tram", "tramont1", "tmnto", "un",
     "tramonti", "alberi", "spiagge", "gita", "atto", "nella", "Marta"],
)  # fmt: skip
def test_words_that_are_right_or_too_far_get_no_suggestion(word: str) -> None:
    assert slips(word) == {}


@pytest.mark.parametrize(
    "sentence",
    [
        "cani",
        "un cane che corre",
        "nonna che cucina",
        "cosa ho mangiato a Roma?",
        "con la Canon",
        "un panda su un ramo",
        "nipoti in monopattino e zie al lago",
        "Lucia, Carlo e la piccola Zoe",
        "le foche del parco di Lucca",
    ],
)
def test_right_italian_gets_no_suggestion(sentence: str) -> None:
    vocabulary = [*usual_words(), "mani", "torre", "donna", "corsa", "canoa", "ruota", "banda"]
    query = Query.of(Question((sentence,)), Context(places=FakePlaces(), vocabulary=vocabulary))
    assert query.suggestions == ()


@pytest.mark.parametrize(
    ("word", "right"),
    [
        ("bicicleta", "bicicletta"),
        ("gato", "gatto"),
        ("spiagia", "spiaggia"),
        ("tramnto", "tramonto"),
        ("montanga", "montagna"),
        ("compleano", "compleanno"),
        ("ragaza", "ragazza"),
        ("macchna", "macchina"),
    ],
)
def test_slips_are_noticed_with_no_label_in_the_archive(word: str, right: str) -> None:
    assert slips(f"foto di {word}", [*usual_words()]) == {word: right}


def test_a_known_word_is_no_slip() -> None:
    assert slips("perzona", ["persona"]) == {"perzona": "persona"}
    assert slips("perzona", ["persona", "perzona"]) == {}
    assert slips("perzona", ["perzona", "persona"]) == {}
    assert slips("perzone", ["perzona", "persona"]) == {}
    assert slips("perzona", ["persona"], is_right=lambda word: word == "perzona") == {}


def test_the_likeliest_slip_comes_first() -> None:
    assert slips("palllo", ["palo", "pallio", "pallo"]) == {"palllo": "pallo"}
    assert slips("boschetfo", ["boschetto", "boschefto"]) == {"boschetfo": "boschefto"}


def test_a_name_is_only_compared_with_names() -> None:
    assert slips("compleanno di Spiagia") == {}
    assert slips("ponte di Frienze") == {"Frienze": "Firenze"}


def test_a_plural_is_known_too() -> None:
    assert slips("gatii", [*usual_words(), *plurals()]) == {"gatii": "gatti"}


def test_own_words_are_looked_up_by_the_likeliest_slip() -> None:
    own = {"santiago", "bianca"}.__contains__
    assert slips("il camino di santigo", is_own=own) == {"santigo": "santiago"}
    assert slips("snatiago", is_own=own) == {"snatiago": "santiago"}
    # Two swapped letters are likelier than a missing one.
    assert slips("settimana bainca", ["banca"], is_own=own) == {"bainca": "bianca"}
    assert slips("sontiago", is_own=own) == {}


def test_a_letter_at_an_end_is_a_slip_too() -> None:
    own = {"santiago"}.__contains__
    for word in ("antiago", "santiag", "xsantiago", "santiagox"):
        assert slips(word, is_own=own) == {word: "santiago"}


def test_the_slips_of_a_right_word_are_not_looked_up() -> None:
    asked = list[str]()

    def is_own(word: str) -> bool:
        asked.append(word)
        return word == "zorbolina"

    for word in ("ristrutturazioni", "antropologico", "zorbolina"):
        assert slips(word, is_own=is_own) == {}
    assert asked == ["ristrutturazioni", "antropologico", "zorbolina"]
    assert slips("zarbalina", is_own=is_own, is_right=lambda word: True) == {}
    assert len(asked) == 4
    assert slips("zorbolinna", is_own=is_own) == {"zorbolinna": "zorbolina"}
    slips("zorbalinna", is_own=is_own)
    assert len(asked) < 4 + 2 * 27 * 12


def test_a_preposition_is_corrected_too() -> None:
    assert slips("la bolletta dela luce") == {"dela": "della"}


def test_own_words_are_compared_with_other_doubled_letters() -> None:
    own = {"bocciofila", "grado"}.__contains__
    assert slips("bociofila", is_own=own) == {"bociofila": "bocciofila"}
    assert slips("boccioffila a Graddo", is_own=own) == {
        "boccioffila": "bocciofila",
        "Graddo": "grado",
    }
    assert slips("bocciofila", is_own={"bocciofila", "boccioffila"}.__contains__) == {}


def test_the_dictionary_is_opened_only_for_a_suggestion() -> None:
    code = (
        "import sys\nfrom cercafoto.cli.main import run\n"
        "for sentence, opened in (('un cane sulla spiaggia', False), ('un tramnto', True)):\n"
        "    assert run(['cerca', '--spiega', sentence]) == 0\n"
        "    assert ('simplemma' in sys.modules) == opened"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_the_vocabulary_is_read_only_until_all_words_are_known() -> None:
    vocabulary = iter(["gatto", "tramonto", "casa"])
    assert suggest(tokens("un tramonto e un cane"), vocabulary) == {}
    assert list(vocabulary) == ["casa"]
    assert suggest(tokens("due cani"), iter(lambda: pytest.fail("a thing is known"), "")) == {}


def test_a_dictionary_of_forms() -> None:
    for word in ("cani", "corre", "mangiato", "Nonne", "ruote"):
        assert is_italian(word), word
    for word in ("spiagia", "tramnto", "bicicleta", "gato"):
        assert not is_italian(word), word


def brute(a: str, b: str) -> int:
    """Return the Damerau-Levenshtein distance (optimal string alignment), computed slowly."""
    d = [[i + j if not i * j else 0 for j in range(len(b) + 1)] for i in range(len(a) + 1)]
    for i in range(1, len(a) + 1):
        for j in range(1, len(b) + 1):
            d[i][j] = min(
                d[i - 1][j] + 1, d[i][j - 1] + 1, d[i - 1][j - 1] + (a[i - 1] != b[j - 1])
            )
            if i > 1 and j > 1 and a[i - 1] == b[j - 2] and a[i - 2] == b[j - 1]:
                d[i][j] = min(d[i][j], d[i - 2][j - 2] + 1)
    return d[-1][-1]


def test_against_the_slow_distance() -> None:
    chance = random.Random(2)
    found = 0
    for _ in range(4_000):
        word = "".join(chance.choices("bcd", k=chance.randint(6, 8)))  # no vowels: no endings
        other = "".join(chance.choices("bcd", k=chance.randint(6, 8)))
        near = brute(word, other) == 1
        found += near
        assert is_slip(word, other) == near, (word, other)
        single, other_single = (re.sub(r"(.)\1", r"\1", each) for each in (word, other))
        may_be = near or single == other_single
        assert bool(slips(word, [other])) in (near, may_be), (word, other)
    assert found > 20


def test_a_query_proposes_and_searches_what_was_written() -> None:
    query = Query.of(Question(("un tramnto, sulla spiagia",)), Context(vocabulary=VOCABULARY))
    assert query.suggestions == ("tramonto", "spiaggia")
    assert query.text == "un tramnto, sulla spiagia"
    question = Question(("un tramnto",), literal=True)
    assert Query.of(question, Context(vocabulary=VOCABULARY)).suggestions == ()
