"""Test how a question is split into alternatives."""

from __future__ import annotations

import pytest

from cercafoto.browse.asked import Asked
from cercafoto.question.alternatives import alternatives_of
from cercafoto.question.brackets import ODD
from cercafoto.question.context import Context
from cercafoto.question.filters.days import DAYS
from cercafoto.question.grammar.tokens import tokens
from cercafoto.question.leftovers import NO_CHOICE
from cercafoto.question.query import Query
from cercafoto.question.question import Question
from cercafoto.question.word_roles import WordRole
from cercafoto.question.wording import explain, query_data, say_query

SENTENCES = [
    ("cane o gatto", ["cane", "gatto"]),
    ("cane oppure gatto", ["cane", "gatto"]),
    ("un cane o un gatto sulla spiaggia", ["un cane sulla spiaggia", "un gatto sulla spiaggia"]),
    ("al mare o in montagna", ["al mare", "in montagna"]),
    ("mare o montagna con neve", ["mare con neve", "montagna con neve"]),
    ("un uomo con un cane o un gatto", ["un uomo con un cane", "un uomo con un gatto"]),
    ("una maglia rossa o blu", ["una maglia rossa", "una maglia blu"]),
    ("cani, gatti o cavalli", ["cani", "gatti", "cavalli"]),
    ("un cane, un gatto o un topo in casa", ["un cane in casa", "un gatto in casa",
                                            "un topo in casa"]),
    ("in spiaggia, un cane o un gatto", ["in spiaggia, un cane", "in spiaggia, un gatto"]),
    ("una donna o una bambina che corre", ["una donna che corre", "una bambina che corre"]),
    ("una palla da calcio o da basket", ["una palla da calcio", "una palla da basket"]),
    ("il cane di Anna o il gatto di Luca", ["il cane di Anna", "il gatto di Luca"]),
    ("cane e gatto", []),
    ("due o tre persone", []),
    ("un cane o due gatti", []),
    ("prima o poi", []),
    ("più o meno", []),
    ("un uomo sale o scende le scale", []),
    ("un gatto o", []),
    ("o un gatto", []),
    ("gatto o gatto", []),
    ('"cane o gatto"', []),
    ("", []),
]  # fmt: skip


@pytest.mark.parametrize(("sentence", "alternatives"), SENTENCES)
def test_a_sentence_is_split_at_o(sentence: str, alternatives: list[str]) -> None:
    assert list(alternatives_of(tokens(sentence))) == alternatives


def test_a_query_has_alternatives_instead_of_parts() -> None:
    query = Query.parse(["un cane o un gatto sulla spiaggia senza persone"])
    assert query.alternatives == ("un cane sulla spiaggia", "un gatto sulla spiaggia")
    assert (query.parts, query.text) == ((), "un cane o un gatto sulla spiaggia")
    assert say_query(query) == (
        "cerco: «un cane sulla spiaggia» o «un gatto sulla spiaggia», senza: persone"
    )
    assert query_data(query)["filters"]["alternatives"] == list(query.alternatives)
    assert Query.parse(["cane o gatto + mare"]).alternatives == ()


IN_BRACKETS = [
    ("(gatto o cane) sul divano", ["gatto sul divano", "cane sul divano"]),
    ("un (gatto oppure cane) sul divano", ["un gatto sul divano", "un cane sul divano"]),
    ("(gatto sul divano o cane) in casa", ["gatto sul divano in casa", "cane in casa"]),
    ("(gatto, cane o topo) in casa", ["gatto in casa", "cane in casa", "topo in casa"]),
    ("una maglia (rossa o blu), al mare", ["una maglia rossa, al mare", "una maglia blu, al mare"]),
    ("(una maglia rossa o blu) al mare", ["una maglia rossa al mare", "una maglia blu al mare"]),
    ("(gatto o cane) sul (divano o letto)", ["gatto sul divano", "gatto sul letto",
                                             "cane sul divano", "cane sul letto"]),
    ("un uomo che (corre o salta)", ["un uomo che corre", "un uomo che salta"]),
    ("(un gatto nero) o (un cane in casa)", ["un gatto nero", "un cane in casa"]),
    ("mare o (montagna con neve)", ["mare", "montagna con neve"]),
    ("in casa, gatto o (cane nero)", ["in casa, gatto", "in casa, cane nero"]),
    ("(gatto nero) o cane, in casa", ["gatto nero, in casa", "cane, in casa"]),
    ("(mare, sole) o (neve, sci)", ["mare, sole", "neve, sci"]),
    ("(gatto o cane) (sul divano)", ["gatto sul divano", "cane sul divano"]),
    ("(più o meno) al mare", []),
    ("(gatto) sul divano", []),
    ("(a o b o c o d) (e o f o g)", []),  # twelve
    ('"(gatto o cane)"', []),
]  # fmt: skip


@pytest.mark.parametrize(("sentence", "alternatives"), IN_BRACKETS)
def test_brackets_say_what_o_joins(sentence: str, alternatives: list[str]) -> None:
    assert list(Query.parse([sentence]).alternatives) == alternatives


# sentence, text, note or ""
BRACKETS = [
    ("gatto (nero) sul divano", "gatto nero sul divano", ""),
    ("gatto(nero)", "gatto nero", ""),
    ("gatto () sul divano", "gatto sul divano", ""),
    ("gatto (sul divano", "gatto sul divano", ODD),
    ("gatto) sul divano", "gatto sul divano", ODD),
    ("((gatto nero)) sul divano", "gatto nero sul divano", ODD),
    ('"gatto (" nero', "gatto ( nero", ""),
    ("mare (senza persone) tramonto", "mare tramonto", ""),
    ("mare (senza cani o gatti) tramonto", "mare tramonto", ""),
    ("senza (persone o cani) al mare", "al mare", ""),
    ("senza persone (mare)", "mare", ""),
    ("mare (nel 2019)", "mare", ""),
    ("mare (nel 2019 o nel 2020)", "mare", ""),
]


@pytest.mark.parametrize(("sentence", "text", "note"), BRACKETS)
def test_brackets_leave_the_text(sentence: str, text: str, note: str) -> None:
    query = Query.parse([sentence])
    assert query.text == text and not query.alternatives
    assert query.notes == ((note,) if note else ())
    assert "(" not in say_query(query) or "(" in text


def test_brackets_beside_conditions_and_exclusions() -> None:
    query = Query.of(
        Question(("(Zorba o Birba) al mare nel 2019, senza (persone o barche)",)),
        Context(people=("Zorba", "Birba", "Luca")),
    )
    assert (query.text, query.filters["people"]) == ("al mare", (("Zorba", "Birba"),))
    assert query.exclude == ("persone", "barche") and DAYS.of(query.filters)
    query = Query.parse(["(un gatto o un cane) sul divano (nel 2019)"])
    assert say_query(query) == ("cerco: «un gatto sul divano» o «un cane sul divano», del 2019")
    lines = explain(query)
    assert "«un gatto o un cane sul divano»" in lines[1] and "«nel 2019»" in lines[2]


@pytest.mark.parametrize("sentence", ["(gatto o Luca) al mare", "Luca o gatto al mare",
                                      "gatto o Luca al mare"])  # fmt: skip
def test_o_between_a_condition_and_a_sight_is_told(sentence: str) -> None:
    query = Query.of(Question((sentence,)), Context(people=("Luca",)))
    assert "o" not in query.text.split() and query.filters["people"] == (("Luca",),)
    assert NO_CHOICE in query.notes


def test_o_between_phrases_in_quotes_is_no_text() -> None:
    query = Query.of(Question(('"scontrino" o "fattura"',)), Context(written=True))
    assert (query.text, query.written) == ("", ("scontrino", "fattura"))


def test_a_chip_takes_its_words_out_of_brackets() -> None:
    asked = Asked("(gatto o cane) sul divano (con Luca)")
    assert asked.without_part(WordRole("con Luca", "persona", "")).words == (
        "(gatto o cane) sul divano"
    )
    text = WordRole("gatto o cane sul divano", "testo", "")
    assert asked.without_part(text).words == "(con Luca)"
    assert Asked("(Luca o gatto) al mare").without_part(
        WordRole("gatto al mare", "testo", "")
    ).words == "Luca o"  # fmt: skip
