"""Phrases that ask for photos without some data."""

from __future__ import annotations

from datetime import date

import pytest

from cercafoto.errors import UsageError
from cercafoto.question.filters.excepted import EXCEPTED
from cercafoto.question.filters.filter import Filters, Typed
from cercafoto.question.filters.missing import KINDS, MISSING
from cercafoto.question.filters.place import PLACE as PLACE_FILTER
from cercafoto.question.wording import query_data, say_query
from tests.question.sentences import reading
from tests.question.test_query import parse

DATE, PLACE = ("data",), ("posizione",)
ASKED = [
    ("senza data", "", DATE),
    ("foto senza data", "", DATE),
    ("foto senza una data", "", DATE),
    ("gatto senza data", "gatto", DATE),
    ("mare, senza data", "mare", DATE),
    ("senza posizione", "", PLACE),
    ("senza luogo", "", PLACE),
    ("senza GPS", "", PLACE),
    ("senza coordinate", "", PLACE),
    ("gatti senza coordinate GPS", "gatti", PLACE),
    ("senza etichette", "", ("etichette",)),
    ("foto senza etichetta", "", ("etichette",)),
    ("senza parole chiave", "", ("parole-chiave",)),
    ("senza titolo", "", ("titolo",)),
    ("senza nomi", "", ("nomi",)),
    ("compleanno senza nomi", "compleanno", ("nomi",)),
    ("senza stelle", "", ("stelle",)),
    ("senza valutazione", "", ("stelle",)),
    ("in nessuna raccolta", "", ("raccolta",)),
    ("gatti in nessuna raccolta", "gatti", ("raccolta",)),
    ("foto che non sono in nessuna raccolta", "", ("raccolta",)),
    ("foto che non sono in una raccolta", "", ("raccolta",)),
    ("foto fuori dalle raccolte", "", ("raccolta",)),
    ("senza data né posizione", "", ("data", "posizione")),
    ("senza data e senza luogo", "", ("data", "posizione")),
    ("senza luogo e data", "", ("data", "posizione")),
    ("senza data, luogo e titolo", "", ("data", "posizione", "titolo")),
    ("senza posizione e in nessuna raccolta", "", ("posizione", "raccolta")),
    ("né data né luogo", "", ("data", "posizione")),
    ("gatti privi di data", "gatti", DATE),
    ("foto che non hanno né data né luogo", "", ("data", "posizione")),
    ("foto a cui manca la data", "", DATE),
    ("foto non geolocalizzate", "", PLACE),
    ("foto del mare non geolocalizzate", "mare", PLACE),
    ("foto senza luogo al mare", "al mare", PLACE),
    ("foto mai etichettate", "", ("etichette",)),
    ("foto ancora non etichettate", "", ("etichette",)),
    ("foto ancora da etichettare", "", ("etichette",)),
    ("foto non votate di gatti", "gatti", ("stelle",)),
    ("foto che non ho ancora votato", "", ("stelle",)),
    ("foto che non sono state votate", "", ("stelle",)),
    ("gatti senza nomi di persone", "gatti", ("nomi",)),
    ("foto senza nome di persona sulla neve", "sulla neve", ("nomi",)),
]
SEEN = [
    ("senza persone", "", ["persone"]),
    ("senza cani", "", ["cani"]),
    ("un cielo senza stelle", "un cielo", ["stelle"]),
    ("una notte senza stelle", "una notte", ["stelle"]),
    ("una bottiglia senza etichetta", "una bottiglia", ["etichetta"]),
    ("una lapide senza data", "una lapide", ["data"]),
    ("un gatto senza nome", "un gatto", ["nome"]),
    ("un latte senza data di scadenza", "un latte", ["data di scadenza"]),
    ("torta tranne la data", "torta", ["data"]),
    ("torta -data", "torta", ["data"]),
    ("torta, senza: data", "torta", ["data"]),
    ('torta senza "data"', "torta", ["data"]),
    ('"senza data"', "senza data", []),
    ("«senza data»", "senza data", []),
    ("una ragazza che non ha scarpe", "una ragazza che non ha scarpe", []),
    ("in nessuna stanza", "in", ["stanza"]),
    ("bottiglie non etichettate", "bottiglie", ["bottiglie etichettate"]),
    ("una porta da valutare", "una porta da valutare", []),
]


@pytest.mark.parametrize(("phrase", "text", "kinds"), ASKED)
def test_what_is_missing_is_a_condition(phrase: str, text: str, kinds: tuple[str, ...]) -> None:
    found = reading(phrase)
    assert (found.text, MISSING.of(found.filters), found.exclude) == (text, kinds, ())


@pytest.mark.parametrize(("phrase", "text", "exclude"), SEEN)
def test_what_photos_show_is_none(phrase: str, text: str, exclude: list[str]) -> None:
    found = reading(phrase)
    assert (found.text, list(found.exclude), dict(found.filters)) == (text, exclude, {})


def test_both_in_one_list() -> None:
    found = reading("gatti senza data né persone")
    assert (MISSING.of(found.filters), found.exclude, found.text) == (DATE, ("persone",), "gatti")
    (part,) = [part for part in found.words if part.kind == "escluso"]
    assert part.meaning == "senza data, senza: persone"


def test_what_lacks_data_is_left_out() -> None:
    found = reading("mare, tranne quelle senza data")
    assert found.text == "mare" and "missing" not in found.filters
    assert EXCEPTED.say(found.filters["excepted"]) == "tranne: senza data"


def test_it_is_said_and_in_json() -> None:
    query = parse("gatti senza data né posizione, in nessuna raccolta, nel 2019")
    assert say_query(query).endswith("senza data né posizione, in nessuna raccolta")
    assert query_data(query)["filters"]["missing"] == ["data", "posizione", "raccolta"]
    assert ("escluso", "in nessuna raccolta") in [(part.kind, part.meaning) for part in query.words]


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_is_said_by_the_words_that_say_it(kind: str) -> None:
    found = reading(MISSING.say((kind,)))
    assert (MISSING.of(found.filters), found.text) == ((kind,), "")


def test_the_option_takes_what_people_call_it() -> None:
    def parsed(*values: str) -> object:
        return MISSING.parse(Typed(Filters(missing=values), date(2024, 6, 15), None))

    assert parsed("Parole chiave", "GPS", "data") == ("data", "posizione", "parole-chiave")
    assert parsed("parole-chiave", "data", "data") == ("data", "parole-chiave")
    with pytest.raises(UsageError, match="--manca non conosce «fortuna»") as error:
        parsed("fortuna")
    assert all(kind in error.value.hint for kind in KINDS)


def test_words_and_option_are_added() -> None:
    assert MISSING.narrowed(("titolo",), ("data",)) == (("data", "titolo"), "")


def test_of_goes_on_with_a_place_after_what_is_missing() -> None:
    found = reading("foto senza GPS di Siena")
    place = PLACE_FILTER.of(found.filters)
    assert MISSING.of(found.filters) == PLACE and place is not None and place.name == "Siena"
    assert not found.exclude


@pytest.mark.parametrize(
    ("words", "missing", "exclude"),
    [
        ("senza posizione di Siena e senza data", ("data", "posizione"), ()),
        ("foto senza posizione di Siena, senza data", ("data", "posizione"), ()),
        ("senza data e senza posizione di Siena", ("data", "posizione"), ()),
        ("foto senza persone né data di Siena", DATE, ("persone",)),
    ],
)
def test_what_is_missing_goes_on_behind_a_place(
    words: str, missing: tuple[str, ...], exclude: tuple[str, ...]
) -> None:
    found = reading(words)
    place = PLACE_FILTER.of(found.filters)
    assert (MISSING.of(found.filters), found.exclude, found.text) == (missing, exclude, "")
    assert place is not None and place.name == "Siena"
