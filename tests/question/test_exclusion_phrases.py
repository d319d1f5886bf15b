"""Test phrases that exclude concepts."""

from __future__ import annotations

import pytest

from cercafoto.base.word_stems import words_of
from cercafoto.question.context import Context
from cercafoto.question.filters.days import DAYS
from cercafoto.question.filters.excepted import EXCEPTED
from cercafoto.question.filters.filter import NO_FILTERS
from cercafoto.question.filters.place import PLACE
from cercafoto.question.grammar.exclusion_phrases import (
    CLAUSE,
    DEFINITE,
    EVERYTHING,
    NOT_AFTER_NON,
    NOT_BEFORE_LESS,
    QUALITIES,
    QUALITY_ENDINGS,
)
from cercafoto.question.grammar.listed_words import verbs
from cercafoto.question.heard import Heard
from cercafoto.question.query import Query
from cercafoto.question.question import Question
from cercafoto.question.reader import read
from tests.question.sentences import CAMERAS, SATURDAY, FakePlaces, Found, reading

WITHOUT = [
    ("senza persone", "", ["persone"]),
    ("al mare senza persone", "al mare", ["persone"]),
    ("al mare, senza persone", "al mare", ["persone"]),
    ("animali tranne i gatti", "animali", ["gatti"]),
    ("un cane, no neve", "un cane", ["neve"]),
    ("un cane che non è nero", "un cane che non è nero", []),
    ("un cane ma no persone", "un cane", ["persone"]),
    ("un cartello no parking", "un cartello no parking", []),
    ("una festa ma non al chiuso", "una festa", ["al chiuso"]),
    ("una festa, non al chiuso", "una festa", ["al chiuso"]),
    ("né persone", "", ["persone"]),
    ("un cane né grande né piccolo", "un cane", ["grande", "piccolo"]),
    ("gatto o cane ma niente persone e niente auto", "gatto o cane", ["persone", "auto"]),
    ("montagna senza neve d'estate", "montagna d'estate", ["neve"]),
    ("tutto tranne il mare", "", ["mare"]),
    ("tranne quelle al chiuso", "", ["al chiuso"]),
    ("mare, senza: persone", "mare", ["persone"]),
    ('un cartello senza "vietato fumare"', "un cartello", ["vietato fumare"]),
    ("né cani né gatti", "", ["cani", "gatti"]),
    ("ne' cani ne' gatti", "", ["cani", "gatti"]),
    ("animali, né cani né gatti", "animali", ["cani", "gatti"]),
    ("ritratti escluse le selfie", "ritratti", ["selfie"]),
    ("animali eccetto i cani", "animali", ["cani"]),
    ("un prato, niente gatti", "un prato", ["gatti"]),
    ("un prato senza persone e senza cani", "un prato", ["persone", "cani"]),
    ("un prato senza persone né cani", "un prato", ["persone", "cani"]),
    ("un prato senza persone e cani", "un prato", ["persone", "cani"]),
    ("un prato senza persone, cani e gatti", "un prato", ["persone", "cani", "gatti"]),
    ("un prato senza persone e un cane", "un prato e un cane", ["persone"]),
    ("animali tranne i gatti e i cani", "animali", ["gatti", "cani"]),
    ("un tramonto senza persone sulla spiaggia", "un tramonto sulla spiaggia", ["persone"]),
    ("un uomo senza cappello", "un uomo", ["cappello"]),
    ("un caffè senza zucchero", "un caffè", ["zucchero"]),
    ("un ritratto senza occhiali da sole", "un ritratto", ["occhiali da sole"]),
    ("un parco senza cani neri", "un parco", ["cani neri"]),
    ("un ritratto non di spalle", "un ritratto", ["di spalle"]),
    ("un ritratto ma non di spalle", "un ritratto", ["di spalle"]),
    ("un ritratto non di Anna", "un ritratto", ["di Anna"]),
    ("fiori non di campo", "fiori", ["di campo"]),
    ("una piazza ma senza auto", "una piazza", ["auto"]),
    ("un fiore non ti scordar di me", "un fiore non ti scordar di me", []),
    ("una porta che non si apre", "una porta che non si apre", []),
    ("un gatto non esiste", "un gatto non esiste", []),
    ("i cani non conoscono la neve", "i cani non conoscono la neve", []),
    ("il cane non c'entra", "il cane non c'entra", []),
    ("un cane grande ma non troppo", "un cane grande ma non troppo", []),
    ("tavolo con niente sopra", "tavolo con niente sopra", []),
    ("senza", "senza", []),
    ("animali ad eccezione dei gatti", "animali", ["gatti"]),
    ("mare, senza persone, ad agosto 2019", "mare", ["persone"]),
    ("senza persone ad agosto 2019 al mare", "al mare", ["persone"]),
    ("un cane ma non di notte", "un cane", ["di notte"]),
    ("mare -gatto", "mare", ["gatto"]),
    ("-gatto", "", ["gatto"]),
    ("-persone al mare", "al mare", ["persone"]),
    ("cani -gatti -persone", "cani", ["gatti", "persone"]),
    ('-"vietato fumare" un cartello', "un cartello", ["vietato fumare"]),
    ("mare - gatto", "mare - gatto", []),
    ("un mare blu-verde", "un mare blu-verde", []),
    ("un termometro a -5 gradi", "un termometro a -5 gradi", []),
    ("mare -", "mare -", []),
    ("animali a parte i gatti", "animali", ["gatti"]),
    ("animali, a parte cani e gatti", "animali", ["cani", "gatti"]),
    ("una foto a parte", "una foto a parte", []),
    ("cane o gatto", "cane o gatto", []),
    ("nessuno in spiaggia", "in spiaggia", ["persone"]),
    ("spiaggia, nessuno", "spiaggia", ["persone"]),
    ("in spiaggia nessuno", "in spiaggia", ["persone"]),
    ("non c'è nessuno in spiaggia", "in spiaggia", ["persone"]),
    ("prato dove non c'è nessun cane", "prato", ["cane"]),
    ("non c'è più nessuno in spiaggia", "in spiaggia", ["persone"]),
    ("tavola dove non c'è niente", "tavola dove non c'è niente", []),
    ("nessuno sul divano e nessun cane", "sul divano", ["persone", "cane"]),
    ("spiaggia con nessuno in acqua", "spiaggia con nessuno in acqua", []),
    ("mare non tramonto", "mare", ["tramonto"]),
    ("mare, non tramonto", "mare", ["tramonto"]),
    ("mare, non tramonto, non persone", "mare", ["tramonto", "persone"]),
    ("mare non tramonto né persone", "mare", ["tramonto", "persone"]),
    ("mare non tramonto e un gatto", "mare e un gatto", ["tramonto"]),
    ("tramonto non mare", "tramonto", ["mare"]),
    ("tavola non bicchiere", "tavola", ["bicchiere"]),
    ("gatto non sul divano", "gatto", ["sul divano"]),
    ('mare non "tramonto rosso"', "mare", ["tramonto rosso"]),
    ("mare, non (tramonto o alba)", "mare", ["tramonto", "alba"]),
    ("gatto non nero", "gatto", ["gatto nero"]),
    ("una città non affollata", "una città", ["città affollata"]),
    ("spiaggia non affollata né sporca", "spiaggia", ["spiaggia affollata", "spiaggia sporca"]),
    ("gatto non nero e non bianco", "gatto", ["gatto nero", "gatto bianco"]),
    ("mare non la spiaggia", "mare", ["spiaggia"]),
    ("mare non la", "mare non la", []),
    ("un cane, non lo trovo", "un cane, non lo trovo", []),
    ("un cane non le ricordo", "un cane non le ricordo", []),
    ("mare -(gatto o cane)", "mare", ["gatto", "cane"]),
    ("-(gatto o cane) mare", "mare", ["gatto", "cane"]),
    ("gatti non neri", "gatti", ["gatti neri"]),
    ("gatto, non nero", "gatto", ["gatto nero"]),
    ("strada non prato", "strada", ["prato"]),
    ("animali meno i gatti", "animali", ["gatti"]),
    ("animali meno quelli al chiuso", "animali", ["al chiuso"]),
    ("tutti meno gatti", "", ["gatti"]),
    ("tutti meno un quarto", "tutti meno un quarto", []),
    ("mare meno mosso", "mare meno mosso", []),
    ("le tre meno il 20", "le tre meno il 20", []),
    ("3 meno i gatti", "3 meno i gatti", []),
    ("meno il mare", "meno il mare", []),
    ("un prato non lontano dal mare", "un prato non lontano dal mare", []),
    ("un cane che non corre", "un cane che non corre", []),
    ("cartello non toccare", "cartello non toccare", []),
    ("un uomo dorme non mare", "un uomo dorme non mare", []),
    ("una montagna dove non c'è neve", "una montagna", ["neve"]),
    ("foto in cui non c'e Zorba ma c'e un cane", "foto un cane", ["Zorba"]),
    ("mare, dove non ci sono persone", "mare", ["persone"]),
    ("un cane che non c'è più", "un cane che non c'è più", []),
    ("non c'è più latte", "non c'è più latte", []),
]


@pytest.mark.parametrize(("phrase", "text", "exclude"), WITHOUT)
def test_exclusions_never_reach_the_text(phrase: str, text: str, exclude: list[str]) -> None:
    found = reading(phrase)
    assert (found.text, list(found.exclude)) == (text, exclude)


@pytest.mark.parametrize(
    "phrase",
    [
        "mare tranne ad agosto 2019",
        "mare ma non nel 2019",
        "mare escluso il 2019",
        "mare, escluse le foto del 2019",
        "mare a parte ad agosto 2019",
        "mare a parte le foto del 2019",
        "mare -ieri",
        "mare ma non di domenica",
        "mare, però non ad agosto 2019",
        "mare non nel 2019",
        "mare meno agosto 2019",
        "mare meno le foto del 2019",
    ],
)
def test_an_excluded_period_is_left_out(phrase: str) -> None:
    found = reading(phrase)
    assert (found.text, list(found.filters), found.exclude) == ("mare", ["excepted"], ())
    assert not found.notes


# Words after "mare" -> what the line "cerco:" says of them.
LEFT_OUT = [
    ("eccetto il 2019", "tranne: del 2019"),
    ("tranne quelle del 2018 e del 2020", "tranne: del 2018 e del 2020"),
    ("tranne quelle del 2018 e quelle di Siena",
     "tranne: del 2018 o luogo Siena (comune) (o «Siena» fra le tue parole)"),
    ("non nel 2019 e nel 2020", "tranne: del 2019 o del 2020"),
    ("tranne quelle fatte a Roma nel 2019",
     "tranne: del 2019 e luogo Roma (comune) (o «Roma» fra le tue parole)"),
    ("tranne quelle senza data", "tranne: senza data"),
    ("ma non quelle con la Canon", "tranne: fotocamera Canon"),
    ("-2019", "tranne: del 2019"),
    (", non a Roma", "tranne: luogo Roma (comune) (o «Roma» fra le tue parole)"),
    ("tranne Roma e Siena",
     "tranne: luogo Roma (comune) (o «Roma» fra le tue parole) "
     "o luogo Siena (comune) (o «Siena» fra le tue parole)"),
    ("tranne Reggio nell'Emilia e Roma",
     "tranne: luogo Reggio nell'Emilia (comune) (o «Reggio Emilia» fra le tue parole) "
     "o luogo Roma (comune) (o «Roma» fra le tue parole)"),
    ("non a Reggio nell'Emilia",
     "tranne: luogo Reggio nell'Emilia (comune) (o «Reggio Emilia» fra le tue parole)"),
    ("non a Lucca", "tranne: con «Lucca» fra le tue parole"),
    ("non di Roma", "tranne: luogo Roma (comune) (o «Roma» fra le tue parole)"),
    ("ma non da Siena", "tranne: luogo Siena (comune) (o «Siena» fra le tue parole)"),
    ("ma non all'estero", "tranne: all'estero"),
    ("ma non con la Canon", "tranne: fotocamera Canon"),
    ("che non sono del 2016", "tranne: del 2016"),
    ("che non sono state fatte a Roma",
     "tranne: luogo Roma (comune) (o «Roma» fra le tue parole)"),
    ("che non siano della Canon", "tranne: fotocamera Canon"),
    (", escluso il 2018, il 2019 e il 2020", "tranne: del 2018 o del 2019 o del 2020"),
    ("ma non con il telefono", "tranne: col telefono"),
    ("non scattate col telefono", "tranne: col telefono"),
    ("non scattate con la Canon", "tranne: fotocamera Canon"),
    ("ma non scattate a Roma", "tranne: luogo Roma (comune) (o «Roma» fra le tue parole)"),
    ("non scattate nel 2016", "tranne: del 2016"),
    ("né nel 2015 né nel 2016", "tranne: del 2015 o del 2016"),
    (", non scattate né nel 2015 né nel 2016", "tranne: del 2015 o del 2016"),
    (", non scattate né a Siena né a Lucca",
     "tranne: luogo Siena (comune) (o «Siena» fra le tue parole) (o «Lucca» fra le tue parole)"),
    ("né mosse né nel 2016", "tranne: del 2016 o mosse"),
    ("scattate né nel 2015 né nel 2016", "tranne: del 2015 o del 2016"),
    ("né con la Canon né con la Nikon", "tranne: fotocamera Canon o fotocamera Nikon"),
    ("né col telefono né con la Nikon", "tranne: col telefono o fotocamera Nikon"),
    ("che non sono mai state scattate a Roma",
     "tranne: luogo Roma (comune) (o «Roma» fra le tue parole)"),
    ("che non abbiamo scattato nel 2016", "tranne: del 2016"),
    ("che non sono né del 2015 né del 2016", "tranne: del 2015 o del 2016"),
    ("che non sono state scattate né nel 2015 né nel 2016", "tranne: del 2015 o del 2016"),
    ("tranne quelle in bianco e nero e quelle del 2016", "tranne: in bianco e nero o del 2016"),
]  # fmt: skip


@pytest.mark.parametrize(("words", "said"), LEFT_OUT)
def test_what_is_left_out_by_its_data(words: str, said: str) -> None:
    found = reading(f"mare {words}")
    assert found.text == "mare" and not found.exclude and not found.notes
    assert EXCEPTED.say(found.filters["excepted"]) == said


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("video non girati a Siena", "luogo Siena (comune) (o «Siena» fra le tue parole)"),
        ("gatti, video non filmati nel 2016", "del 2016"),
        ("i video del mare non registrati a Siena né nel 2016",
         "del 2016 o luogo Siena (comune) (o «Siena» fra le tue parole)"),
        ("video non girati né nel 2015 né nel 2016", "del 2015 o del 2016"),
        ("i video che non sono stati girati nel 2016", "del 2016"),
        ("i video che non sono stati ripresi a Siena nel 2016",
         "del 2016 e luogo Siena (comune) (o «Siena» fra le tue parole)"),
        ("video che non ho girato a Siena", "luogo Siena (comune) (o «Siena» fra le tue parole)"),
        ("video del mare che non sono mai stati registrati nel 2016", "del 2016"),
        ("video girati né nel 2015 né nel 2016", "del 2015 o del 2016"),
    ],
)  # fmt: skip
def test_videos_are_left_out_by_how_they_were_made(question: str, said: str) -> None:
    found = reading(question)
    assert found.filters["video"] is True and not found.exclude
    assert EXCEPTED.say(found.filters["excepted"]) == f"tranne: {said}"
    assert found.text in ("", "gatti", "mare")


def test_what_a_thing_in_a_video_does_is_still_left_out_by_sight() -> None:
    assert reading("video non girati di notte").exclude == ("di notte",)
    assert reading("video di un cane non girato verso di me").exclude == ("girato verso di me",)
    assert reading("un cane non girato nel 2016").exclude == ("cane girato",)


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("foto scattate né a Siena né a Roma", "excepted"),
        ("foto che non sono state scattate né a Siena né a Roma", "excepted"),
        ("foto fatte né con la Canon né nel 2016", "excepted"),
        ("foto scattate senza persone", ""),
        ("foto che sono state scattate a Roma", "place"),
        ("video che sono stati girati a Roma", "place video"),
    ],
)
def test_words_that_only_say_that_photos_were_made_are_not_looked_for(
    question: str, said: str
) -> None:
    found = reading(question)
    assert (found.text, sorted(found.filters)) == ("", said.split())


@pytest.mark.parametrize(
    "seen",
    ["foto che non ho", "un film che non ho girato", "un cane che non è mai stato al mare"],
)
def test_a_clause_without_a_condition_stays_text(seen: str) -> None:
    found = reading(seen)
    assert (found.text, found.filters, found.exclude) == (seen, NO_FILTERS, ())


def test_things_named_like_what_was_made_stay_text() -> None:
    assert reading("prese nel 2019").text == "prese"
    assert reading("persone fotografate senza cappello").text == "persone fotografate"


def test_photos_that_are_not_in_colour_are_in_black_and_white() -> None:
    for question in ("foto non a colori", "foto che non sono a colori", "tranne quelle a colori"):
        found = reading(question)
        assert (found.text, dict(found.filters), found.exclude) == ("", {"monochrome": True}, ())


def test_the_telephone_that_is_seen_is_left_out_by_sight_beside_a_year_too() -> None:
    for question in ("senza telefono", "2023 senza telefono", "foto del 2023 senza il telefono"):
        assert reading(question).exclude == ("telefono",)
    assert reading("2023 non col telefono").exclude == ()


def test_the_rest_after_what_is_left_out() -> None:
    found = reading("mare tranne i gatti e Roma")
    assert (list(found.filters), found.exclude) == (["excepted"], ("gatti",))
    found = reading("mare non in Sardegna ma in Puglia")
    assert PLACE.say(found.filters["place"]) == "luogo: Puglia (regione)"
    found = reading("mare non nel 2019, nel 2020")
    assert DAYS.say(found.filters["periods"]) == "del 2020"


@pytest.mark.parametrize("word", sorted(NOT_AFTER_NON | verbs()))
def test_non_before_a_word_that_goes_on_with_it(word: str) -> None:
    for phrase in (f"un cane non {word} qui", f"un cane, non {word} qui", f"non {word} qui"):
        assert not reading(phrase).exclude, phrase


@pytest.mark.parametrize("word", sorted(CLAUSE))
def test_non_in_a_clause_excludes_nothing(word: str) -> None:
    assert not reading(f"un cane {word} non tramonto").exclude


@pytest.mark.parametrize("word", sorted(NOT_BEFORE_LESS))
def test_meno_in_a_measure_excludes_nothing(word: str) -> None:
    assert not reading(f"mare {word} meno il tramonto").exclude
    assert "excepted" not in reading(f"mare {word} meno nel 2019").filters


@pytest.mark.parametrize("word", sorted(DEFINITE))
def test_meno_before_an_article_excludes(word: str) -> None:
    assert reading(f"mare meno {word} tramonto").exclude == ("tramonto",)


@pytest.mark.parametrize("word", sorted(EVERYTHING))
def test_everything_but(word: str) -> None:
    assert reading(f"{word} meno tramonti").exclude == ("tramonti",)


@pytest.mark.parametrize("word", sorted(QUALITIES - {"mosse"}))  # that is said of photos
def test_a_quality_is_excluded_with_its_thing(word: str) -> None:
    assert reading(f"una barca non {word}").exclude == (f"barca {word}",)


@pytest.mark.parametrize("ending", QUALITY_ENDINGS)
def test_a_participle_is_a_quality(ending: str) -> None:
    assert reading(f"una barca non sprill{ending}").exclude == (f"barca sprill{ending}",)


@pytest.mark.parametrize(
    ("phrase", "words"),
    [
        ("mare, non con la Canon", "non con la Canon"),
        ("con l'iPhone non la Nikon al mare", "non la Nikon"),
        ("mare tranne la Nikon", "tranne la Nikon"),
        ("mare non con il 50mm", "non con il 50mm"),
        ("mare ma non in formato raw", "ma non in formato raw"),
        ("foto non verticali al mare", "non verticali"),
    ],
)
def test_what_a_file_is_like_is_not_excluded_by_sight(phrase: str, words: str) -> None:
    found = reading(phrase)
    assert not found.exclude and "mare" in found.text and "non" not in found.text.split()
    assert "excepted" in found.filters or words == "ma non con la Leica"


def test_a_camera_that_is_also_a_place() -> None:
    class WithCanon(FakePlaces):
        def find(self, name: str) -> Found | None:
            return super().find("roma" if name.lower() == "canon" else name)

    found = read("mare ma non con la Canon", Context(SATURDAY, WithCanon(), CAMERAS))
    assert found.text == "mare"
    assert EXCEPTED.say(found.filters["excepted"]) == "tranne: fotocamera Canon"


def test_a_camera_of_no_photo_is_not_left_out() -> None:
    found = reading("mare ma non con la Leica")
    assert (found.text, found.filters) == ("mare", NO_FILTERS)
    assert "nessuna foto ha quella fotocamera" in found.notes[0]


def test_people_are_excluded_by_the_same_words() -> None:
    for words in ("Luca non Anna", "Luca, non Anna", "Luca tranne Anna", "Luca eccetto Anna",
                  "Luca a parte Anna", "Luca, né Anna", "tutti meno Anna"):  # fmt: skip
        query = Query.of(Question((words,)), Context(people=("Luca", "Anna")))
        assert query.filters["not_people"] == (("Anna",),), words
        assert query.filters.get("people", ()) == ((("Luca",),) if "Luca" in words else ())


def test_what_only_the_person_knows_is_left_out_by_own_words() -> None:
    """«Quello di Carla», who is no person of the archive but a word of folders."""

    def hear(text: str) -> tuple[Heard, ...]:
        names = frozenset(words_of(text)) & {"carla"}
        covers = 1.0 if text.lower() == "carla" else 0.5
        return (Heard("carla", names, 3, 0.01, True, covers),) if names else ()

    def left_out(words: str) -> tuple[str, tuple[str, ...], str]:
        query = Query.of(Question((words,)), Context(SATURDAY, hear=hear))
        return query.text, query.exclude, EXCEPTED.say(EXCEPTED.of(query.filters) or ())

    said = "tranne: con «carla» fra le tue parole"
    assert left_out("matrimonio ma non quello di carla") == ("matrimonio", (), said)
    assert left_out("matrimonio tranne quelli di carla") == ("matrimonio", (), said)
    text, exclude, _ = left_out("matrimonio ma non quello di campagna")
    assert (text, exclude) == ("matrimonio", ("di campagna",))
    assert left_out("matrimonio ma non quello di carla in bici")[1]


@pytest.mark.parametrize(
    "name", ["Reggio nell'Emilia", '"Reggio nell\'Emilia"', "New York", "new york", "Roma"]
)
def test_a_minus_leaves_out_a_place_of_several_words(name: str) -> None:
    found = reading(f"mare -{name} con neve")
    assert (found.text, found.exclude) == ("mare con neve", ())
    assert set(found.filters) == {EXCEPTED.name}


def test_a_minus_takes_no_more_than_a_word_where_no_place_is_named() -> None:
    for words, text in (("-gatto nero", "mare nero"), ("-campo verde", "mare verde")):
        assert reading(f"mare {words}").text == text
