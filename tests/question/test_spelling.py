"""Slips of the pen: proposed, never corrected."""

from __future__ import annotations

import random
import time

import pytest

from cercafoto.question.query import Query
from cercafoto.question.question import Question
from cercafoto.question.spelling import is_slip, suggest

VOCABULARY = ["tramonto", "spiaggia", "gatto", "città", "Firenze", "campo da tennis", "albero"]


@pytest.mark.parametrize(
    ("word", "right"),
    [
        ("tramnto", "tramonto"),
        ("trammonto", "tramonto"),
        ("tramomto", "tramonto"),
        ("trmaonto", "tramonto"),
        ("ramonto", "tramonto"),
        ("spiagia", "spiaggia"),
        ("Frienze", "Firenze"),
        ("tenis", "tennis"),
        ("cittò", "città"),
    ],
)
def test_one_slip_is_noticed(word: str, right: str) -> None:
    if word == "cittò":  # an accent alone is no slip, another vowel at the end is a gender
        assert suggest([word], VOCABULARY) == {}
    else:
        assert suggest([word], VOCABULARY) == {word: right}


@pytest.mark.parametrize(
    "word", ["tramonto", "TRAMONTO", "citta", "gatti", "gatta", "tram", "tramont1", "tmnto", "un"]
)
def test_what_is_right_or_too_far_is_left_alone(word: str) -> None:
    assert suggest([word], VOCABULARY) == {}


def test_a_known_word_is_no_slip() -> None:
    assert suggest(["casa"], ["cassa"]) == {"casa": "cassa"}
    assert suggest(["casa"], ["cassa", "casa"]) == {}
    assert suggest(["casa"], ["casa", "cassa"]) == {}


def brute(a: str, b: str) -> int:
    """Damerau-Levenshtein (optimal string alignment), by the book."""
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
    for _ in range(20_000):
        word = "".join(chance.choices("bcd", k=chance.randint(4, 6)))  # no vowels: no endings
        other = "".join(chance.choices("bcd", k=chance.randint(4, 6)))
        near = brute(word, other) == 1
        found += near
        assert is_slip(word, other) == near, (word, other)
        assert bool(suggest([word], [other])) == near, (word, other)
    assert found > 500


def test_twenty_thousand_words_take_little_time() -> None:
    chance = random.Random(4)
    letters = "abcdefghilmnopqrstuvz"
    words = ["".join(chance.choices(letters, k=chance.randint(4, 12))) for _ in range(20_000)]
    best = 1.0
    for _ in range(5):
        start = time.process_time()
        suggest(["tramnto", "spiagia", "montagne", "persone"], words)
        best = min(best, time.process_time() - start)
    assert best < 0.05  # 5 ms on an idle machine


def test_a_query_proposes_and_searches_what_was_written() -> None:
    query = Query.of(Question(("un tramnto, sulla spiagia",)), vocabulary=VOCABULARY)
    assert query.suggestions == ("tramonto", "spiaggia")
    assert query.text == "un tramnto, sulla spiagia"
    question = Question(("un tramnto",), literal=True)
    assert Query.of(question, vocabulary=VOCABULARY).suggestions == ()
