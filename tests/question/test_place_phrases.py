"""Test which words are read as a place and which stay text."""

from __future__ import annotations

from dataclasses import replace

import pytest

from cercafoto.places.gazetteer import Gazetteer
from cercafoto.question.context import Context
from cercafoto.question.filters.place import PLACE
from cercafoto.question.grammar.listed_words import ADJECTIVES, WORDS, common_nouns, place_homonyms
from cercafoto.question.grammar.place_meant import PlaceMeant
from cercafoto.question.query import Query
from cercafoto.question.question import Question
from cercafoto.question.reader import read
from cercafoto.question.wording import query_data
from tests.question.sentences import SATURDAY, FakePlaces, Found, reading

PLACES = [
    ("a Roma", "", ("Roma", "comune", None)),
    ("a roma", "", ("Roma", "comune", None)),
    ("un gatto a Roma", "un gatto", ("Roma", "comune", None)),
    ("nelle Marche", "", ("Marche", "regione", None)),
    ("trulli in Puglia", "trulli", ("Puglia", "regione", None)),
    ("all'Elba", "", ("Isola d'Elba", "luogo", None)),
    ("all'isola d'Elba", "", ("Isola d'Elba", "luogo", None)),
    ("a New York", "", ("New York", "comune", None)),
    ("un taxi a New York nel 2019", "un taxi", ("New York", "comune", None)),
    ("a Reggio nell'Emilia", "", ("Reggio nell'Emilia", "comune", None)),
    ("Reggio nell'Emilia", "", ("Reggio nell'Emilia", "comune", None)),
    ("reggio nell'emilia", "", ("Reggio nell'Emilia", "comune", None)),
    ("una piazza, Reggio nell'Emilia", "una piazza", ("Reggio nell'Emilia", "comune", None)),
    ("un treno da Reggio nell'Emilia", "un treno da Reggio nell'Emilia", None),
    ("un campo nell'Emilia", "un campo", ("Emilia", "luogo", None)),
    ("in provincia di Siena", "", ("Siena", "provincia", None)),
    ("negli Stati Uniti", "", ("Stati Uniti", "paese", None)),
    ("vicino a Siena", "", ("Siena", "vicino", 30.0)),
    ("nei dintorni di Siena", "", ("Siena", "vicino", 30.0)),
    ("a 10 km da Siena", "", ("Siena", "vicino", 10.0)),
    ("foto di Firenze", "", ("Firenze", "comune", None)),
    ("il duomo di Firenze", "il duomo di Firenze", None),
    ("Sardegna 2018", "", ("Sardegna", "regione", None)),
    ("sardegna", "", ("Sardegna", "regione", None)),
    ("a Calcio", "", ("Calcio", "comune", None)),
    ("in Campagna", "", ("Campagna", "comune", None)),
    ("a Maggio", "", None),  # the month, whatever the gazetteer holds
    ("al mare a Roma", "al mare", ("Roma", "comune", None)),
    ("foto scattate a Roma", "", ("Roma", "comune", None)),
    ("una maglia di Roma", "una maglia di Roma", None),
    ("gita in Siena", "gita", ("Siena", "comune", None)),
    ("gita in siena", "gita in siena", None),  # a town is "a Siena"
    ("TRULLI IN PUGLIA", "TRULLI", ("Puglia", "regione", None)),
    ("a Paperopoli", "a Paperopoli", None),
    ("da firenze", "", ("Firenze", "comune", None)),
    ("vista da firenze", "vista", ("Firenze", "comune", None)),
    ("da vaso", "da vaso", None),
    ("in trentino", "", ("Trento", "provincia", None)),
    ("in aosta", "in aosta", None),
    ("sull'elba", "", ("Isola d'Elba", "luogo", None)),
    ("sulle cinque terre", "", ("Cinque Terre", "luogo", None)),
    ("le cinque terre", "", ("Cinque Terre", "luogo", None)),
    ("sulla roma", "sulla roma", None),
    ("la spezia", "", ("La Spezia", "comune", None)),
    ("alla spezia", "", ("La Spezia", "comune", None)),
    ("treni alla Spezia", "treni", ("La Spezia", "comune", None)),
    ("all'estero", "", ("estero", "estero", None)),
    ("foto fatte al sud", "", ("Sud Italia", "luogo", None)),
    ("vacanze al nord", "vacanze", ("Nord Italia", "luogo", None)),
    ("un gatto nel Sud nel 2019", "un gatto", ("Sud Italia", "luogo", None)),
    ("foto del nord", "", ("Nord Italia", "luogo", None)),
    ("nel nord-est", "", ("Nord-est Italia", "luogo", None)),
    ("nel sud dell'Italia", "", ("Sud Italia", "luogo", None)),
    ("nel nord Italia", "", ("Nord Italia", "luogo", None)),
    ("al sud, con la neve", "con la neve", ("Sud Italia", "luogo", None)),
    ("vento del nord", "vento del nord", None),
    ("uccelli che volano al sud", "uccelli che volano al sud", None),
    ("in viaggio dal nord al sud", "in viaggio dal nord al sud", None),
    ("foto fatte dal nord al sud", "foto fatte dal nord al sud", None),
    ("dal nord ovest al sud", "dal nord ovest al sud", None),
    ("andiamo al sud", "andiamo", ("Sud Italia", "luogo", None)),
    ("al polo sud", "al polo sud", None),
    ("polo sud", "polo sud", None),
    ("una casa esposta al sud", "una casa esposta al sud", None),
    ("al nord di Roma", "al nord di Roma", None),
    ("nel sud della Francia", "nel sud della Francia", None),
    ("una finestra a sud", "una finestra a sud", None),
    ("il mare del sud", "il mare del sud", None),
    ("gatti all'estero nel 2019", "gatti", ("estero", "estero", None)),
    ("vicina a siena", "", ("Siena", "vicino", 30.0)),
    ("attorno a siena", "", ("Siena", "vicino", 30.0)),
    ("nelle vicinanze di siena", "", ("Siena", "vicino", 30.0)),
    ("a meno di 20 km da siena", "", ("Siena", "vicino", 20.0)),
    ("gatti entro i 10 km da siena", "gatti", ("Siena", "vicino", 10.0)),
    ("fuori roma", "fuori roma", None),
    # positions
    ("vicino a 45.43, 10.99", "", ("45.43, 10.99", "vicino", 5.0)),
    ("un gatto vicino a 45.43 10.99", "un gatto", ("45.43, 10.99", "vicino", 5.0)),
    ("vicino a -33.87, 151.21", "", ("-33.87, 151.21", "vicino", 5.0)),
    ("vicino a 45,43 10,99", "", ("45.43, 10.99", "vicino", 5.0)),
    ("entro 3 km da 45.43, 10.99", "", ("45.43, 10.99", "vicino", 3.0)),
    ("vicino a 45°30'N 10°15'E", "", ("45.5, 10.25", "vicino", 5.0)),
    ("vicino a 45° 30' 00\" N, 10° 15' 00\" O", "", ("45.5, -10.25", "vicino", 5.0)),
    ("45.4384, 10.9916", "", ("45.438, 10.992", "vicino", 5.0)),
    ("45°30'N 10°15'E", "", ("45.5, 10.25", "vicino", 5.0)),
    ("12.5, 30.2", "12.5, 30.2", None),
    ("vicino a 95.43, 10.99", "vicino a 95.43, 10.99", None),
    # without a preposition, where photos lie
    ("venezia", "", ("Venezia", "comune", None)),
    ("VENEZIA", "", ("Venezia", "comune", None)),
    ("roma 2019", "", ("Roma", "comune", None)),
    ("san gimignano", "", ("San Gimignano", "comune", None)),
    ("mare sardegna", "mare", ("Sardegna", "regione", None)),
    ("mare Sardegna", "mare", ("Sardegna", "regione", None)),
    ("taxi gialli new york", "taxi gialli", ("New York", "comune", None)),
    ("cinque terre", "", ("Cinque Terre", "luogo", None)),
    ("venezia carnevale", "", ("Venezia", "comune", None)),
    ("Roma sotto la neve", "sotto la neve", ("Roma", "comune", None)),
    ("venezia a Carnevale", "", ("Venezia", "comune", None)),
    ("lisbona", "lisbona", None),
    ("tram lisbona", "tram lisbona", None),
    # words that mean something else
    ("mare", "mare", None),
    ("calcio", "calcio", None),
    ("gente calcio", "gente calcio", None),
    ("un grande campo verde", "un grande campo verde", None),
    ("brindisi", "brindisi", None),
    ("festa brindisi", "festa brindisi", None),
    ("Brindisi", "", ("Brindisi", "comune", None)),
    ("un comò", "un comò", None),
    ("svizzera", "", ("Svizzera", "paese", None)),
    ("bandiera svizzera", "bandiera svizzera", None),
    ("una maglia della roma", "una maglia della roma", None),
    ("via roma", "via roma", None),
    ("disco di Michael Jackson", "disco di Michael Jackson", None),
    ("municipio di los angeles", "municipio di los angeles", None),
    (
        "una donna che cammina per strada vicino a una chiesa roma",
        "una donna che cammina per strada vicino a una chiesa roma",
        None,
    ),
    ("roma e firenze", "roma e firenze", None),
    ("compleanno Luca Siena", "compleanno Luca Siena", None),
    ("Ponte Vecchio Firenze", "Ponte Vecchio", ("Firenze", "comune", None)),
    ("Firenze, Ponte Vecchio", "Ponte Vecchio", ("Firenze", "comune", None)),
    ("foto da Venezia", "", ("Venezia", "comune", None)),
    ("treno da Venezia", "treno da Venezia", None),
    # given names
    ("foto di Anna", "Anna", None),
    ("foto di Sofia 2019", "Sofia", None),
    ("Anna", "Anna", None),
    ("compleanno sofia", "compleanno sofia", None),
    ("ad Anna", "", ("Anna", "comune", None)),
    ("a Sofia", "", ("Sofia", "comune", None)),
    ("foto di classe", "foto di classe", None),
]


@pytest.mark.parametrize(("phrase", "text", "place"), PLACES)
def test_places(phrase: str, text: str, place: tuple[str, str, float | None] | None) -> None:
    found = reading(phrase)
    meant = PLACE.of(found.filters)
    got = meant and (meant.name, meant.kind, meant.radius_km)
    assert (found.text, got) == (text, place)
    assert found.notes == ()


def test_a_little_known_place_without_photos_stays_text_and_says_so() -> None:
    found = reading("un cane a Lucca")
    assert (found.text, PLACE.of(found.filters)) == ("un cane a Lucca", None)
    assert found.notes == ("«a Lucca» non fa da filtro: nessuna foto ha quella posizione",)


@pytest.mark.parametrize("phrase", ["un cane a Parigi", "un cane a parigi"])
def test_a_famous_place_without_photos_is_not_searched_by_looks(phrase: str) -> None:
    found = reading(phrase)
    assert (found.text, found.notes) == ("un cane", ())
    assert PLACE.of(found.filters) == PlaceMeant("Parigi", "comune")


def test_without_any_position_a_place_stays_text(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(FakePlaces, "has_positions", lambda self: False)
    found = reading("un cane a Parigi")
    assert (found.text, PLACE.of(found.filters)) == ("un cane a Parigi", None)
    assert found.notes != ()


def test_homonyms_listed_are_places() -> None:
    """A word in the list that is not a place is useless."""
    gazetteer = Gazetteer()
    listed = place_homonyms()
    assert set(listed) == {WORDS, ADJECTIVES}
    for kind, words in listed.items():
        assert [word for word in words if not gazetteer.named(word)] == [], kind
    assert not listed[WORDS] & common_nouns()


EITHER = [
    ("a Roma o a Firenze", "", "luogo: Roma (comune) o Firenze (comune)"),
    ("a Roma o Firenze", "", "luogo: Roma (comune) o Firenze (comune)"),
    ("foto di Roma, Firenze e Siena", "",
     "luogo: Roma (comune) o Firenze (comune) o Siena (comune)"),
    ("un gatto in Puglia o in Sardegna ad agosto", "un gatto",
     "luogo: Puglia (regione) o Sardegna (regione)"),
    ("vicino a Siena o a Roma", "", "entro 30 km da Siena o Roma (comune)"),
    ("a Roma o a Roma", "", "luogo: Roma (comune)"),
    ("un gatto a Roma o un cane", "un gatto o un cane", "luogo: Roma (comune)"),
    ("un gatto a Roma, un cane", "un gatto un cane", "luogo: Roma (comune)"),
]  # fmt: skip


@pytest.mark.parametrize(("phrase", "text", "said"), EITHER)
def test_one_of_several_places(phrase: str, text: str, said: str) -> None:
    found = reading(phrase)
    place = PLACE.of(found.filters)
    assert place is not None and (found.text, PLACE.say(place)) == (text, said)
    assert "per volta" not in str(found.notes)


def test_the_own_words_of_places_are_alternatives() -> None:
    found = reading("a Roma o a Firenze")
    assert found.own == (("place", "Roma"), ("place", "Firenze"))
    data = query_data(Query.of(Question(("a Roma o a Firenze",)), Context(places=FakePlaces())))
    assert data["place"] == {"name": "Roma o Firenze", "kind": "comune"}
    assert [place["name"] for place in data["filters"]["places"]] == ["Roma", "Firenze"]


def test_one_way_from_place_to_place_and_an_excluded_place() -> None:
    found = reading("da Firenze a Roma")
    assert PLACE.of(found.filters) == PlaceMeant("Roma", "comune")
    assert "un luogo per volta" in found.notes[0]
    for phrase in ("un gatto ma non a Roma", "un gatto non a Roma", "un gatto tranne a Roma"):
        found = reading(phrase)
        assert (found.text, PLACE.of(found.filters), found.exclude) == ("un gatto", None, ())
        assert "excepted" in found.filters


def test_a_place_of_own_words_only_needs_no_note() -> None:
    class WithOwn(FakePlaces):
        def find(self, name: str, areas_only: bool = False) -> Found | None:
            found = super().find(name, areas_only)
            return found and replace(found, is_own=found.name == "Lucca")

    found = read("foto fatte a Lucca", Context(SATURDAY, WithOwn()))
    assert (found.text, found.notes) == ("foto a Lucca", ())
    assert reading("foto fatte a Lucca").notes


def test_without_a_gazetteer_no_word_is_a_place() -> None:
    found = read("un gatto a Roma", Context(SATURDAY))
    assert (found.text, PLACE.of(found.filters), found.notes) == ("un gatto a Roma", None, ())


def test_scenery_of_a_place_where_photos_lie_was_photographed_there() -> None:
    for sentence, text, name in (
        ("il mare di Roma", "il mare", "Roma"),
        ("tramonti della Sardegna", "tramonti", "Sardegna"),
        ("neve di Roma nel 2018", "neve", "Roma"),
        ("il mare di Parigi", "il mare di Parigi", None),  # no photo lies there
        ("la pizza di Roma", "la pizza di Roma", None),
        ("il mare di Anna", "il mare di Anna", None),
        ("il mare di campagna", "il mare di campagna", None),
        ("il sindaco di Roma", "il sindaco di Roma", None),
    ):
        found = reading(sentence)
        place = PLACE.of(found.filters)
        assert (found.text, place and place.name) == (text, name), sentence
