"""Words that several grammars look for, and the types that they return.

A season is from its meteorological beginning to its astronomical end, so that photos of either
season are found. The winter of a year is the winter that begins in it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Generic, NamedTuple, TypeVar

from cercafoto.question.grammar.calendar_days import MONTHS, WEEKDAYS, Span
from cercafoto.question.grammar.tokens import Token, fold, word_set
from cercafoto.question.grammar.yearly import Yearly

Words = Sequence[Token]
T = TypeVar("T")

MONTH = {name: number for number, name in enumerate(MONTHS, 1)}

SHORT = {name[:3]: number for name, number in MONTH.items()} | {"sett": 9}

SEASONS = {
    "primavera": Yearly("in primavera", (3, 1), (6, 20)),
    "estate": Yearly("in estate", (6, 1), (9, 22)),
    "autunno": Yearly("in autunno", (9, 1), (12, 20)),
    "inverno": Yearly("in inverno", (12, 1), (3, 20)),
}

SEASONS_MANY = {"primavere": "primavera", "estati": "estate", "autunni": "autunno",
                "inverni": "inverno"}  # fmt: skip

WEEKDAY = {fold(name): number for number, name in enumerate(WEEKDAYS)}

WEEKEND = (("weekend",), ("week-end",), ("week", "end"), ("fine", "settimana"))

_NUMBERS = """zero un due tre quattro cinque sei sette otto nove dieci undici dodici tredici
quattordici quindici sedici diciassette diciotto diciannove venti"""

NUMBERS = {word: number for number, word in enumerate(_NUMBERS.split())}

TENS = {"dieci": 10, "venti": 20, "trenta": 30, "quaranta": 40, "cinquanta": 50,
        "sessanta": 60, "settanta": 70, "ottanta": 80, "novanta": 90}  # fmt: skip

NUMBERS |= TENS | {"uno": 1, "una": 1, "un'": 1, "cento": 100}

LAST = word_set("scorso scorsa scorsi scorse passato passata ultimo ultima")

NEXT = word_set("prossimo prossima")

THIS = word_set("questo questa quest'")

ARTICLES = word_set("il lo la l' i gli le un una un'")

OF = word_set("di d' del dello dell' della dei degli delle")

HOURS = {"mattino": (5, 12), "mattina": (5, 12), "pomeriggio": (12, 18), "sera": (18, 23),
         "notte": (21, 6)}  # fmt: skip

IN = word_set("in nel nello nell' nella negli nei nelle")

TO = word_set("a ad al allo all' alla agli ai alle")

ON = word_set("su sul sullo sull' sulla sugli sui sulle")

FROM = word_set("da dal dallo dall' dalla dagli dai dalle")

AND = word_set("e ed o oppure")
OR = word_set("o oppure od")

SOME = word_set("un uno una un'")

COLOURS = word_set(
    "bianco bianca bianchi bianche nero nera neri nere rosso rossa rossi rosse giallo gialla "
    "gialli gialle grigio grigia grigi grigie azzurro azzurra azzurri azzurre blu verde verdi "
    "marrone marroni rosa viola arancione arancioni beige dorato dorata dorati dorate"
)

PHOTOS = word_set("foto fotografia fotografie immagine immagini scatto scatti ricordo ricordi")

FAVOURITES = word_set("preferite preferiti")  # see `mark_phrases.read_favourites`

TAKEN = word_set("scattate scattata scattati scattato fotografate fotografata fotografati "
                "fotografato")  # fmt: skip

MADE = word_set("fatte fatta fatti fatto prese riprese")  # only of photos: torta fatta


MOST_SMALL = 6  # articles and the like before a name: "tutte le altre mie"; more mean nothing
MOST_LISTED = 20  # items of a list: "nel 2018, nel 2019 e nel 2020", "senza cani, gatti e pecore"


class Period(NamedTuple):
    """Words that name some days.

    end: index of the token after these words.
    kind: "day", "month", "season", "feast", "year", "decade", "century", "third" ("inizio 2020"),
        "relative" ("ieri"), or "number" for a day whose month comes later.
    span: the days, if the words say the year.
    yearly: the days of any year, if the words say no year.
    hours: the part of the day, if the words name one ("ieri sera"); see `When`.
    number: the day, if `kind` is "number".
    problem: why there is no such day, in Italian, or "".
    origin: the yearly period that `span` is one year of ("a Natale 2019"); else None.
    """

    end: int
    kind: str
    span: Span | None = None
    yearly: Yearly | None = None
    hours: tuple[int, int] | None = None
    number: int = 0
    problem: str = ""
    origin: Yearly | None = None


class When(NamedTuple):
    """A phrase of time.

    end: index of the token after the phrase.
    spans, yearly: the days; a photo must be from one of them. Both empty: any day.
    weekdays: numbers of the days of the week, 0 for Monday; empty: any.
    hours: first hour and last, the last not included; None: any hour.
    problem: why there is no such time, in Italian, or "".
    is_name: whether a folder may be named like the phrase ("Natale 2018", not "prima del 2010").
    """

    end: int
    spans: tuple[Span, ...] = ()
    yearly: tuple[Yearly, ...] = ()
    weekdays: frozenset[int] = frozenset()
    hours: tuple[int, int] | None = None
    problem: str = ""
    is_name: bool = False


# Things with words on them. A question that begins with one asks for these words, and a month in it
# is a date: "lo scontrino della farmacia di marzo".
PAPERS = word_set(
    "scontrino scontrini ricevuta ricevute fattura fatture bolletta bollette bollettino bollettini "
    "bolla bolle preventivo preventivi biglietto biglietti ticket documento documenti foglio fogli "
    "pagina pagine giornale giornali rivista riviste articolo articoli lettera lettere cartolina "
    "cartoline cartello cartelli insegna insegne targa targhe scritta scritte manifesto manifesti "
    "locandina locandine poster volantino volantini menu lavagna lavagne etichetta etichette "
    "schermata schermate screenshot schermo messaggio messaggi chat email orario orari tabellone "
    "tabelloni tessera tessere passaporto patente certificato certificati contratto contratti "
    "modulo moduli referto referti ricetta ricette appunti quaderno bonifico bonifici prenotazione "
    "prenotazioni"
)


class Phrase(NamedTuple, Generic[T]):
    """A phrase that was read: what it says, and `end`, the index of the token after it."""

    end: int
    value: T


class Lead(NamedTuple):
    """What the words before a phrase say about it.

    taken: whether the word before the phrase is like "scattate", "fatte".
    photos: whether the word before the phrase is like "foto", "immagini".
    before: the word before the phrase, folded, or "".
    alone: whether no words are before the phrase and no phrase was taken.
    street: whether the words before the phrase are like "piazza", "via del".
    loose: whether a time in the phrase says when, not which kind of thing: no words are before the
        phrase, or words that say where ("al mare d'estate", but not "una spiaggia d'estate").
    paper: whether the question begins with a word of PAPERS ("la bolletta di gennaio").
    has_dates: whether the archive has photos with a date.
    """

    taken: bool = False
    photos: bool = False
    before: str = ""
    alone: bool = False
    street: bool = False
    loose: bool = False
    paper: bool = False
    has_dates: Callable[[], bool] = lambda: True


def key(t: Words, i: int) -> str:
    """Return the folded word at `i`; "" outside the sentence and for a word in quotes."""
    return t[i].key if 0 <= i < len(t) else ""


def skip(t: Words, i: int, small: Collection[str]) -> int:
    """Return the index after the words of `small` that begin at `i`: at most MOST_SMALL, so that a
    long row of them is not gone over again from each of its words."""
    end = i
    while end < i + MOST_SMALL and key(t, end) in small:
        end += 1
    return end


def length_of_any(t: Words, i: int, phrases: Iterable[tuple[str, ...]]) -> int:
    """Return how many words the first of the phrases that is at `i` has; 0 if none is there."""
    first = key(t, i)
    for phrase in phrases:
        if phrase[0] == first and all(key(t, i + n) == word for n, word in enumerate(phrase)):
            return len(phrase)
    return 0


def count(word: str) -> int:
    """Return the number that a word means, in digits or in letters; 0 if it is not a number."""
    if word.isascii() and word.isdigit() and len(word) <= 5:
        return int(word)
    return NUMBERS.get(word, 0)


def read_number(t: Words, i: int) -> Period | None:
    """Return the day at `i` whose month comes later ("dal 3 al 10 maggio"); else None."""
    number = day_number(key(t, i))
    return Period(i + 1, "number", number=number) if 1 <= number <= 31 else None


def day_number(word: str) -> int:
    """Return the day of a month that a word means ("3", "3°", "primo", "tre"), which may be more
    than 31; 0 if it means none."""
    if word == "primo":
        return 1
    word = word.rstrip("°ºª")
    if word.isascii() and word.isdigit() and len(word) <= 2:
        return int(word)
    return NUMBERS.get(word, 0) if word not in ("un", "uno", "una", "un'") else 0
