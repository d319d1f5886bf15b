"""Every option of every filter has an address, chips, a name and an example on page and screen;
every filter has words or an option, and JSON."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from starlette.datastructures import QueryParams

from cercafoto.browse.asked import Asked, as_titled
from cercafoto.browse.chips import chips
from cercafoto.errors import UsageError
from cercafoto.places.lookup import Places
from cercafoto.question.context import Context
from cercafoto.question.filters.all_filters import FACETS, FILTERS, OPTIONS
from cercafoto.question.filters.filter import NO_FILTERS, Filter, Filters, Option, Typed
from cercafoto.question.query import Query
from cercafoto.question.question import Question
from cercafoto.question.stored_question import as_typed, from_json, to_json
from cercafoto.web.address import Address
from tests.support.every_option import EVERY_OPTION

TODAY = date(2026, 3, 1)
WORDS = {
    "periods": "gatto nel 2019",
    "weekdays": "gatto di domenica",
    "hours": "un gatto fotografato di notte",
    "place": "gatto a Roma",
    "monochrome": "gatto in bianco e nero",
    "camera": "gatto con la Canon",
    "lens": "gatto con il 50 mm",
    "focal_length": "gatto a 50 mm",
    "iso": "gatto oltre 1600 ISO",
    "aperture": "gatto a f/1.8",
    "exposure_time": "gatto con tempi lunghi",
    "flash": "gatto senza flash",
    "format": "gatto in jpeg",
    "orientation": "gatto, foto verticali",
    "quality": "gatto, foto sfocate",
    "rating": "gatto con 5 stelle",
    "color_label": "gatto con etichetta rossa",
    "people": "gatto con zia Pina",
    "not_people": "gatto senza zia Pina",
    "texts": "gatto «password»",
    "video": "i video del gatto",
    "kinds": "gatto, foto fatte col telefono",
    "missing": "gatto senza data né posizione",
    "excepted": "gatto tranne il 2019",
    "collections": "gatto nella raccolta Gite",
}
BY_OPTION_ONLY = {
    "people_count",
    "rectangle",
    "keywords",
    "mine",
    "labels",
    "folders",
    "outside",
}
BAD = {"since": "boh", "until": "boh", "place": "Vattelapesca", "near": "Vattelapesca",
       "rectangle": "43, 11", "people_count": "molte", "lens": "0mm",
       "format": "doc", "orientation": "storto", "texts": "!?", "missing": "fortuna",
       "kinds": "olio", "focal_length": "corta", "iso": "alti", "aperture": "f/",
       "exposure_time": "1/0", "color_label": "trasparente", "quality": "bella",
       "mine": "12"}  # fmt: skip

options = pytest.mark.parametrize("option", OPTIONS, ids=lambda option: option.name)
filters = pytest.mark.parametrize("which", FILTERS, ids=lambda which: which.name)


def understood(words: str) -> Query:
    context = Context(
        TODAY,
        Places(None),
        ["Canon EOS 80D"],
        ["zia Pina"],
        written=True,
        collections=lambda: ["Gite"],
    )
    return Query.of(Question((words,)), context)


def read(address: Address) -> Address:
    """Return the question that the address of a question asks."""
    again, notes = Address.read(QueryParams(address.url().partition("?")[2]))
    assert not notes
    return again


def only(option: Option) -> Filters:
    return Filters({option.key: EVERY_OPTION[option.key]})


def test_the_examples_of_the_tests_are_of_every_option() -> None:
    assert set(EVERY_OPTION) == {option.key for option in OPTIONS}
    assert len({option.name for option in OPTIONS}) == len(OPTIONS)


@options
def test_an_option_has_its_name_in_addresses(option: Option) -> None:
    address = Address(words="gatto", typed=only(option), more=(3,))
    parameters = QueryParams(address.url().partition("?")[2])
    assert len(parameters.getlist(option.name)) == len(option.values(address.typed))
    assert option.flag == f"--{option.name}"
    assert read(address) == address


def test_all_options_together_come_back_from_an_address() -> None:
    assert read(Address(typed=EVERY_OPTION)).typed == EVERY_OPTION


@options
def test_a_chip_drops_each_value_of_an_option(option: Option) -> None:
    asked = Asked("gatto", typed=only(option), everything=True)
    shown = list(chips(asked, (), {}, str))
    assert len(shown) == len(option.values(asked.typed))
    for chip in shown:
        assert chip.meaning and chip.rest.words == "gatto"
        left = option.values(chip.rest.typed)
        assert len(left) == len(shown) - 1 and set(left) < set(option.values(asked.typed))
    while asked.typed:
        (chip, *_) = chips(asked, (), {}, str)
        asked = chip.rest
    assert asked == Asked("gatto")


@options
def test_an_option_has_a_name_for_people(option: Option) -> None:
    assert option.title and option.title[0].isupper() and "--" not in option.title
    assert sum(other.title == option.title for other in OPTIONS) == 1
    told = as_titled(UsageError(f"{option.flag} vuole altro.", f"Per esempio {option.flag} x"))
    assert told.message == f"«{option.title}» vuole altro." and "--" not in told.hint


@options
def test_a_value_without_sense_is_refused(option: Option) -> None:
    wrong = {bool: "forse", int: "tre", Path: "qui/../là"}.get(option.kind)
    if option.kind is bool:
        assert option.read(str(wrong)) is None
    elif wrong is not None:
        asked, notes = Address.read(QueryParams([(option.name, wrong)]))
        assert not asked and len(notes) == 1 and option.title in notes[0] and wrong in notes[0]
    elif option.key in BAD:
        (which,) = [each for each in FILTERS if option in each.options]
        with pytest.raises(UsageError):
            which.parse(Typed(Filters({option.key: _one(option)}), TODAY, Places(None)))


def _one(option: Option) -> Any:
    return (BAD[option.key],) if option.repeatable else BAD[option.key]


@filters
def test_a_filter_is_said_by_words_or_by_an_option(which: Filter[Any]) -> None:
    assert (which.name in WORDS) != (which.name in BY_OPTION_ONLY)
    if which.name in BY_OPTION_ONLY:
        assert which.options
        return
    query = understood(WORDS[which.name])
    assert which.name in query.filters
    # The chip of these words drops the filter, and nothing else.
    asked = Asked(WORDS[which.name])
    rests = [understood(c.rest.words) for c in chips(asked, query.words, {}, str) if c.rest.words]
    assert any(not rest.filters and "gatto" in rest.text for rest in rests)


@filters
def test_a_filter_of_options_is_in_json(which: Filter[Any]) -> None:
    given = {option.key: EVERY_OPTION[option.key] for option in which.options}
    for contradicts in ("no_videos", "near", "no_flash"):
        given.pop(contradicts, None)
    value = which.parse(Typed(Filters(given), TODAY, None))
    if which.options:
        assert value is not None
        assert json.loads(json.dumps(which.as_json(value), default=str)) is not None
    question = Question(("gatto",), typed=Filters(given))
    assert from_json(json.loads(json.dumps(to_json(question), default=str))) == question
    assert all(option.flag in as_typed(question) for option in which.options if option.key in given)


def test_a_question_kept_with_one_camera_and_lens_still_reads() -> None:
    kept = to_json(Question(("gatto",))) | {"typed": {"camera": "Canon", "lens": "50mm"}}
    question = from_json(json.loads(json.dumps(kept, default=str)))
    assert question == Question(("gatto",), typed=Filters(camera=("Canon",), lens=("50mm",)))
    assert as_typed(question) == "gatto --fotocamera Canon --obiettivo 50mm"
    # Python still takes a single name too.
    single = Question(("gatto",), typed=Filters(camera="Canon", lens="50mm"))
    assert Query.of(single).filters == Query.of(question).filters


@pytest.mark.parametrize("which", [each for each, _ in FACETS], ids=lambda which: which.name)
def test_a_facet_adds_to_what_is_typed(which: Filter[Any]) -> None:
    assert which.facet is not None
    value: Any = {"periods": "2019-08", "rating": 4, "video": 1}.get(which.name, "x")
    value = b"/foto" if which.name in ("folders", "outside") else value
    typed = which.facet.choose(EVERY_OPTION, value)
    changed = {key for key in EVERY_OPTION if typed.get(key) != EVERY_OPTION[key]}
    assert changed and changed <= {option.key for option in which.options}
    assert which.facet.choose(typed, value) == typed
    assert which.facet.choose(NO_FILTERS, value)
