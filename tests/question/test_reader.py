"""What becomes of a sentence: phrases as people write them, traps among them."""

from __future__ import annotations

import random
import time
from dataclasses import dataclass
from datetime import date

import pytest

from cercafoto.errors import UsageError
from cercafoto.question import conditions
from cercafoto.question.grammar.place_phrases import Place
from cercafoto.question.query import Query
from cercafoto.question.reader import Reading, read

SATURDAY = date(2024, 6, 15)


# name as written -> (canonical name, kind, photos there)
KNOWN = {
    "roma": ("Roma", "comune", 12),
    "firenze": ("Firenze", "comune", 3),
    "siena": ("Siena", "comune", 4),
    "marche": ("Marche", "regione", 7),
    "puglia": ("Puglia", "regione", 7),
    "sardegna": ("Sardegna", "regione", 7),
    "elba": ("Isola d'Elba", "luogo", 2),
    "isola d'elba": ("Isola d'Elba", "luogo", 2),
    "new york": ("New York", "comune", 5),
    "york": ("York", "comune", 5),
    "londra": ("Londra", "comune", 1),
    "reggio nell'emilia": ("Reggio nell'Emilia", "comune", 1),
    "provincia di siena": ("Siena", "provincia", 9),
    "stati uniti": ("Stati Uniti", "paese", 5),
    "parigi": ("Parigi", "comune", 0),
    "calcio": ("Calcio", "comune", 2),
    "campagna": ("Campagna", "comune", 2),
    "maggio": ("Maggio", "luogo", 2),
    "mare": ("Mare", "luogo", 2),
    "un": ("Un", "comune", 2),
    "vaso": ("Vaso", "comune", 2),
    "aosta": ("Aosta", "comune", 2),
}


@dataclass(frozen=True)
class Found:
    name: str
    kind: str
    photos: int | None
    place: conditions.Place | None = None


class FakePlaces:
    """A gazetteer of a few names; "Parigi" is known, but nobody was there."""

    def find(self, name: str) -> Found | None:
        found = KNOWN.get(name.lower())
        return Found(*found) if found else None

    def near(self, name: str, km: float) -> Found | None:
        return self.find(name)


def reading(phrase: str) -> Reading:
    return read(phrase, now=SATURDAY, places=FakePlaces())


def days(found: Reading) -> str:
    """The days of a reading: "2019-08-01..2019-08-31", with "a Natale" for what recurs."""
    spans = [f"{s.first or ''}..{s.last or ''}" for s in found.spans]
    return " + ".join([*spans, *(y.phrase for y in found.yearly)])


def year(number: int) -> str:
    return f"{number}-01-01..{number}-12-31"


def one(day: str) -> str:
    return f"{day}..{day}"


# phrase, text left, days
DATES = [
    # a month, a year
    ("agosto 2019", "", "2019-08-01..2019-08-31"),
    ("Agosto 2019", "", "2019-08-01..2019-08-31"),
    ("agosto del 2019", "", "2019-08-01..2019-08-31"),
    ("al mare ad agosto 2019", "al mare", "2019-08-01..2019-08-31"),
    ("nell'agosto del 2019", "", "2019-08-01..2019-08-31"),
    ("nel mese di agosto 2019", "", "2019-08-01..2019-08-31"),
    ("febbraio 2020", "", "2020-02-01..2020-02-29"),
    ("febbraio 2021", "", "2021-02-01..2021-02-28"),
    ("gita di maggio 2018", "gita", "2018-05-01..2018-05-31"),
    ("ott. 2019", "", "2019-10-01..2019-10-31"),
    ("dic 2019", "", "2019-12-01..2019-12-31"),
    ("08/2019", "", "2019-08-01..2019-08-31"),
    ("luglio e agosto 2019", "", "2019-07-01..2019-08-31"),
    ("a luglio e agosto 2019", "", "2019-07-01..2019-08-31"),
    ("nel 2018", "", year(2018)),
    ("un gatto nel 2018", "un gatto", year(2018)),
    ("nell'anno 2018", "", year(2018)),
    ("foto del 2018", "", year(2018)),
    ("vacanza del 2018", "vacanza", year(2018)),
    ("matrimonio Lucia 2018", "matrimonio Lucia", year(2018)),
    ("matrimonio 2018 a Roma", "matrimonio", year(2018)),
    ("nel '98", "", year(1998)),
    ("estate '98", "", "1998-06-01..1998-09-22"),
    ("nel 1965", "", year(1965)),
    ("foto del 1965", "", year(1965)),
    ("nel 2018 e nel 2019", "", "2018-01-01..2019-12-31"),
    ("nel 2018 e 2019", "", "2018-01-01..2019-12-31"),
    ("nel 2018 o nel 2020", "", f"{year(2018)} + {year(2020)}"),
    ("un cane nel 2030", "un cane", year(2030)),
    # a day
    ("3 maggio 2020", "", one("2020-05-03")),
    ("il 3 maggio 2020", "", one("2020-05-03")),
    ("3/5/2020", "", one("2020-05-03")),
    ("il 25/12/2019", "", one("2019-12-25")),
    ("03-05-2020", "", one("2020-05-03")),
    ("3.5.2020", "", one("2020-05-03")),
    ("3/5/20", "", one("2020-05-03")),
    ("2020-05-03", "", one("2020-05-03")),
    ("sabato 3 maggio 2020", "", one("2020-05-03")),
    ("1° maggio 2019", "", one("2019-05-01")),
    ("primo maggio 2019", "", one("2019-05-01")),
    ("29 febbraio 2020", "", one("2020-02-29")),
    ("dell'8 marzo 2021", "", one("2021-03-08")),
    ("il 24 e 25 dicembre 2019", "", "2019-12-24..2019-12-25"),
    ("torta del 3 maggio 2020", "torta", one("2020-05-03")),
    ("il 2 giugno", "", "il 2 giugno"),
    ("il 25 aprile", "", "il 25 aprile"),
    ("il primo maggio", "", "il 1 maggio"),
    ("Primo maggio", "", "il 1 maggio"),
    ("l'8 marzo", "", "l'8 marzo"),
    ("il 3/5", "", "il 3 maggio"),
    ("il 3 di maggio del 2020", "", one("2020-05-03")),
    ("tre maggio 2020", "", one("2020-05-03")),
    ("24/25 dicembre", "", "dal 24 al 25 dicembre"),
    ("una mimosa per l'8 marzo", "una mimosa", "l'8 marzo"),
    # ranges
    ("3-10 maggio 2020", "", "2020-05-03..2020-05-10"),
    ("gatti 2015-2018", "gatti", "2015-01-01..2018-12-31"),
    ("maggio-giugno 2020", "", "2020-05-01..2020-06-30"),
    ("più di due anni fa", "", "..2022-12-31"),
    ("all'inizio del 2020", "", "2020-01-01..2020-04-30"),
    ("a metà agosto 2019", "", "2019-08-11..2019-08-20"),
    ("alla fine di febbraio 2020", "", "2020-02-20..2020-02-29"),
    ("alla fine di agosto", "", "dal 21 al 31 agosto"),
    ("dal 3 al 10 maggio 2020", "", "2020-05-03..2020-05-10"),
    ("dall'1 all'8 agosto 2019", "", "2019-08-01..2019-08-08"),
    ("dal 28 aprile al 3 maggio 2020", "", "2020-04-28..2020-05-03"),
    ("dal 25 dicembre 2019 al 6 gennaio 2020", "", "2019-12-25..2020-01-06"),
    ("dal 20 dicembre al 6 gennaio 2020", "", "2019-12-20..2020-01-06"),
    ("dal 25 dicembre 2019 al 6 gennaio", "", "2019-12-25..2020-01-06"),
    ("dal 3/5/2020 al 10/5/2020", "", "2020-05-03..2020-05-10"),
    ("da giugno a settembre 2020", "", "2020-06-01..2020-09-30"),
    ("da giugno a settembre", "", "dal 1 giugno al 30 settembre"),
    ("dal 3 al 10 maggio", "", "dal 3 al 10 maggio"),
    ("dal 2015 al 2018", "", "2015-01-01..2018-12-31"),
    ("dal 2015", "", "2015-01-01.."),
    ("dal 2015 in poi", "", "2015-01-01.."),
    ("dal 2015 ad oggi", "", "2015-01-01..2024-06-15"),
    ("a partire da agosto 2019", "", "2019-08-01.."),
    ("da ieri", "", "2024-06-14.."),
    ("prima del 2015", "", "..2014-12-31"),
    ("prima di agosto 2019", "", "..2019-07-31"),
    ("prima di Natale 2019", "", "..2019-12-24"),
    ("prima dell'estate 2018", "", "..2018-05-31"),
    ("dopo il 2020", "", "2021-01-01.."),
    ("dopo il 3 maggio 2020", "", "2020-05-04.."),
    ("fino al 2018", "", "..2018-12-31"),
    ("fino ad agosto 2019", "", "..2019-08-31"),
    ("entro il 2015", "", "..2015-12-31"),
    ("tra il 2010 e il 2012", "", "2010-01-01..2012-12-31"),
    ("fra il 2012 e il 2010", "", "2010-01-01..2012-12-31"),
    ("tra il 3 e il 10 maggio 2020", "", "2020-05-03..2020-05-10"),
    ("tra agosto 2018 e marzo 2019", "", "2018-08-01..2019-03-31"),
    ("tra Natale e Capodanno", "", "dal 25 dicembre al 1 gennaio"),
    ("dopo il 2015 e prima del 2018", "", "2016-01-01..2017-12-31"),
    # seasons
    ("estate 2019", "", "2019-06-01..2019-09-22"),
    ("l'estate del 2019", "", "2019-06-01..2019-09-22"),
    ("primavera 2021", "", "2021-03-01..2021-06-20"),
    ("autunno 2020", "", "2020-09-01..2020-12-20"),
    ("inverno 2019", "", "2019-12-01..2020-03-20"),
    ("inverno 2019/20", "", "2019-12-01..2020-03-20"),
    ("estate scorsa", "", "2023-06-01..2023-09-22"),
    ("la scorsa estate", "", "2023-06-01..2023-09-22"),
    ("l'inverno scorso", "", "2023-12-01..2024-03-20"),
    ("quest'estate", "", "2024-06-01..2024-09-22"),
    ("due estati fa", "", "2022-06-01..2022-09-22"),
    ("l'estate di tre anni fa", "", "2021-06-01..2021-09-22"),
    ("ogni estate", "", "in estate"),
    # counted from today, a Saturday
    ("oggi", "", one("2024-06-15")),
    ("ieri", "", one("2024-06-14")),
    ("l'altro ieri", "", one("2024-06-13")),
    ("l'altroieri", "", one("2024-06-13")),
    ("ieri l'altro", "", one("2024-06-13")),
    ("la settimana scorsa", "", "2024-06-03..2024-06-09"),
    ("la scorsa settimana", "", "2024-06-03..2024-06-09"),
    ("questa settimana", "", "2024-06-10..2024-06-16"),
    ("il mese scorso", "", "2024-05-01..2024-05-31"),
    ("questo mese", "", "2024-06-01..2024-06-30"),
    ("l'anno scorso", "", year(2023)),
    ("lo scorso anno", "", year(2023)),
    ("quest'anno", "", year(2024)),
    ("tre anni fa", "", year(2021)),
    ("un anno fa", "", year(2023)),
    ("due mesi fa", "", "2024-04-01..2024-04-30"),
    ("tre giorni fa", "", one("2024-06-12")),
    ("10 giorni fa", "", one("2024-06-05")),
    ("due settimane fa", "", "2024-05-27..2024-06-02"),
    ("negli ultimi tre mesi", "", "2024-03-15..2024-06-15"),
    ("nell'ultimo mese", "", "2024-05-15..2024-06-15"),
    ("gli ultimi 7 giorni", "", "2024-06-08..2024-06-15"),
    ("agosto scorso", "", "2023-08-01..2023-08-31"),
    ("lo scorso agosto", "", "2023-08-01..2023-08-31"),
    ("maggio scorso", "", "2024-05-01..2024-05-31"),
    ("ad agosto dell'anno scorso", "", "2023-08-01..2023-08-31"),
    ("a Natale di due anni fa", "", one("2022-12-25")),
    ("lo scorso Natale", "", one("2023-12-25")),
    ("due o tre anni fa", "", "2021-01-01..2022-12-31"),
    ("ieri e oggi", "", "2024-06-14..2024-06-15"),
    ("le foto che ho fatto ieri", "", one("2024-06-14")),
    ("domenica scorsa", "", one("2024-06-09")),
    ("sabato scorso", "", one("2024-06-08")),
    ("lo scorso weekend", "", "2024-06-08..2024-06-09"),
    ("il fine settimana scorso", "", "2024-06-08..2024-06-09"),
    # decades
    ("negli anni '90", "", "1990-01-01..1999-12-31"),
    ("anni novanta", "", "1990-01-01..1999-12-31"),
    ("negli anni ottanta", "", "1980-01-01..1989-12-31"),
    ("foto degli anni 70", "", "1970-01-01..1979-12-31"),
    ("negli anni 2000", "", "2000-01-01..2009-12-31"),
    # feasts
    ("a Natale 2019", "", one("2019-12-25")),
    ("Natale 2019", "", one("2019-12-25")),
    ("a Natale del 2019", "", one("2019-12-25")),
    ("a Natale 2019 e 2020", "", "2019-12-25..2019-12-25 + 2020-12-25..2020-12-25"),
    ("l'ultimo dell'anno 2019", "", one("2019-12-31")),
    ("ponte della Liberazione 2019", "", "2019-04-25..2019-04-28"),
    ("durante le vacanze di Natale", "", "nelle vacanze di Natale"),
    ("a Natale", "", "a Natale"),
    ("a natale", "", "a Natale"),
    ("il giorno di Natale", "", "a Natale"),
    ("vigilia di Natale 2020", "", one("2020-12-24")),
    ("Capodanno 2020", "", "2019-12-31..2020-01-01"),
    ("a Capodanno", "", "a Capodanno"),
    ("Epifania 2022", "", one("2022-01-06")),
    ("Befana 2022", "", one("2022-01-06")),
    ("Ferragosto 2021", "", one("2021-08-15")),
    ("a Ferragosto", "", "a Ferragosto"),
    ("Pasqua 2019", "", one("2019-04-21")),
    ("a Pasqua 2024", "", one("2024-03-31")),
    ("Pasquetta 2019", "", one("2019-04-22")),
    ("a Pasquetta", "", "a Pasquetta"),
    ("Carnevale 2019", "", "2019-02-28..2019-03-05"),
    ("a Carnevale", "", "a Carnevale"),
    ("martedì grasso 2019", "", one("2019-03-05")),
    ("festa della Repubblica 2018", "", one("2018-06-02")),
    ("alla festa della Repubblica", "", "alla festa della Repubblica"),
    ("Ognissanti 2020", "", one("2020-11-01")),
    ("a San Valentino", "", "a San Valentino"),
    ("San Valentino 2020", "", one("2020-02-14")),
    ("festa della mamma 2024", "", one("2024-05-12")),
    ("vacanze di Natale 2019", "", "2019-12-24..2020-01-06"),
    ("ponte del 2 giugno 2022", "", "2022-06-02..2022-06-05"),  # a Thursday
    ("ponte del 2 giugno 2020", "", "2020-05-30..2020-06-02"),  # a Tuesday
    ("ponte del 2 giugno 2021", "", "2021-05-29..2021-06-06"),  # a Wednesday
    ("ponte del 2 giugno", "", "nel ponte del 2 giugno"),
    ("ponte dell'Immacolata 2022", "", "2022-12-08..2022-12-11"),
    ("nel ponte dell'Immacolata", "", "nel ponte dell'Immacolata"),
    ("ponte dei morti 2022", "", "2022-10-29..2022-11-06"),
    ("gita al mare a Ferragosto 2020", "gita al mare", one("2020-08-15")),
    # any year
    ("ad agosto", "", "ad agosto"),
    ("un gelato ad agosto", "un gelato", "ad agosto"),
    ("a maggio e giugno", "", "a maggio + a giugno"),
    ("in febbraio", "", "a febbraio"),
    ("foto di agosto", "", "ad agosto"),
    ("foto agosto", "", "ad agosto"),
    ("foto Natale", "", "a Natale"),
    ("per tutto agosto 2019", "", "2019-08-01..2019-08-31"),
    ("foto scattate in autunno", "", "in autunno"),
    ("ad agosto, dal 2015 al 2018", "", "2015-01-01..2018-12-31 + ad agosto"),
]

# Words that look like dates and are seen, or heard, or somebody's name.
VISUAL = [
    "Maggio",
    "il signor Maggio",
    "Luigi Di Maggio",
    "rose di maggio",
    "marzolino",
    "formaggio marzolino toscano",
    "Domenica che sorride",
    "mia zia Domenica",
    "pranzo della domenica",
    "foglie d'autunno",
    "bosco in autunno",
    "un prato in primavera",
    "una spiaggia d'estate",
    "di notte",
    "una città di notte",
    "una strada al mattino",
    "albero di Natale",
    "un albero di Natale",
    "pranzo di Natale",
    "mercatini di Natale",
    "uovo di Pasqua",
    "maschere di Carnevale",
    "maschere al Carnevale di Venezia",
    "la Befana sulla scopa",
    "isola di Pasqua",
    "settimana bianca",
    "cena della vigilia di Natale",
    "piazza del 2 giugno",
    "sul ponte del 25 aprile",
    "regali per Natale",
    "un giorno di pioggia",
    "un pomeriggio d'agosto",
    "una mattina di maggio",
    "dal lunedì al venerdì",
    "da 3 a 5 persone",
    "compleanno 18 anni",
    "la maglia numero 2018",
    "IMG_2019",
    "gatti non neri",
    "dove non ci sono persone",
    "via 25 aprile",
    "piazza Primo Maggio",
    "ponte 25 aprile a Lisbona",
    "ponte di Rialto",
    "ponte di legno sul fiume",
    "un'auto del 1965",
    "2001 odissea nello spazio",
    "una Peugeot 2008",
    "un vestito anni '80",
    "una Ford degli anni '50",
    "fiori in vaso",
    "pecore in un recinto",
    "mobili anni settanta",
    "banconota da 2000 lire",
    "numero 10 sulla maglia",
    "un bambino di tre anni",
    "torte fatte in casa",
    "due gatti e tre cani",
    "tra gli alberi",
    "vista dal mare",
    "al mare",
    "in montagna",
    "in cucina",
    "in campagna",
    "bambini che giocano a calcio",
    "un cane al mare",
    "primo piano di un fiore",
    "3 amici",
    "sole e mare",
    "mezzanotte",
    "un orologio alle 8",
]


@pytest.mark.parametrize(("phrase", "text", "expected"), DATES)
def test_dates(phrase: str, text: str, expected: str) -> None:
    found = reading(phrase)
    assert (found.text, days(found)) == (text, expected)
    assert found.notes == ()


@pytest.mark.parametrize("phrase", VISUAL)
def test_what_is_seen_stays_text(phrase: str) -> None:
    found = reading(phrase)
    assert found[:7] == (phrase, (), (), frozenset(), None, None, ())


@pytest.mark.parametrize(
    ("phrase", "text", "expected"),
    [
        ("albero di Natale 2019", "albero di Natale", year(2019)),
        ("pranzo di Natale 2019", "pranzo di Natale", year(2019)),
        ("foto di Natale 2019", "", one("2019-12-25")),
        ("all'isola di Pasqua nel 2019", "all'isola di Pasqua", year(2019)),
        ("settimana bianca 2019", "settimana bianca", year(2019)),
        ("concerto del primo maggio", "concerto", "il 1 maggio"),
        ("com'era la casa dieci anni fa", "com'era la casa", year(2014)),
        ("foto di un gatto ad agosto 2019", "foto di un gatto", "2019-08-01..2019-08-31"),
        ("agosto 2019, un cane", "un cane", "2019-08-01..2019-08-31"),
        ("un cane ad agosto 2019 e un gatto", "un cane e un gatto", "2019-08-01..2019-08-31"),
    ],
)
def test_what_is_seen_beside_a_date(phrase: str, text: str, expected: str) -> None:
    found = reading(phrase)
    assert (found.text, days(found)) == (text, expected)


@pytest.mark.parametrize(
    ("phrase", "why"),
    [
        ("31 febbraio 2020", "febbraio non ha il giorno 31"),
        ("29 febbraio 2021", "il giorno 29"),
        ("31/4/2019", "aprile non ha il giorno 31"),
        ("il 5/13/2019", "il mese 13 non esiste"),
        ("dal 10 al 3 maggio 2020", "la fine viene prima dell'inizio"),
        ("30-31 febbraio 2020", "febbraio non ha il giorno 30"),
        ("da Natale a Pasqua", "serve l'anno"),
        ("dal 2018 al 2015", "la fine viene prima dell'inizio"),
    ],
)
def test_an_impossible_date_stays_text_and_says_so(phrase: str, why: str) -> None:
    found = reading(f"un cane {phrase}")
    assert (found.text, found.spans, found.yearly) == (f"un cane {phrase}", (), ())
    (note,) = found.notes
    assert note.startswith(f"«{phrase}» resta nel testo: ")
    assert why in note


@pytest.mark.parametrize(
    ("phrase", "text"),
    [
        ("2018", "2018"),
        ('maglietta con "1982"', "maglietta con 1982"),
        ('"nel 2018"', "nel 2018"),
        ("cartello «senza piombo»", "cartello senza piombo"),
        ("insegna “a Roma”", "insegna a Roma"),
    ],
)
def test_a_year_alone_and_what_is_in_quotes_stay_text(phrase: str, text: str) -> None:
    found = reading(phrase)
    assert found[:7] == (text, (), (), frozenset(), None, None, ())


def test_a_lone_word_of_time_says_how_to_make_it_a_date() -> None:
    assert reading("2018").notes[0].endswith("scrivi «nel 2018»")
    assert reading("estate").notes[0].endswith("scrivi «estate 2023»")
    assert reading("Ferragosto").notes[0].endswith("scrivi «a Ferragosto»")


HOURS = [
    ("foto scattate di notte", "", (21, 6)),
    ("scattate al mattino", "", (5, 12)),
    ("foto fatte di sera", "", (18, 23)),
    ("una città fotografata di notte", "una città", (21, 6)),
    ("foto scattate nel pomeriggio", "", (12, 18)),
    ("foto scattate alle 8", "", (8, 9)),
    ("foto scattate alle 8 di sera", "", (20, 21)),
    ("foto scattate tra le 8 e le 10", "", (8, 10)),
    ("foto scattate dalle 22 alle 2", "", (22, 2)),
    ("foto scattate dopo le 22", "", (22, 24)),
    ("foto scattate prima delle 7", "", (0, 7)),
    ("foto fatte a Firenze di notte", "", (21, 6)),
    ("scattate di sabato sera", "", (18, 23)),
    ("questa notte", "", (0, 6)),
    ("la mattina di Natale 2018", "", (5, 12)),
    ("ieri sera", "", (18, 23)),
    ("stamattina", "", (5, 12)),
    ("torta fatta di sera", "torta fatta di sera", None),
]


@pytest.mark.parametrize(("phrase", "text", "hours"), HOURS)
def test_the_hour_counts_only_for_photos_that_were_taken(
    phrase: str, text: str, hours: tuple[int, int] | None
) -> None:
    found = reading(phrase)
    assert (found.text, found.hours) == (text, hours)


def test_hours_days_and_places_go_together() -> None:
    found = reading("le foto scattate di notte ad agosto 2019 a Roma")
    assert (found.text, found.hours, days(found)) == ("", (21, 6), "2019-08-01..2019-08-31")
    assert found.place == Place("Roma", "comune")


def test_weekdays() -> None:
    assert reading("foto scattate di domenica").weekdays == {6}
    assert reading("nei weekend del 2019").weekdays == {5, 6}
    assert reading("nel fine settimana scorso").weekdays == frozenset()
    assert reading("pranzo ogni domenica").weekdays == {6}


WITHOUT = [
    ("senza persone", "", ["persone"]),
    ("al mare senza persone", "al mare", ["persone"]),
    ("al mare, senza persone", "al mare", ["persone"]),
    ("animali tranne i gatti", "animali", ["gatti"]),
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
    ("un ritratto non in bianco e nero", "un ritratto non in bianco e nero", []),
    ("un ritratto ma non in bianco e nero", "un ritratto", ["in bianco e nero"]),
    ("una piazza ma senza auto", "una piazza", ["auto"]),
    ("un fiore non ti scordar di me", "un fiore non ti scordar di me", []),
    ("una porta che non si apre", "una porta che non si apre", []),
    ("un cane grande ma non troppo", "un cane grande ma non troppo", []),
    ("tavolo con niente sopra", "tavolo con niente sopra", []),
    ("senza", "senza", []),
    ("animali ad eccezione dei gatti", "animali", ["gatti"]),
    ("mare, senza persone, ad agosto 2019", "mare", ["persone"]),
    ("senza persone ad agosto 2019 al mare", "al mare", ["persone"]),
    ("un cane ma non di notte", "un cane", ["di notte"]),
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
    ],
)
def test_a_period_left_out_is_not_taken_for_one_asked_for(phrase: str) -> None:
    found = reading(phrase)
    assert (found.spans, found.yearly) == ((), ())
    assert any("non si può ancora escludere" in note for note in found.notes)
    assert "2019" not in found.text


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
    ("in provincia di Siena", "", ("Siena", "provincia", None)),
    ("negli Stati Uniti", "", ("Stati Uniti", "paese", None)),
    ("vicino a Siena", "", ("Siena", "vicino", 30.0)),
    ("nei dintorni di Siena", "", ("Siena", "vicino", 30.0)),
    ("a 10 km da Siena", "", ("Siena", "vicino", 10.0)),
    ("foto di Firenze", "", ("Firenze", "comune", None)),
    ("il duomo di Firenze", "il duomo di Firenze", None),
    ("Sardegna 2018", "", ("Sardegna", "regione", None)),
    ("sardegna", "sardegna", None),
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
]


@pytest.mark.parametrize(("phrase", "text", "place"), PLACES)
def test_places(phrase: str, text: str, place: tuple[str, str, float | None] | None) -> None:
    found = reading(phrase)
    got = found.place and (found.place.name, found.place.kind, found.place.radius_km)
    assert (found.text, got) == (text, place)
    assert found.notes == ()


def test_a_place_without_photos_stays_text_and_says_so() -> None:
    found = reading("un cane a Parigi")
    assert (found.text, found.place) == ("un cane a Parigi", None)
    assert found.notes == ("«a Parigi» resta nel testo: nessuna foto ha quella posizione",)


def test_one_place_at_a_time_and_none_left_out() -> None:
    found = reading("a Roma o a Firenze")
    assert found.place == Place("Roma", "comune")
    assert "a Firenze" in found.text
    assert "un luogo per volta" in found.notes[0]
    found = reading("un gatto ma non a Roma")
    assert (found.text, found.place, found.exclude) == ("un gatto", None, ())
    assert "non si può ancora escludere" in found.notes[0]


def test_without_a_gazetteer_no_word_is_a_place() -> None:
    found = read("un gatto a Roma", now=SATURDAY)
    assert (found.text, found.place, found.notes) == ("un gatto a Roma", None, ())


@pytest.mark.parametrize(
    ("written", "text"),
    [
        ("una citta' di mare", "una città di mare"),
        ("perche' no", "perché no"),
        ("un po' di neve", "un po' di neve"),
        ("l’albero", "l'albero"),
        ("l' albero", "l'albero"),
        ("caffe\u0300", "caffè"),
        ("un 'gatto nero' che dorme", "un 'gatto nero' che dorme"),
        ("  un   cane\t", "un cane"),
        ("Ca' Foscari", "Ca' Foscari"),
        ("Il Colosseo", "Il Colosseo"),
    ],
)
def test_words_are_tidied_and_nothing_else(written: str, text: str) -> None:
    assert reading(written).text == text


def test_apostrophes_and_case_do_not_change_a_date() -> None:
    for phrase in ("L’ANNO SCORSO", "l'Anno Scorso", "l' anno scorso"):
        assert days(reading(phrase)) == year(2023)


def test_letter_by_letter_nothing_is_read() -> None:
    found = read("  al mare ad agosto 2019, senza   persone", now=SATURDAY, literal=True)
    assert found.text == "al mare ad agosto 2019, senza persone"
    assert found[1:8] == ((), (), frozenset(), None, None, (), ())
    assert read("gatto \udcff", now=SATURDAY, literal=True).text == "gatto ?"


# -- properties --------------------------------------------------------------------------------

PHRASES = [*(d[0] for d in DATES), *VISUAL, *(w[0] for w in WITHOUT), *(p[0] for p in PLACES)]
WORDS = sorted({word for phrase in PHRASES for word in phrase.split()})


def sentences(number: int) -> list[str]:
    """Sentences of words that mean something to the grammars, in no order."""
    chance = random.Random(7)
    return [" ".join(chance.choices(WORDS, k=chance.randint(1, 9))) for _ in range(number)]


def test_there_are_enough_phrases() -> None:
    assert len(set(PHRASES)) >= 150


def test_reading_what_is_left_changes_nothing() -> None:
    for phrase in [*PHRASES, *sentences(1_000)]:
        first = reading(phrase)
        again = reading(first.text)
        assert again.text == first.text, phrase


def test_every_word_is_accounted_for() -> None:
    from cercafoto.question.grammar.tokens import tidy

    def letters(text: str) -> str:
        return "".join(c for c in text if c.isalnum())

    for phrase in [*PHRASES, *sentences(1_000)]:
        found = reading(phrase)
        parts = "".join(letters(part.words) for part in found.parts)
        assert parts == letters(tidy(phrase)), phrase
        seen = "".join(letters(part.words) for part in found.parts if part.kind == "testo")
        assert seen == letters(found.text), phrase


def test_nothing_raises_on_noise() -> None:
    chance = random.Random(3)
    alphabet = "aeilnorstd '’\"«»,.-/0123456789°\u0300èé\ud800\udcff\x00\n🐕İß"
    for number in range(5_000):
        noise = "".join(chance.choices(alphabet, k=chance.randint(0, 16)))
        if number % 2:
            noise = f"{chance.choice(WORDS)} {noise} {chance.choice(WORDS)}"
        found = reading(noise)
        found.text.encode("utf-8")  # what the tower reads is valid text


@pytest.mark.parametrize(
    "phrase", ["9999 anni fa", "99999 mesi fa", "negli ultimi 99999 mesi", "nel 9999"]
)
def test_the_calendar_has_an_end(phrase: str) -> None:
    assert reading(phrase).text == phrase


def test_a_reading_is_quick() -> None:
    start = time.process_time()
    for _ in range(50):
        reading("un cane al mare ad agosto 2019, senza persone né gatti, vicino a Siena")
    assert (time.process_time() - start) / 50 < 0.02


def test_today_may_be_fixed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CERCAFOTO_OGGI", "2020-03-01")
    assert days(read("ieri")) == one("2020-02-29")
    monkeypatch.setenv("CERCAFOTO_OGGI", "domani")
    with pytest.raises(UsageError, match="CERCAFOTO_OGGI"):
        Query.parse(["ieri"])
