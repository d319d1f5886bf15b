"""Phrases of photos without colour, and in colour."""

from __future__ import annotations

import pytest

from cercafoto.question.context import Context
from cercafoto.question.filters.file_filters import MONOCHROME
from cercafoto.question.reader import read
from cercafoto.question.reading import together
from cercafoto.question.wording import query_data, say_query
from tests.question.sentences import reading
from tests.question.test_query import parse

PHRASES = [
    ("foto in bianco e nero", "", True),
    ("in bianco e nero", "", True),
    ("bianco e nero", "", True),
    ("foto bianco e nero", "", True),
    ("nonno in bianco e nero", "nonno", True),
    ("nonno, bianco e nero", "nonno", True),
    ("nonno in b/n", "nonno", True),
    ("B/N", "", True),
    ("nonno bn", "nonno", True),
    ("un gatto bianco e nero in bianco e nero", "un gatto bianco e nero", True),
    ("un ritratto in bianco e nero al mare", "un ritratto al mare", True),
    ("foto a colori", "", False),
    ("nonno, a colori", "nonno", False),
    ("un ritratto non in bianco e nero", "un ritratto", False),
    ("un ritratto ma non in bianco e nero", "un ritratto", False),
    ("tutte le foto tranne quelle in bianco e nero", "", False),
    ("un cane bianco e nero", "un cane bianco e nero", None),
    ("una scacchiera nera e bianca", "una scacchiera nera e bianca", None),
    ("una matita a colori", "una matita a colori", None),
    ('"in bianco e nero"', "in bianco e nero", None),
]


@pytest.mark.parametrize(("phrase", "text", "monochrome"), PHRASES)
def test_phrases(phrase: str, text: str, monochrome: bool | None) -> None:
    found = reading(phrase)
    assert (found.text, MONOCHROME.of(found.filters), found.exclude) == (text, monochrome, ())


def test_the_second_of_two_contradicting_phrases_stays_text() -> None:
    found = reading("nonno in bianco e nero, a colori")
    assert MONOCHROME.of(found.filters) is True
    assert found.notes == ("«a colori» non fa da filtro: in bianco e nero è già chiesto",)


def test_words_as_they_are() -> None:
    assert MONOCHROME.of(read("in bianco e nero", Context(), literal=True).filters) is None


def test_the_first_of_several_parts_decides() -> None:
    both = together([reading("mare"), reading("foto a colori")])
    assert MONOCHROME.of(both.filters) is False


def test_colour_is_a_question_by_itself() -> None:
    query = parse("in bianco e nero")
    assert query.narrows
    assert say_query(query) == "cerco: tutte le foto, in bianco e nero"
    assert query_data(query)["filters"] == {"monochrome": True}
    colours = parse("foto a colori di cani nel 2019")
    assert query_data(colours)["filters"] == {"monochrome": False}
    assert say_query(colours).endswith("del 2019, a colori")
    assert ("file", "a colori") in [(role.kind, role.meaning) for role in colours.words]
