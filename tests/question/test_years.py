"""Test years as people write them, and numbers that are not years."""

from __future__ import annotations

import pytest

from cercafoto.question.filters.filter import NO_FILTERS
from tests.question.sentences import days, one_day, reading, year


def years(first: int, last: int) -> str:
    return f"{first}-01-01..{last}-12-31"


# phrase, text left, days
YEARS = [
    ("2014", "", year(2014)),
    ("1961", "", year(1961)),
    ("1826", "", year(1826)),
    ("'58", "", year(1958)),
    ("matrimonio 1985", "matrimonio", year(1985)),
    ("matrimonio Lucia 1985", "matrimonio Lucia", year(1985)),
    ("1985 matrimonio", "matrimonio", year(1985)),
    ("2019, matrimonio", "matrimonio", year(2019)),
    ("cane 1958 con Anna", "cane con Anna", year(1958)),
    ("Roma 1968", "", year(1968)),
    ("1968 Roma", "", year(1968)),
    ("scuola 1985", "scuola", year(1985)),
    ("del 1961", "", year(1961)),
    ("del '58", "", year(1958)),
    ("la nonna del 1943", "la nonna", year(1943)),
    ("mondiali del 1982", "mondiali", year(1982)),
    ("un'auto del 2018", "un'auto", year(2018)),
    ("foto del 1961", "", year(1961)),
    ("nel '58", "", year(1958)),
    ("nel 58", "", year(1958)),
    ("nel sessantotto", "", year(1968)),
    ("papà nel settantuno al mare", "papà al mare", year(1971)),
    ("nel millenovecentosessantotto", "", year(1968)),
    ("nel millenovecentotrentuno", "", year(1931)),
    ("nell'ottantotto", "", year(1988)),
    ("nell'ottanta al mare", "al mare", year(1980)),
    ("la nonna dell'ottantotto", "la nonna", year(1988)),
    ("prima del sessantotto", "", "..1967-12-31"),
    ("dal sessantotto al settantuno", "", years(1968, 1971)),
    ("dall'ottanta all'ottantotto", "", years(1980, 1988)),
    ("dal trenta al trentuno dicembre 2019", "dal trenta al trentuno", "2019-12-01..2019-12-31"),
    ("il trentuno e il primo gennaio", "il trentuno", "il 1º gennaio"),
    ("al mare nel 58 con la nonna", "al mare con la nonna", year(1958)),
    ("vacanze '72", "vacanze", year(1972)),
    ("estate '85", "", "1985-06-01..1985-09-22"),
    ("Natale '62", "", one_day("1962-12-25")),
    ("aprile '45", "", "1945-04-01..1945-04-30"),
    ("15 agosto 1952", "", one_day("1952-08-15")),
    ("dal 1961 al 1965", "", years(1961, 1965)),
    ("1950-1960", "", years(1950, 1960)),
    ("1974/75", "", years(1974, 1975)),
    ("prima del 1960", "", "..1959-12-31"),
    ("nel 1950 e 1951", "", years(1950, 1951)),
    ("anni 50", "", years(1950, 1959)),
    ("anni '60", "", years(1960, 1969)),
    ("gli anni sessanta", "", years(1960, 1969)),
    ("degli anni 60", "", years(1960, 1969)),
    ("spiaggia degli anni 60", "spiaggia", years(1960, 1969)),
    ("la nonna negli anni 40", "la nonna", years(1940, 1949)),
    ("fine anni 50", "", years(1956, 1959)),
    ("alla fine degli anni '50", "", years(1956, 1959)),
    ("primi anni sessanta", "", years(1960, 1963)),
    ("metà anni 70", "", years(1973, 1976)),
]

# Numbers of other things.
SEEN = [
    "nel 1825", "via Roma 58", "via 1848", "110 e lode", "Fiat 500",
    "una Fiat 1100", "Alfa 1900", "Vespa 125", "1000 lire", "2000 lire", "2000 persone in piazza",
    "sessantotto gatti", "al cinquanta per cento", "il trenta e il trentuno dicembre",
    "il trentuno, capodanno", "nel trenta", "del trentuno", "una torta con il cinquanta",
    "la maglia con il novanta", "sciatore al novanta", "il quaranta, rosso", "dal novantotto",
    "dal novantotto al duemiladue", "dal quaranta al cinquanta per cento", "il novanta",
    "una Fiat del 1958", "chiesa del 1200", "nel 12", "3 gatti", "una banconota da 2000",
]  # fmt: skip


@pytest.mark.parametrize(("phrase", "text", "expected"), YEARS)
def test_years(phrase: str, text: str, expected: str) -> None:
    found = reading(phrase)
    assert (found.text, days(found), found.notes) == (text, expected, ())


def test_a_day_in_letters_beside_a_place_is_no_year() -> None:
    found = reading("il trenta a Roma")
    assert (found.text, days(found)) == ("il trenta", "")


@pytest.mark.parametrize("phrase", SEEN)
def test_other_numbers_stay_text(phrase: str) -> None:
    assert reading(phrase)[:3] == (phrase, NO_FILTERS, ())
