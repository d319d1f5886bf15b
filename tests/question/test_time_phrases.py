"""Test days, months, years and feasts as people write them, and words that only look like them."""

from __future__ import annotations

import pytest

from cercafoto.question.context import Context
from cercafoto.question.filters.days import DAYS
from cercafoto.question.filters.filter import NO_FILTERS
from cercafoto.question.reader import read
from tests.question.sentences import days, one_day, reading, year

# phrase, text left, days
CENTURY = "1900-01-01..1999-12-31"
DATES = [
    # a feast alone
    *(
        (phrase, "", meant)
        for phrase, meant in (
            ("natale", "a Natale"),
            ("il Natale", "a Natale"),
            ("pasqua", "a Pasqua"),
            ("ferragosto", "a Ferragosto"),
            ("capodanno", "a Capodanno"),
            ("carnevale", "a Carnevale"),
            ("epifania", "all'Epifania"),
            ("san valentino", "a San Valentino"),
            ("natale e capodanno", "a Natale + a Capodanno"),
        )
    ),
    # the days of today in other years
    ("oggi negli anni scorsi", "", "..2023-12-31 + il 15 giugno"),
    ("foto di oggi negli anni passati", "", "..2023-12-31 + il 15 giugno"),
    ("un gatto ieri negli anni precedenti", "un gatto", "..2023-12-31 + il 14 giugno"),
    ("questo giorno negli altri anni", "", "..2023-12-31 + il 15 giugno"),
    ("in questo giorno", "", "il 15 giugno"),
    ("questo giorno di ogni anno", "", "il 15 giugno"),
    ("questa settimana negli anni scorsi", "", "..2023-12-31 + dal 10 al 16 giugno"),
    ("in questo mese negli scorsi anni", "", "..2023-12-31 + dal 1º al 30 giugno"),
    ("questo weekend negli anni scorsi", "", "..2023-12-31 + dal 15 al 16 giugno"),
    ("un anno fa oggi", "", one_day("2023-06-15")),
    ("due anni fa oggi", "", one_day("2022-06-15")),
    ("oggi, tre anni fa", "", one_day("2021-06-15")),
    ("un anno fa in questo giorno", "", one_day("2023-06-15")),
    ("due mesi fa oggi", "", one_day("2024-04-15")),
    ("una settimana fa oggi", "", one_day("2024-06-08")),
    # a month, a year
    ("agosto 2019", "", "2019-08-01..2019-08-31"),
    ("agosto del 2019", "", "2019-08-01..2019-08-31"),
    ("al mare ad agosto 2019", "al mare", "2019-08-01..2019-08-31"),
    ("nell'agosto del 2019", "", "2019-08-01..2019-08-31"),
    ("nel mese di agosto 2019", "", "2019-08-01..2019-08-31"),
    ("febbraio 2020", "", "2020-02-01..2020-02-29"),
    ("febbraio 2021", "", "2021-02-01..2021-02-28"),
    ("gita di maggio 2018", "gita", "2018-05-01..2018-05-31"),
    ("ott. 2019", "", "2019-10-01..2019-10-31"),
    ("08/2019", "", "2019-08-01..2019-08-31"),
    ("luglio e agosto 2019", "", "2019-07-01..2019-08-31"),
    ("nel 2018", "", year(2018)),
    ("un gatto nel 2018", "un gatto", year(2018)),
    ("nell'anno 2018", "", year(2018)),
    ("foto del 2018", "", year(2018)),
    ("matrimonio Lucia 2018", "matrimonio Lucia", year(2018)),
    ("matrimonio 2018 a Roma", "matrimonio", year(2018)),
    ("nel '98", "", year(1998)),
    ("estate '98", "", "1998-06-01..1998-09-22"),
    ("nel 2018 e nel 2019", "", "2018-01-01..2019-12-31"),
    ("nel 2018 e 2019", "", "2018-01-01..2019-12-31"),
    ("nel 2018 o nel 2020", "", f"{year(2018)} + {year(2020)}"),
    ("un cane nel 2030", "un cane", year(2030)),
    # a day
    ("3 maggio 2020", "", one_day("2020-05-03")),
    ("3/5/2020", "", one_day("2020-05-03")),
    ("il 25/12/2019", "", one_day("2019-12-25")),
    ("03-05-2020", "", one_day("2020-05-03")),
    ("3.5.2020", "", one_day("2020-05-03")),
    ("3/5/20", "", one_day("2020-05-03")),
    ("2020-05-03", "", one_day("2020-05-03")),
    ("sabato 3 maggio 2020", "", one_day("2020-05-03")),
    ("1° maggio 2019", "", one_day("2019-05-01")),
    ("primo maggio 2019", "", one_day("2019-05-01")),
    ("29 febbraio 2020", "", one_day("2020-02-29")),
    ("dell'8 marzo 2021", "", one_day("2021-03-08")),
    ("il 24 e 25 dicembre 2019", "", "2019-12-24..2019-12-25"),
    ("torta del 3 maggio 2020", "torta", one_day("2020-05-03")),
    ("il 2 giugno", "", "il 2 giugno"),
    ("Primo maggio", "", "il 1º maggio"),
    ("il 3/5", "", "il 3 maggio"),
    ("il 3 di maggio del 2020", "", one_day("2020-05-03")),
    ("tre maggio 2020", "", one_day("2020-05-03")),
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
    ("da giugno a settembre", "", "dal 1º giugno al 30 settembre"),
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
    ("tra Natale e Capodanno", "", "dal 25 dicembre al 1º gennaio"),
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
    ("oggi", "", one_day("2024-06-15")),
    ("ieri", "", one_day("2024-06-14")),
    ("l'altro ieri", "", one_day("2024-06-13")),
    ("l'altroieri", "", one_day("2024-06-13")),
    ("ieri l'altro", "", one_day("2024-06-13")),
    ("la settimana scorsa", "", "2024-06-03..2024-06-09"),
    ("questa settimana", "", "2024-06-10..2024-06-16"),
    ("il mese scorso", "", "2024-05-01..2024-05-31"),
    ("questo mese", "", "2024-06-01..2024-06-30"),
    ("l'anno scorso", "", year(2023)),
    ("quest'anno", "", year(2024)),
    ("tre anni fa", "", year(2021)),
    ("un anno fa", "", year(2023)),
    ("due mesi fa", "", "2024-04-01..2024-04-30"),
    ("tre giorni fa", "", one_day("2024-06-12")),
    ("10 giorni fa", "", one_day("2024-06-05")),
    ("due settimane fa", "", "2024-05-27..2024-06-02"),
    ("negli ultimi tre mesi", "", "2024-03-15..2024-06-15"),
    ("nell'ultimo mese", "", "2024-05-15..2024-06-15"),
    ("gli ultimi 7 giorni", "", "2024-06-08..2024-06-15"),
    ("agosto scorso", "", "2023-08-01..2023-08-31"),
    ("lo scorso agosto", "", "2023-08-01..2023-08-31"),
    ("maggio scorso", "", "2024-05-01..2024-05-31"),
    ("ad agosto dell'anno scorso", "", "2023-08-01..2023-08-31"),
    ("a Natale di due anni fa", "", one_day("2022-12-25")),
    ("lo scorso Natale", "", one_day("2023-12-25")),
    ("due o tre anni fa", "", "2021-01-01..2022-12-31"),
    ("ieri e oggi", "", "2024-06-14..2024-06-15"),
    ("le foto che ho fatto ieri", "", one_day("2024-06-14")),
    ("domenica scorsa", "", one_day("2024-06-09")),
    ("sabato scorso", "", one_day("2024-06-08")),
    ("lo scorso weekend", "", "2024-06-08..2024-06-09"),
    ("il fine settimana scorso", "", "2024-06-08..2024-06-09"),
    # decades
    ("negli anni '90", "", "1990-01-01..1999-12-31"),
    ("degli anni '70 e '80", "", "1970-01-01..1989-12-31"),
    ("anni '70 e 20 gatti", "20 gatti", "1970-01-01..1979-12-31"),
    ("anni 70 e 80 senza gatti", "", "1970-01-01..1989-12-31"),
    ("negli anni sessanta e ottanta", "", "1960-01-01..1969-12-31 + 1980-01-01..1989-12-31"),
    ("negli anni ottanta", "", "1980-01-01..1989-12-31"),
    ("foto degli anni 70", "", "1970-01-01..1979-12-31"),
    ("negli anni 2000", "", "2000-01-01..2009-12-31"),
    # feasts
    ("a Natale 2019", "", one_day("2019-12-25")),
    ("a Natale del 2019", "", one_day("2019-12-25")),
    ("a Natale 2019 e 2020", "", "2019-12-25..2019-12-25 + 2020-12-25..2020-12-25"),
    ("l'ultimo dell'anno 2019", "", one_day("2019-12-31")),
    ("ponte della Liberazione 2019", "", "2019-04-25..2019-04-28"),
    ("durante le vacanze di Natale", "", "nelle vacanze di Natale"),
    ("a Natale", "", "a Natale"),
    ("a natale", "", "a Natale"),
    ("il giorno di Natale", "", "a Natale"),
    ("vigilia di Natale 2020", "", one_day("2020-12-24")),
    ("Capodanno 2020", "", "2019-12-31..2020-01-01"),
    ("a Capodanno", "", "a Capodanno"),
    ("Epifania 2022", "", one_day("2022-01-06")),
    ("Befana 2022", "", one_day("2022-01-06")),
    ("Ferragosto 2021", "", one_day("2021-08-15")),
    ("a Ferragosto", "", "a Ferragosto"),
    ("Pasqua 2019", "", one_day("2019-04-21")),
    ("a Pasqua 2024", "", one_day("2024-03-31")),
    ("Pasquetta 2019", "", one_day("2019-04-22")),
    ("a Pasquetta", "", "a Pasquetta"),
    ("Carnevale 2019", "", "2019-02-28..2019-03-05"),
    ("a Carnevale", "", "a Carnevale"),
    ("martedì grasso 2019", "", one_day("2019-03-05")),
    ("festa della Repubblica 2018", "", one_day("2018-06-02")),
    ("alla festa della Repubblica", "", "alla festa della Repubblica"),
    ("Ognissanti 2020", "", one_day("2020-11-01")),
    ("a San Valentino", "", "a San Valentino"),
    ("San Valentino 2020", "", one_day("2020-02-14")),
    ("festa della mamma 2024", "", one_day("2024-05-12")),
    ("vacanze di Natale 2019", "", "2019-12-24..2020-01-06"),
    ("ponte del 2 giugno 2022", "", "2022-06-02..2022-06-05"),  # a Thursday
    ("ponte del 2 giugno 2020", "", "2020-05-30..2020-06-02"),  # a Tuesday
    ("ponte del 2 giugno 2021", "", "2021-05-29..2021-06-06"),  # a Wednesday
    ("ponte del 2 giugno", "", "nel ponte del 2 giugno"),
    ("ponte dell'Immacolata 2022", "", "2022-12-08..2022-12-11"),
    ("nel ponte dell'Immacolata", "", "nel ponte dell'Immacolata"),
    ("ponte dei morti 2022", "", "2022-10-29..2022-11-06"),
    ("gita al mare a Ferragosto 2020", "gita al mare", one_day("2020-08-15")),
    # any year
    ("ad agosto", "", "ad agosto"),
    ("a maggio e giugno", "", "a maggio + a giugno"),
    ("d'estate", "", "in estate"),
    ("d'inverno in montagna", "in montagna", "in inverno"),
    ("in primavera", "", "in primavera"),
    ("foto in primavera", "", "in primavera"),
    ("al mare in estate", "al mare", "in estate"),
    ("mare, in autunno", "mare", "in autunno"),
    ("mare, d'autunno", "mare", "in autunno"),
    # a century
    ("del secolo scorso", "", CENTURY),
    ("secolo scorso", "", CENTURY),
    ("la nonna nel secolo scorso", "la nonna", CENTURY),
    ("foto dell'Ottocento", "", "1800-01-01..1899-12-31"),
    ("foto del XIX secolo", "", "1800-01-01..1899-12-31"),
    ("foto dei primi del '900", "", "1900-01-01..1933-12-31"),
    ("fine dell'Ottocento", "", "1866-01-01..1899-12-31"),
    ("alla fine dell'Ottocento", "", "1866-01-01..1899-12-31"),
    ("inizio Novecento", "", "1900-01-01..1933-12-31"),
    ("metà '900", "", "1933-01-01..1966-12-31"),
    ("primi del '900", "", "1900-01-01..1933-12-31"),
    ("foto d'estate", "", "in estate"),
    ("senza neve d'estate", "", "in estate"),
    ("un cane al mare d'agosto", "un cane al mare", "ad agosto"),
    ("estate 98", "", "1998-06-01..1998-09-22"),
    ("al mare, estate 15", "al mare", "2015-06-01..2015-09-22"),
    ("agosto 98", "", "1998-08-01..1998-08-31"),
    ("natale 98 con i nonni", "con i nonni", "1998-12-25..1998-12-25"),
    ("in febbraio", "", "a febbraio"),
    ("foto di agosto", "", "ad agosto"),
    ("lo scontrino della farmacia di marzo", "lo scontrino della farmacia", "a marzo"),
    ("foto della bolletta di gennaio", "bolletta", "a gennaio"),
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
    "il biglietto di Maggio",
    "marzolino",
    "formaggio marzolino toscano",
    "Domenica che sorride",
    "mia zia Domenica",
    "pranzo della domenica",
    "natale in famiglia",
    "in questo giorno di festa",
    "foglie d'autunno",
    "bosco in autunno",
    "fiori di primavera",
    "Primavera",
    "mobili del secolo scorso",
    "una chiesa dell'Ottocento",
    "una villa di fine Ottocento",
    "una villa dei primi del '900",
    "una chiesa, fine Ottocento",
    "un palazzo del XIX secolo",
    "degli anni del liceo",
    "un prato in primavera",
    "una spiaggia d'estate",
    "di notte",
    "foto di notte",
    "una città di notte",
    "una città di sera",
    "il signor Rossi di Maggio",
    "estate 20 persone",
    "estate 5",
    "agosto 12 persone",
    "natale 12",
    "una strada al mattino",
    "un albero di Natale",
    "pranzo di Natale",
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
    "via 25 aprile",
    "piazza Primo Maggio",
    "ponte 25 aprile a Lisbona",
    "ponte di Rialto",
    "un'auto del 1965",
    "2001 odissea nello spazio",
    "una Peugeot 2008",
    "un vestito anni '80",
    "una Ford degli anni '50",
    "fiori in vaso",
    "pecore in un recinto",
    "banconota da 2000 lire",
    "numero 10 sulla maglia",
    "un bambino di tre anni",
    "torte fatte in casa",
    "due gatti e tre cani",
    "tra gli alberi",
    "vista dal mare",
    "al mare",
    "in montagna",
    "bambini che giocano a calcio",
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
def test_things_that_photos_show_stay_text(phrase: str) -> None:
    found = reading(phrase)
    assert found[:3] == (phrase, NO_FILTERS, ())


@pytest.mark.parametrize(
    ("phrase", "text", "expected"),
    [
        ("albero di Natale 2019", "albero di Natale", year(2019)),
        ("pranzo di Natale 2019", "pranzo di Natale", year(2019)),
        ("foto di Natale 2019", "", one_day("2019-12-25")),
        ("all'isola di Pasqua nel 2019", "all'isola di Pasqua", year(2019)),
        ("settimana bianca 2019", "settimana bianca", year(2019)),
        ("concerto del primo maggio", "concerto", "il 1º maggio"),
        ("com'era la casa dieci anni fa", "com'era la casa", year(2014)),
        ("foto di un gatto ad agosto 2019", "un gatto", "2019-08-01..2019-08-31"),
        ("agosto 2019, un cane", "un cane", "2019-08-01..2019-08-31"),
        ("un cane ad agosto 2019 e un gatto", "un cane e un gatto", "2019-08-01..2019-08-31"),
    ],
)
def test_things_beside_a_date_stay_text(phrase: str, text: str, expected: str) -> None:
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
    assert (found.text, found.filters) == (f"un cane {phrase}", NO_FILTERS)
    (note,) = found.notes
    assert note.startswith(f"«{phrase}» non fa da filtro: ")
    assert why in note


@pytest.mark.parametrize(
    "phrase", ["9999 anni fa", "99999 mesi fa", "negli ultimi 99999 mesi", "nel 9999"]
)
def test_the_calendar_has_an_end(phrase: str) -> None:
    assert reading(phrase).text == phrase


def test_a_feast_alone_is_seen_where_no_photo_has_a_date() -> None:
    for words, text in (("natale", "natale"), ("a natale", "")):
        meant = read(words, Context(has_dates=lambda: False))
        assert meant.text == text and (DAYS.name in meant.filters) == (not text)
