"""People of the archive in a question: which words name them, and which only look like a name."""

from __future__ import annotations

import pytest

from cercafoto.errors import UsageError
from cercafoto.question.context import Context
from cercafoto.question.filters.filter import Filters
from cercafoto.question.filters.with_people import NOT_PEOPLE, PEOPLE
from cercafoto.question.query import Query
from cercafoto.question.question import Question
from tests.question.sentences import SATURDAY, FakePlaces, days

NAMES = [
    "zia Pina", "Gino Rossi", "Rosa Verdi", "Viola", "Celeste", "Alba", "Domenica", "Sofia", "Luca",
    "Anna Bianchi", "Anna Neri", "Mamma", "Niccolò D'Angelo", "La Giulia", "2019", "Con", "?",
]  # fmt: skip
ANNA = "Anna Bianchi o Anna Neri"


def query(sentence: str, **options: object) -> Query:
    return Query.of(
        Question((sentence,) if sentence else (), **options),  # type: ignore[arg-type]
        Context(SATURDAY, FakePlaces(), people=NAMES),
    )


@pytest.mark.parametrize(
    ("sentence", "text", "people", "absent"),
    [
        ("zia Pina al mare", "al mare", "con zia Pina", ""),
        ("ZIA PINA al mare", "al mare", "con zia Pina", ""),
        ("la Pina in montagna", "in montagna", "con zia Pina", ""),
        ("zio gino a pesca", "a pesca", "con Gino Rossi", ""),
        ("niccolo d'angelo sulla neve", "sulla neve", "con Niccolò D'Angelo", ""),
        ("foto di Luca", "", "con Luca", ""),
        ("giulia con la torta", "con la torta", "con La Giulia", ""),
        ("la torta con la panna", "la torta con la panna", "", ""),
        ("le foto di Anna, Luca e Gino", "", f"con {ANNA} e con Luca e con Gino Rossi", ""),
        ("zia pina e luca al mare", "al mare", "con zia Pina e Luca", ""),
        ("Luca o zia Pina sulla neve", "sulla neve", "con Luca o zia Pina", ""),
        ("Luca al mare o zia Pina in montagna", "al mare o in montagna", "con Luca o zia Pina", ""),
        ("Luca al mare oppure con zia Pina", "al mare", "con Luca o zia Pina", ""),
        ("Luca al mare o zia Pina nel 2019", "al mare", "con Luca o zia Pina", ""),
        (
            "Luca e Gino al mare o zia Pina sulla neve",
            "al mare o sulla neve",
            "con Luca o zia Pina e con Gino Rossi o zia Pina",
            "",
        ),
        ("luca e un cane", "un cane", "con Luca", ""),
        ("un cane e Luca sul divano", "un cane sul divano", "con Luca", ""),
        ("insieme a Luca al parco", "al parco", "con Luca", ""),
        ("la mamma con Luca", "", "con Mamma e Luca", ""),
        ("la torta della zia", "la torta della zia", "", ""),
        ("Luca e la nonna", "la nonna", "con Luca", ""),
        # Excluded.
        ("mare senza zia Pina", "mare", "", "senza zia Pina"),
        ("mare senza zia Pina né Gino", "mare", "", "senza zia Pina né Gino Rossi"),
        ("mare ma non Luca", "mare", "", "senza Luca"),
        ("mare -Luca", "mare", "", "senza Luca"),
        ("Luca senza Rosa al mare", "al mare", "con Luca", "senza Rosa Verdi"),
        # Names that are other words too.
        ("rosa verdi a Roma", "", "con Rosa Verdi", ""),
        ("una torta con rosa", "una torta", "con Rosa Verdi", ""),
        ("al mare Viola", "al mare", "con Viola", ""),
        ("insieme a viola", "", "con Viola", ""),
        ("Luca e alba al parco", "al parco", "con Luca e Alba", ""),
        ("domenica al parco con Domenica", "domenica al parco", "con Domenica", ""),
        ("una rosa nel vaso", "una rosa nel vaso", "", ""),
        ("alba sul lago", "alba sul lago", "", ""),
        ("un cielo celeste", "un cielo celeste", "", ""),
        ("Sofia al parco", "Sofia al parco", "", ""),
        ("una mamma con il bambino", "una mamma con il bambino", "", ""),
        # Not this person's picture.
        ("il cane di Luca", "il cane di Luca", "", ""),
        ("via Rosa", "via Rosa", "", ""),
        ("Santa Sofia", "Santa Sofia", "", ""),
        ("in vacanza a Viola", "in vacanza a Viola", "", ""),
        ("un gatto sul divano", "un gatto sul divano", "", ""),
    ],
)
def test_who_is_asked_for(sentence: str, text: str, people: str, absent: str) -> None:
    found = query(sentence)
    some, none = PEOPLE.of(found.filters), NOT_PEOPLE.of(found.filters)
    assert found.text == text
    assert (PEOPLE.say(some) if some else "") == people
    assert (NOT_PEOPLE.say(none) if none else "") == absent


def test_a_question_of_everything() -> None:
    found = query("zia Pina al mare d'estate 2019, senza cani")
    assert (found.text, found.exclude) == ("al mare", ("cani",))
    assert PEOPLE.of(found.filters) == (("zia Pina",),)
    role = found.words[0]
    assert (role.words, role.kind, role.meaning) == ("zia Pina", "persona", "con zia Pina")


def test_people_and_things_are_excluded_together() -> None:
    found = query("natale 2018 senza zia Pina, Luca e cani")
    assert NOT_PEOPLE.of(found.filters) == (("zia Pina",), ("Luca",))
    assert found.exclude == ("cani",)
    found = query("senza Anna 2019")
    assert NOT_PEOPLE.of(found.filters) == (("Anna Bianchi", "Anna Neri"),)
    from tests.question.sentences import reading

    assert days(reading("2019")) == "2019-01-01..2019-12-31"


@pytest.mark.parametrize(
    ("sentence", "note"),
    [
        ("rosa al tramonto", '«rosa» è preso come colore; per la persona: --persona "Rosa Verdi"'),
        ("alba sul lago", "«alba» è preso come parola; per la persona: --persona Alba"),
        ("senza rosa", '«rosa» è preso come colore; per la persona: --persona "Rosa Verdi"'),
        ("Sofia al parco", "«Sofia» è preso come parola; per la persona: --persona Sofia"),
        ("una rosa nel vaso", None),
        ("un gatto", None),
    ],
)
def test_how_a_word_was_taken_is_said(sentence: str, note: str | None) -> None:
    assert query(sentence).notes == ((note,) if note else ())


def test_options_and_words_add_up() -> None:
    found = query("con Luca", typed=Filters(people=("anna", "zia pina")), without=("Gino", "cani"))
    assert PEOPLE.of(found.filters) == (("Luca",), ("Anna Bianchi", "Anna Neri"), ("zia Pina",))
    assert NOT_PEOPLE.of(found.filters) == (("Gino Rossi",),)
    assert found.exclude == ("cani",)
    assert PEOPLE.as_json(PEOPLE.of(found.filters) or ()) == {"people": ["Luca", ANNA, "zia Pina"]}


def test_an_unknown_person_is_an_error() -> None:
    with pytest.raises(UsageError, match="Nessuna foto ha il nome «Piero»"):
        query("", typed=Filters(people=("Piero",)))


def test_without_people_in_the_archive_a_name_is_a_word() -> None:
    found = Query.of(Question(("Luca al mare",)), Context(SATURDAY))
    assert found.text == "Luca al mare" and not found.filters


def test_the_words_may_also_be_a_photos_own_but_not_if_they_are_other_words() -> None:
    own = lambda own, all_words, filters: own  # noqa: E731
    for sentence, words in (
        ("con Luca al mare", (("people", "Luca"),)),
        ("con Luca al mare con Gino", (("people", "Luca Gino"),)),
        ("con Viola al mare", ()),
        # Gino's name alone must not fulfil the whole filter, whichever phrase comes first.
        ("Luca o zia Pina al mare con Gino", ()),
        ("con Gino al mare con Luca o zia Pina", ()),
        ("Luca al mare o zia Pina sulla neve con Gino", ()),
        ("con Viola al mare con Gino", ()),
    ):
        found = Query.of(Question((sentence,)), Context(SATURDAY, people=NAMES, said=own))
        assert found.own == words, sentence
