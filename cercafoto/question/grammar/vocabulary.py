"""Small words that the grammars look for, and the types of phrases that they return.

Seasons are taken wide, from the meteorological beginning to the astronomical end, so that nothing
is hidden that either calendar would show; the winter of a year is the one that begins in it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from cercafoto.question.grammar.calendar_days import MONTHS, WEEKDAYS, Span
from cercafoto.question.grammar.tokens import Token, fold, word_set
from cercafoto.question.grammar.yearly import Yearly

Words = Sequence[Token]

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

WEEKEND = {("weekend",): 1, ("week-end",): 1, ("week", "end"): 2, ("fine", "settimana"): 2}

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

FROM = word_set("da dal dallo dall' dalla dagli dai dalle")

AND = word_set("e ed o oppure")

PHOTOS = word_set("foto fotografia fotografie immagine immagini scatto scatti ricordo ricordi")

TAKEN = word_set("scattate scattata scattati scattato fotografate fotografata fotografati "
                "fotografato")  # fmt: skip

MADE = word_set("fatte fatta fatti fatto prese riprese")  # only of photos: torta fatta


class Period(NamedTuple):
    """Words that name some days.

    end: the token after them.
    kind: "day", "month", "season", "feast", "year", "decade", "third", "relative", "number" (the
        day of a month still to be read).
    span: the days, when their year is known.
    yearly: the days of any year, when it is not.
    hours: part of the day, as in "ieri sera".
    problem: why there is no such day.
    origin: the days of any year that `span` is one time of.
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

    end: the token after it.
    problem: why it says nothing.
    is_name: whether a person may have called photos so: "Natale 2018", not "prima del 2010".
    """

    end: int
    spans: tuple[Span, ...] = ()
    yearly: tuple[Yearly, ...] = ()
    weekdays: frozenset[int] = frozenset()
    hours: tuple[int, int] | None = None
    problem: str = ""
    is_name: bool = False


# What bears words: a question that begins with such a thing asks for what is written on it, and the
# month beside it is that of the paper, "lo scontrino della farmacia di marzo".
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


class Context(NamedTuple):
    """The words before a phrase.

    taken: "scattate", "fatte".
    photos: "foto", "immagini".
    before: the word itself.
    alone: nothing stands before it.
    street: "piazza", "via del".
    loose: what follows says when, not of which kind: nothing stands before it, or a word that says
        where ("al mare d'estate", but "una spiaggia d'estate").
    paper: the question is for something with words on it ("la bolletta di gennaio").
    """

    taken: bool = False
    photos: bool = False
    before: str = ""
    alone: bool = False
    street: bool = False
    loose: bool = False
    paper: bool = False


def key(t: Words, i: int) -> str:
    """Return the folded word at `i`, "" outside the sentence."""
    return t[i].key if 0 <= i < len(t) else ""


def count(word: str) -> int:
    """Read a number in figures or in words; 0 when it is none."""
    if word.isascii() and word.isdigit() and len(word) <= 5:
        return int(word)
    return NUMBERS.get(word, 0)


def read_number(t: Words, i: int) -> Period | None:
    """Read the day of a month whose name comes later: "dal 3 al 10 maggio"."""
    number = day_number(key(t, i))
    return Period(i + 1, "number", number=number) if 1 <= number <= 31 else None


def day_number(word: str) -> int:
    """Read the number of a day: "3", "3°", "primo", "tre"; 0 when it is none."""
    if word == "primo":
        return 1
    word = word.rstrip("°ºª")
    if word.isascii() and word.isdigit() and len(word) <= 2:
        return int(word)
    return NUMBERS.get(word, 0) if word not in ("un", "uno", "una", "un'") else 0
