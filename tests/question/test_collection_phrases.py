"""Phrases that name a collection."""

from __future__ import annotations

import pytest

from cercafoto.question.context import Context
from cercafoto.question.filters.excepted import EXCEPTED
from cercafoto.question.filters.names import COLLECTIONS
from cercafoto.question.grammar.collection_phrases import with_renamed
from cercafoto.question.reader import read
from cercafoto.question.reading import Reading
from tests.question.sentences import SATURDAY

NAMES = ("Viaggi", "Viaggi in treno", "L'orto", "Gatti")


def heard(phrase: str) -> Reading:
    return read(phrase, Context(SATURDAY, collections=lambda: NAMES))


@pytest.mark.parametrize(
    ("phrase", "text", "names"),
    [
        ("neve nella raccolta Viaggi", "neve", ("Viaggi",)),
        ("nella raccolta viaggi in treno una mucca", "una mucca", ("Viaggi in treno",)),
        ("fra le foto della raccolta Viaggi in Puglia", "in Puglia", ("Viaggi",)),
        ("un gatto della raccolta l'orto", "un gatto", ("L'orto",)),
        ("nella raccolta Viaggi e nella raccolta Gatti", "", ("Viaggi", "Gatti")),
        ("nella raccolta Fiori", "nella raccolta Fiori", None),
        ("la raccolta delle olive", "la raccolta delle olive", None),
    ],
)
def test_a_collection_by_its_name(phrase: str, text: str, names: tuple[str, ...] | None) -> None:
    found = heard(phrase)
    assert (found.text, COLLECTIONS.of(found.filters)) == (text, names)


def test_a_collection_is_left_out() -> None:
    found = heard("neve ma non nella raccolta Viaggi")
    assert found.text == "neve"
    assert EXCEPTED.say(found.filters["excepted"]) == "tranne: raccolta Viaggi"


@pytest.mark.parametrize(
    ("sentence", "new", "renamed"),
    [
        ("neve nella raccolta viaggi", "Gite", "neve nella raccolta Gite"),
        ("Viaggi nella  raccolta  «Viaggi», neve", "Gite", "Viaggi nella  raccolta  «Gite», neve"),
        ("neve nella raccolta Viaggi in treno", "Gite", "neve nella raccolta Viaggi in treno"),
        ("la raccolta delle olive nei viaggi", "Gite", "la raccolta delle olive nei viaggi"),
        ("raccolta Viaggi nella raccolta Viaggi", "Gite", "raccolta Gite nella raccolta Gite"),
        ("la raccolta Viaggi", "Via (l'altra)", "la raccolta Via (l'altra)"),
        ("nella raccolta Viaggi e nella raccolta Viaggi in treno", "Gite", None),
    ],
)
def test_a_sentence_with_a_collection_renamed(sentence: str, new: str, renamed: str | None) -> None:
    assert with_renamed(sentence, NAMES, "Viaggi", new) == renamed
