"""Test how a question is split into alternatives."""

from __future__ import annotations

import pytest

from cercafoto.question.alternatives import alternatives_of
from cercafoto.question.query import Query
from cercafoto.question.wording import query_data, say_query

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
    assert list(alternatives_of(sentence)) == alternatives


def test_a_query_has_alternatives_instead_of_parts() -> None:
    query = Query.parse(["un cane o un gatto sulla spiaggia senza persone"])
    assert query.alternatives == ("un cane sulla spiaggia", "un gatto sulla spiaggia")
    assert (query.parts, query.text) == ((), "un cane o un gatto sulla spiaggia")
    assert say_query(query) == (
        "cerco: «un cane sulla spiaggia» o «un gatto sulla spiaggia», senza: persone"
    )
    assert query_data(query)["filters"]["alternatives"] == list(query.alternatives)
    assert Query.parse(["cane o gatto + mare"]).alternatives == ()
