"""Test queries of words and options, their description, and their JSON."""

from __future__ import annotations

from dataclasses import fields
from datetime import date, timedelta
from pathlib import Path

import pytest

from cercafoto.errors import UsageError
from cercafoto.question.context import Context
from cercafoto.question.filters.days import DAYS, Days
from cercafoto.question.filters.filter import NO_FILTERS, Filters
from cercafoto.question.filters.place import PLACE
from cercafoto.question.grammar.calendar_days import Span
from cercafoto.question.grammar.place_meant import PlaceMeant
from cercafoto.question.query import Query
from cercafoto.question.question import Question
from cercafoto.question.wording import explain, query_data, say_query
from tests.question.sentences import FakePlaces

SATURDAY = date(2024, 6, 15)


def parse(*words: str, **given: object) -> Query:
    """Return the query of some words and options."""
    places = given.pop("places", None)
    own = {field.name: given.pop(field.name) for field in fields(Question) if field.name in given}
    question = Question(words, typed=Filters(given), **own)  # type: ignore[arg-type]
    return Query.of(question, Context(SATURDAY, places))  # type: ignore[arg-type]


def days_of(query: Query) -> Days:
    return DAYS.of(query.filters) or Days()


@pytest.mark.parametrize(
    ("phrase", "line"),
    [
        ("un gatto", "cerco: «un gatto»"),
        (
            "un cane al mare ad agosto 2019, senza persone",
            "cerco: «un cane al mare», di agosto 2019, senza: persone",
        ),
        ("nel 2018", "cerco: tutte le foto, del 2018"),
        ("un gelato ad agosto", "cerco: «un gelato», ad agosto di ogni anno"),
        ("gatti nel 2030", "cerco: «gatti», del 2030 (nel futuro)"),
        ("foto scattate di notte", "cerco: tutte le foto, fra le 21 e le 6"),
        ("pranzo ogni domenica", "cerco: «pranzo», di domenica"),
        ("un gatto a Roma", "cerco: «un gatto», luogo: Roma (comune)"),
        ("vicino a Siena", "cerco: tutte le foto, entro 30 km da Siena, dalla più vicina"),
        (
            "un cane a Lucca",
            "cerco: «un cane a Lucca»; «a Lucca» non fa da filtro: nessuna foto ha quella "
            "posizione",
        ),
        (
            "gatti nel 2018 o nel 2020",
            "cerco: «gatti», del 2018 e del 2020",
        ),
        (
            "mare nel 2018 + neve nel 2020",
            "cerco: «mare + neve», del 2018 e del 2020",
        ),
        ("mare nel 2018 + neve ad agosto 2018", "cerco: «mare + neve», di agosto 2018"),
    ],
)
def test_the_line_says_what_was_understood(phrase: str, line: str) -> None:
    assert say_query(parse(phrase, places=FakePlaces())) == line


def test_the_line_names_every_condition() -> None:
    query = parse(
        "un gatto",
        like=(Path("a/b.jpg"),),
        folders=(Path("/foto"),),
        outside=(Path("/foto/bozze"), Path("/foto/\udcff")),
        labels=("mare",),
        camera="Canon",
        format="JPEG",
        orientation="verticale",
        rating=3,
        keywords=("zia",),
    )
    assert say_query(query) == (
        "cerco: «un gatto», come b.jpg, fotocamera: Canon, formato: jpeg, "
        "orientamento: verticale, stelle: almeno 3, parola chiave: zia, etichetta: mare, "
        "in: /foto, non in: /foto/bozze, /foto/�"
    )
    written = query_data(query)["filters"]
    assert written["folders"] == ["/foto"]
    assert written["outside"] == ["/foto/bozze", "/foto/\udcff"]


def test_a_query_as_json() -> None:
    query = parse("al mare ad agosto 2019, senza persone, vicino a Siena", places=FakePlaces())
    assert query_data(query) == {
        "text": "al mare",
        "from": "2019-08-01",
        "to": "2019-08-31",
        "exclude": ["persone"],
        "place": {"name": "Siena", "kind": "vicino"},
        "filters": {"radius_km": 30.0},
        "reading": say_query(query),
    }
    plain = query_data(parse("un gatto"))
    assert plain == {
        "text": "un gatto",
        "from": None,
        "to": None,
        "exclude": [],
        "place": None,
        "filters": {},
        "reading": "cerco: «un gatto»",
    }


def test_json_filters_have_what_from_and_to_cannot_say() -> None:
    data = query_data(parse("foto scattate di notte ad agosto o a Natale, ogni domenica"))
    assert (data["from"], data["to"]) == (None, None)
    assert data["filters"] == {
        "recurring": [
            {"name": "ad agosto", "from": "08-01", "to": "08-31"},
            {"name": "a Natale", "feast": "natale", "bridge": False},
        ],
        "weekdays": ["domenica"],
        "hours": [21, 6],
    }
    several = query_data(parse("nel 2018 o nel 2020"))
    assert (several["from"], several["to"]) == ("2018-01-01", "2020-12-31")
    assert several["filters"]["periods"] == [
        ["2018-01-01", "2018-12-31"],
        ["2020-01-01", "2020-12-31"],
    ]


def test_options_alone() -> None:
    query = parse(
        "un gatto",
        since="2019-08-01",
        until="31/8/2019",
        without=("persone", "cani"),
        camera="iPhone",
        format=".JPG",
        orientation="quadrata",
        rating=4,
        keywords=("zia", "mare"),
    )
    assert query.exclude == ("persone", "cani")
    assert query.filters == Filters(
        periods=Days((Span(date(2019, 8, 1), date(2019, 8, 31)),), today=SATURDAY),
        camera=("iPhone",),
        format="jpg",
        orientation="quadrato",
        rating=4,
        keywords=("zia", "mare"),
    )
    assert query.text == "un gatto"


@pytest.mark.parametrize(
    ("since", "until", "first", "last"),
    [
        ("2019", None, date(2019, 1, 1), None),
        (None, "2019", None, date(2019, 12, 31)),
        ("agosto 2019", "settembre 2019", date(2019, 8, 1), date(2019, 9, 30)),
        ("ieri", "oggi", date(2024, 6, 14), date(2024, 6, 15)),
        ("l'anno scorso", None, date(2023, 1, 1), None),
        ("il 3 maggio 2020", None, date(2020, 5, 3), None),
        ("Natale 2019", "Capodanno 2020", date(2019, 12, 25), date(2020, 1, 1)),
    ],
)
def test_days_by_option_are_read_as_in_words(
    since: str | None, until: str | None, first: date | None, last: date | None
) -> None:
    query = parse("mare", since=since, until=until)
    assert days_of(query).spans == (Span(first, last),)


def test_options_narrow_what_the_words_say() -> None:
    query = parse("nel 2019", since="agosto 2019")
    assert days_of(query).spans == (Span(date(2019, 8, 1), date(2019, 12, 31)),)
    assert query.notes == ()
    query = parse("ad agosto", since="2019")
    assert days_of(query).spans == (Span(date(2019, 1, 1), None),)
    assert [yearly.phrase for yearly in days_of(query).recurring] == ["ad agosto"]
    assert parse("senza cani", without=("persone", "cani")).exclude == ("cani", "persone")


def test_an_option_wins_over_words_that_contradict_it() -> None:
    query = parse("nel 2018", since="2019")
    assert days_of(query).spans == (Span(date(2019, 1, 1), None),)
    assert "valgono --da e --a" in say_query(query)
    query = parse("a Roma", place="Siena", places=FakePlaces())
    assert PLACE.of(query.filters) == PlaceMeant("Siena", "comune")
    assert "vale luogo: Siena (comune), non quello" in say_query(query)


def test_filters_of_the_file_by_words_and_options() -> None:
    query = parse("foto verticali con la Canon, almeno 4 stelle")
    assert query.text == ""
    assert query.filters == Filters(camera=("Canon",), orientation="verticale", rating=4)
    assert say_query(query) == (
        "cerco: tutte le foto, fotocamera: Canon, orientamento: verticale, stelle: almeno 4"
    )
    query = parse("foto verticali", camera="Nikon")
    assert query.filters == Filters(camera=("Nikon",), orientation="verticale")
    assert query.notes == ()
    query = parse("foto verticali", orientation="quadrata")
    assert query.filters == Filters(orientation="quadrato")
    assert "vale orientamento: quadrato, non quello che" in say_query(query)


def test_the_order_of_words_and_option() -> None:
    query = parse("le foto più vecchie del gatto")
    assert (query.order, query.text) == ("oldest", "gatto")
    assert say_query(query) == "cerco: «gatto», dalla più vecchia"
    assert query_data(query)["filters"] == {"order": "oldest"}
    assert not query.is_plain
    for name, order in (("data", "date"), ("Nome", "name"), ("fiducia", "confidence")):
        assert parse("le foto più vecchie", order=name).order == order


def test_a_place_by_option() -> None:
    for typed, meant in (
        ("a Roma", PlaceMeant("Roma", "comune")),
        ("vicino a Siena", PlaceMeant("Siena", "vicino", 30.0)),
        # An option always means the place, photos or not; words do not.
        ("parigi", PlaceMeant("Parigi", "comune")),
    ):
        query = parse("mare", place=typed, places=FakePlaces())
        assert query.filters == Filters(place=meant)
    unknown = PlaceMeant("Paperopoli", "luogo")
    assert parse("mare", place="Paperopoli").filters == Filters(place=unknown)
    with pytest.raises(UsageError, match="Paperopoli"):
        parse("mare", place="Paperopoli", places=FakePlaces())


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"since": "domattina presto"}, "--da vuole una data"),
        ({"until": "agosto"}, "--a vuole una data"),
        ({"since": "31/2/2020"}, "febbraio non ha il giorno 31"),
        ({"since": "2020", "until": "2019"}, "viene dopo --a"),
        ({"orientation": "storto"}, "--orientamento vuole verticale, orizzontale o quadrato"),
        ({"rating": 6}, "--stelle vuole un numero da 1 a 5"),
        ({"rating": 0}, "--stelle vuole un numero da 1 a 5"),
        ({"without": ("",)}, "--senza vuole un valore"),
        ({"camera": " "}, "--fotocamera vuole un valore"),
        ({"format": "xyz"}, "--formato non conosce «xyz»"),
        ({"format": "."}, "--formato non conosce «.»"),
        ({"order": "peso"}, "--ordina vuole data, vecchie, nome o fiducia, non «peso»"),
    ],
)
def test_options_without_a_meaning(options: dict[str, object], message: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse("un gatto", **options)
    assert message in caught.value.message


def test_an_unknown_option() -> None:
    with pytest.raises(TypeError, match="sinse"):
        Question(("un gatto",), typed=Filters(sinse="2019"))


def test_nothing_to_search_for() -> None:
    for words in ([], [""], ["   "], ["''"[:0]]):
        with pytest.raises(UsageError, match="vuota"):
            Query.parse(words)
    with pytest.raises(UsageError, match=r"in «\?!» non ci sono parole"):
        parse("?!")
    assert "excepted" in parse("escluso il 2019").filters
    for typed in (
        Filters(camera=("Canon",)),
        Filters(outside=(Path("/foto"),)),
        Filters(folders=(Path("/foto"),)),
    ):
        assert parse(**typed).filters == typed
    assert days_of(parse(since="2019")).spans == (Span(date(2019, 1, 1), None),)
    assert parse("senza persone").exclude == ("persone",)


def test_punctuation_is_nothing_to_search_for() -> None:
    query = parse("nel 2019!")
    assert days_of(query) and query.text == ""
    assert parse("un gatto?").text == "un gatto?"
    assert parse("3").text == "3" and parse("❤").text == "❤"


@pytest.mark.parametrize("name", ["jpg", "JPEG", ".heic", "tif", "raw", "webp", "jxl", "jp2"])
def test_formats_that_photos_have(name: str) -> None:
    assert parse(format=name).filters == Filters(format=name.lower().lstrip("."))


def test_words_untouched() -> None:
    query = parse("al mare ad agosto 2019, senza persone", literal=True, without=("cani",))
    assert query.text == "al mare ad agosto 2019, senza persone"
    assert (query.exclude, query.filters) == (("cani",), NO_FILTERS)


def test_which_queries_are_told_to_the_person() -> None:
    assert parse("un gatto").is_plain
    assert parse("un gatto", labels=("mare",)).is_plain
    for phrase in ("nel 2018", "senza persone", "2018", "foto scattate di notte"):
        assert not parse(phrase).is_plain
    assert not parse("un gatto", rating=3).is_plain
    assert not parse("un gatto", outside=(Path("/foto"),)).is_plain


def test_the_explanation_has_a_line_for_every_part() -> None:
    query = parse("al mare ad agosto 2019, senza persone")
    assert explain(query) == [
        say_query(query),
        "  testo    «al mare»: si vede nella foto",
        "  tempo    «ad agosto 2019»: di agosto 2019",
        "  escluso  «senza persone»: senza: persone",
    ]


@pytest.mark.parametrize(
    "phrase",
    [
        "un gatto",
        "nel 2018",
        "nel 2018 o nel 2020",
        "ad agosto",
        "in inverno, foto scattate in inverno",
        "a Natale o a Capodanno",
        "a Pasqua, dal 2019 al 2020",
        "prima del 2019",
        "dopo il 2019",
        "il 29 febbraio",
        "nel ponte del 2 giugno",
        "nel 2031",
    ],
)
def test_ranges_of_days_against_every_single_day(phrase: str) -> None:
    days = days_of(parse(phrase))
    first, last = date(2017, 1, 15), date(2021, 2, 10)
    ranges = days.between(first, last)

    def wanted(day: date) -> bool:
        in_days = not days.spans or any(day in span for span in days.spans)
        in_year = not days.recurring or any(
            (span := yearly.in_year(year)) is not None and day in span
            for yearly in days.recurring
            for year in (day.year - 1, day.year, day.year + 1)
        )
        return in_days and in_year

    day = first - timedelta(days=400)
    while day <= last + timedelta(days=400):
        inside = any(day in span for span in ranges)
        assert inside == (first <= day <= last and wanted(day)), day
        day += timedelta(days=1)
    for span in ranges:
        assert span.first is not None and span.last is not None
