"""Read phrases that say how photos were exposed: "a 50 mm", "oltre 1600 ISO", "f/1.8", "1/250 s",
"1/60-1/250", "tempi lunghi", "con il flash". The options are read alike: see `stretch_typed`.

What a photo shows stays text: "un chiodo da 50 mm", "video più lunghi di 10 secondi", "il
certificato ISO 9001", "un fotografo con il flash".
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from typing import NamedTuple

from cercafoto.question.grammar.calendar_days import MONTHS
from cercafoto.question.grammar.kind_phrases import VIDEOS
from cercafoto.question.grammar.picture_phrases import PICTURES
from cercafoto.question.grammar.rating_phrases import AT_LEAST, FROM_UP
from cercafoto.question.grammar.tokens import Token, tidy, tokens, word_set
from cercafoto.question.grammar.vocabulary import (
    ARTICLES,
    FROM,
    MADE,
    NUMBERS,
    OF,
    TAKEN,
    TO,
    Lead,
    Phrase,
    Words,
    key,
    length_of_any,
    skip,
)
from cercafoto.question.values import Stretch

# A time from which "tempi lunghi" counts: four stops, which stabilisers promise, below the 1/60 s
# that people can hold without them.
LONG = Stretch(0.25, None)

MORE = (
    ("piu", "di"), ("oltre",), ("sopra",), ("superiore", "a"), ("superiori", "a"),
    ("maggiore", "di"), ("maggiori", "di"), ("piu", "lunghe", "di"), ("piu", "lunga", "di"),
    ("piu", "lunghi", "di"), ("piu", "lungo", "di"),
)  # fmt: skip
LESS = (
    ("meno", "di"), ("sotto",), ("inferiore", "a"), ("inferiori", "a"), ("minore", "di"),
    ("minori", "di"), ("piu", "brevi", "di"), ("piu", "breve", "di"), ("piu", "corte", "di"),
    ("piu", "corti", "di"), ("piu", "corta", "di"),
)  # fmt: skip
AT_MOST = (
    ("fino", "a"), ("fino", "ad"), ("al", "massimo"), ("massimo",), ("non", "oltre"),
    ("non", "piu", "di"),
)  # fmt: skip
UP = (("o", "piu", "chiuso"), ("o", "piu", "chiusi"), ("o", "oltre"), ("+",), *FROM_UP)
DOWN = (
    ("in", "giu"), ("o", "meno"), ("o", "piu", "aperto"), ("o", "piu", "aperti"),
    ("o", "piu", "luminoso"), ("o", "piu", "luminosi"),
)  # fmt: skip
BETWEEN = word_set("tra fra")
WITH = word_set("con col a ad al in di da alla")

# Words for the numbers of a kind, which may come before one: "con tempo di posa di 2 secondi".
FOCAL_WORDS = word_set("focale focali")
ISO_WORDS = word_set("sensibilita")
OPENINGS = word_set("apertura aperture")  # also of shops and of hunting
APERTURE_WORDS = OPENINGS | word_set("diaframma diaframmi")
TIME_WORDS = word_set("tempo tempi esposizione esposizioni posa pose esposte esposta")
OF_TIME = (
    ("di", "posa"), ("di", "scatto"), ("di", "esposizione"), ("di", "otturatore"),
    ("dell'", "otturatore"),
)  # fmt: skip

# As photographers and cameras write seconds: 2 s, 30".
SECOND_SIGNS = word_set('s sec "')
SECONDS = SECOND_SIGNS | {"secondo", "secondi"}
DASHES = "-\u2013\u2014"
MOST_OF_NUMBER = 5  # tokens of a number: 1/250 di secondo
CERTIFIED = word_set("certificato certificati certificazione certificazioni norma norme uni en "
                     "qualita standard")  # fmt: skip
_NORMS = frozenset([9000, 9001, 14001, 22000, 27001, 45001])  # of ISO, the organisation
YEARS = range(1826, 2101)

# What has millimetres of its own: "una pellicola a 35 mm".
GAUGED = word_set(
    "film pellicola pellicole proiettore proiettori cinepresa cineprese pistola pistole arma armi "
    "proiettile proiettili bullone bulloni vite viti chiodo chiodi tubo tubi pioggia"
)
FLASHING = word_set(
    "fotografo fotografa fotografi fotografe reporter paparazzo paparazzi reflex macchina macchine "
    "macchinetta fotocamera fotocamere telefono telefonino cellulare ragazza ragazzo uomo donna"
)


# A word that every phrase here has.
_TELLING = re.compile(
    r"\d*mm|millimetri|iso\d*|\d+iso|f\d{0,2}|\d+/\d+(s|-.*)?|\d*s|\d*sec|second[oi]|minut[oi]"
    r'|"|flash'
    r"|diaframm[ai]|apertur[ae]|temp[oi]|esposizion[ei]|pos[ae]"
)


def tells_exposure(words: Words) -> bool:
    """Whether any phrase here may be among the words. Most questions have none, and are not looked
    through for each kind of phrase."""
    return any(_TELLING.fullmatch(word.key) for word in words)


def stretch_typed(text: str, number: ReadNumber) -> Stretch | None:
    """Return the numbers that the value of an option says, with their unit or without; None if it
    says anything else: "1600+", "24-70 mm", "da 1/60 a 1/250".

    number: reads a number of the kind: `millimetres`, `iso`, `f_number` or `seconds`.
    """
    t = tokens(tidy(text))
    found = _stretch(t, 0, number, needs_unit=False)
    return found.value if found is not None and found.end == len(t) else None


class _Number(NamedTuple):
    """A number, the index of the token after it, and whether it has its unit or the sign of it."""

    value: float
    end: int
    sure: bool


ReadNumber = Callable[[Words, int], _Number | None]


def read_focal(t: Words, i: int, lead: Lead) -> Phrase[Stretch] | None:
    """Return the focal lengths that the phrase at token `i` asks for; None if it asks for none.
    Photos show things of some millimetres: only "a 50 mm" counts behind any word."""
    named, at = _named(t, i, FOCAL_WORDS)
    at = _after(t, at, OF) if named else at
    # "18-55mm" is the name of a lens.
    found = _stretch(t, at, millimetres, needs_unit=True, takes_dash=named)
    if found is None or key(t, found.end) in FROM:
        return None  # "a 50 mm dal bordo"
    one = found.value.least == found.value.most
    at_length = key(t, i) == "a" and one and lead.before not in GAUGED
    is_whole = i == 0 and lead.alone and key(t, i) in BETWEEN and found.end == len(t)
    of_photos = lead.photos or lead.taken or lead.before in PICTURES | {","}
    compared = found.value.least != found.value.most and (of_photos or is_whole)
    return found if named or at_length or compared else None


def read_iso(t: Words, i: int, lead: Lead) -> Phrase[Stretch] | None:
    """Return the sensitivities that the phrase at token `i` asks for; None if it asks for none."""
    named, at = _named(t, i, ISO_WORDS)
    if named or (key(t, at) in WITH - FROM and "iso" in (key(t, at + 1), key(t, at + 2))):
        at = _after(t, at, WITH - FROM)
    found = _stretch(t, at, iso, needs_unit=True)
    if found is None or lead.before in CERTIFIED or found.value.least in _NORMS:
        return None
    return found


def read_aperture(t: Words, i: int, lead: Lead) -> Phrase[Stretch] | None:
    """Return the apertures that the phrase at token `i` asks for; None if it asks for none: "un
    F16" is an aeroplane, "la F1" has races."""
    named, at = _named(t, i, APERTURE_WORDS)
    begin = _after(t, at, OF if named else WITH - FROM)
    # "14-140 F3.5-5.6" is the name of a lens.
    found = _stretch(t, begin, f_number, needs_unit=not named, takes_dash=named)
    if found and named and key(t, at - 1) in OPENINGS:
        # "apertura 25 aprile", "con apertura 24 ore"
        is_number = any(sign in word.key for word in t[at : found.end] for sign in "f.,/")
        return found if is_number else None
    return found


def read_time(t: Words, i: int, lead: Lead) -> Phrase[Stretch] | None:
    """Return the exposure times that the phrase at token `i` asks for; None if it asks for none."""
    if end := _long(t, i):
        return Phrase(end, LONG)
    named, at = _named(t, i, TIME_WORDS)
    if named:
        at += length_of_any(t, at, OF_TIME)
        at = _after(t, at, (WITH - FROM) | {"per"})
    elif key(t, i) == "a":
        at = i + 1
    found = _stretch(t, at, seconds, needs_unit=True)
    if found is None or any(word.key in VIDEOS for word in t):
        return None
    if key(t, found.end) in FROM | {"dopo", "prima", "fa"}:
        return None  # "a 5 minuti da casa"
    words = t[i : found.end]
    if any(re.fullmatch(r"\d+S", word.text) for word in words):
        return None  # "4S" is a telephone
    in_digits = any(word.key[:1].isdigit() for word in words)
    # "2 s" alone, but not "un secondo"
    is_whole = in_digits and lead.alone and found.end == len(t)
    of_photos = lead.photos or (lead.alone and key(t, i) == "piu") or is_whole
    return found if named or of_photos or _is_time(t, i, found, lead) else None


def _is_time(t: Words, i: int, found: Phrase[Stretch], lead: Lead) -> bool:
    """Whether numbers behind no word for photos or times are exposure times by their signs:
    "1/250", "a 2 s", "1/60 - 1/250 s"; not a scale of models "1/24-1/43", nor a screen of 55"."""
    words = t[i : found.end]
    begins = lead.before in ("", ",")
    is_at = key(t, i) == "a"
    is_spaced = any(word.key in SECOND_SIGNS - {'"'} for word in words)
    if any("/" in word.key for word in words):
        is_between = found.value.least != found.value.most
        said = is_spaced or any(word.key.endswith("s") for word in words) or key(t, i) in FROM
        return begins or is_at or (is_between and said)
    in_digits = any(word.key[:1].isdigit() for word in words)
    is_signed = in_digits and any(
        word.key in SECOND_SIGNS or re.fullmatch(r"\d+(s|sec)", word.key) for word in words
    )
    # Behind the name of a camera, which may be taken, "5 s" is the rest of it; and the 5 of
    # "almeno 2,5 s" begins nothing.
    is_first = t[i].at == 0 or lead.before == ","
    return is_signed and not t[i].glued and (is_at or (is_spaced and is_first))


def read_flash(t: Words, i: int, lead: Lead) -> Phrase[bool] | None:
    """Return True if the phrase at token `i` asks for photos with flash, False for "senza flash";
    None if it asks for neither: "un fotografo con il flash" shows one."""
    if key(t, i) in ("con", "col", "usando", "senza"):
        at = skip(t, i + 1, ARTICLES)
    else:
        return None
    if key(t, at) != "flash" or (t[at].is_name and at > 0) or lead.before in FLASHING:
        return None
    end = at + 1
    off = key(t, end) in ("spento", "disattivato")
    end += off or key(t, end) in ("acceso", "attivo", "attivato")
    if key(t, end) in OF | {"mob"} or (key(t, end), key(t, end + 1)) == ("in", "mano"):
        return None
    return Phrase(end, (key(t, i) != "senza") != off)


def _named(t: Words, i: int, names: Collection[str]) -> tuple[bool, int]:
    """Return whether "con una focale" or the like begins at `i`, and the index of what is behind
    it; `i` if it does not."""
    at = i + (key(t, i) in TAKEN | MADE)
    at += key(t, at) in WITH
    at = skip(t, at, ARTICLES)
    return (True, at + 1) if key(t, at) in names else (False, i)


def _after(t: Words, i: int, small: Collection[str]) -> int:
    return i + (key(t, i) in small)


def _long(t: Words, i: int) -> int:
    """Return the end of "tempi lunghi", "a lunga esposizione" at `i`; 0 if it is not there."""
    at = i + (key(t, i) in ("con", "a", "in", "di"))
    if key(t, at) in ("tempi", "tempo", "esposizione", "esposizioni", "posa", "pose"):
        end = at + 1 + length_of_any(t, at + 1, OF_TIME)
        said = key(t, end) in ("lunghi", "lungo", "lunga", "lunghe")
        alone = key(t, at) in ("tempi", "esposizioni", "pose") or at > i or i == 0
        # "un tempo lungo" is no exposure, nor are "tempi lunghi di attesa"
        return end + 1 if said and alone and key(t, end + 1) not in OF else 0
    said = key(t, at) in ("lunga", "lunghe") and key(t, at + 1) in (
        "esposizione", "esposizioni", "posa", "pose",
    )  # fmt: skip
    # "una lunga esposizione di quadri"
    return at + 2 if said and key(t, at + 2) not in OF and (at > i or i == 0) else 0


def _stretch(
    t: Words, i: int, number: ReadNumber, *, needs_unit: bool, takes_dash: bool = True
) -> Phrase[Stretch] | None:
    """Return the numbers of the phrase at `i`: one, or those between two, above or below one.

    number: reads a number of the kind. needs_unit: whether one of the numbers must have its unit.
    takes_dash: whether two numbers may have a dash between them.
    """

    def at_number(at: int) -> _Number | None:
        return number(t, at) or number(t, skip(t, at, ARTICLES))

    def sure(*numbers: _Number) -> bool:
        return not needs_unit or any(each.sure for each in numbers)

    if takes_dash and (between := _between_dash(t, i, number)):
        low, high = sorted(each.value for each in between)
        return Phrase(between[1].end, Stretch(low, high)) if sure(*between) else None
    if key(t, i) in BETWEEN | FROM:
        joint = {"e"} if key(t, i) in BETWEEN else TO
        first = at_number(i + 1)
        if first and key(t, first.end) in joint:
            second = at_number(first.end + 1)
            if second and sure(first, second):
                low, high = sorted((first.value, second.value))  # "da 1/60 a 1/250"
                return Phrase(second.end, Stretch(low, high))
        if key(t, i) in BETWEEN or first is None or not sure(first):
            return None
        length = length_of_any(t, first.end, UP)
        return Phrase(first.end + length, Stretch(first.value, None)) if length else None
    i += key(t, i) in TO and not length_of_any(t, i, AT_MOST)
    for phrases, is_least, strict in (
        (AT_LEAST, True, False), (AT_MOST, False, False), (MORE, True, True), (LESS, False, True),
    ):  # fmt: skip
        if length := length_of_any(t, i, phrases):
            one = at_number(i + length)
            if one is None or not sure(one):
                continue
            if is_least:
                return Phrase(one.end, Stretch(one.value, None, strict))
            return Phrase(one.end, Stretch(None, one.value, strict))
    one = at_number(i)
    if one is None or not sure(one):
        return None
    if length := length_of_any(t, one.end, DOWN):
        return Phrase(one.end + length, Stretch(None, one.value))
    if length := length_of_any(t, one.end, UP):  # which has "o più"
        return Phrase(one.end + length, Stretch(one.value, None))
    return Phrase(one.end, Stretch(one.value, one.value))


def _between_dash(t: Words, i: int, number: ReadNumber) -> tuple[_Number, _Number] | None:
    """Return the numbers at `i` with a dash between them: "1/60-1/250", "2 s - 30 s", "100-400
    ISO"; None if there are none."""
    if not any(dash in word.key for word in t[i : i + MOST_OF_NUMBER] for dash in DASHES):
        return None
    parts = [
        Token(part, part, at, nth > 0 or t[at].glued)
        for at in range(i, min(len(t), i + 2 * MOST_OF_NUMBER))
        for nth, part in enumerate(filter(None, re.split(f"([{DASHES}])", t[at].key)))
    ]
    dash = next((n for n, part in enumerate(parts) if part.key in (*DASHES,)), 0)
    first, second = number(parts[:dash], 0), number(parts[dash + 1 :], 0)
    if first is None or second is None or first.end != dash:
        return None
    # "ISO 100-400", but not "ISO 100 - 2019"
    first = first._replace(sure=first.sure and parts[dash + 1].glued)
    end = dash + 1 + second.end
    if end < len(parts) and parts[end].at == parts[end - 1].at:
        return None  # "1-2-3"
    return first, second._replace(end=parts[end - 1].at + 1)


def _glued(t: Words, i: int) -> tuple[str, int]:
    """Return the tokens at `i` that no space parts, as one text, and the index after them."""
    text, end = "", i
    while end < len(t) and t[end].key and len(text) < 12 and (not text or t[end].glued):
        text, end = text + t[end].key, end + 1
    return text, end


def _plain(t: Words, i: int) -> tuple[str, int]:
    """Return the number at `i` as text ("50", "1.5", "1/250"), and the index after it."""
    text, end = _glued(t, i)
    while end > i and not text[-1:].isalnum():  # a comma or a full stop behind it
        end -= 1
        text = text[: -len(t[end].key)]
    return text, end


def _value(text: str) -> float | None:
    match = re.fullmatch(r"(\d{1,6}(?:[.,]\d{1,4})?)(?:/(\d{1,5}))?", text, re.ASCII)
    if match is None or (match[2] and not int(match[2])):
        return None
    return float(match[1].replace(",", ".")) / int(match[2] or 1)


def millimetres(t: Words, i: int) -> _Number | None:
    text, end = _plain(t, i)
    bare = text.removesuffix("mm")
    value = _value(bare) if "/" not in bare else None
    if not value or value >= 10_000:
        return None
    behind = bare == text and key(t, end) in ("mm", "millimetri")
    return _Number(value, end + behind, behind or bare != text)


def iso(t: Words, i: int) -> _Number | None:
    before = key(t, i) == "iso"
    text, end = _plain(t, i + before)
    glued = text.startswith("iso")
    bare = text.removeprefix("iso").removesuffix("iso")
    # "12.800 ISO", as Italians write it
    if not (re.fullmatch(r"\d{2,7}|\d{1,3}\.\d{3}", bare, re.ASCII) and int(bare.replace(".", ""))):
        return None
    behind = not before and not glued and key(t, end) == "iso"
    sure = before or behind or bare != text
    return _Number(float(bare.replace(".", "")), end + behind, sure)


def f_number(t: Words, i: int) -> _Number | None:
    spaced = key(t, i) == "f" and i + 1 < len(t) and not t[i + 1].glued
    text, end = _plain(t, i + spaced)
    match = re.fullmatch(r"(f?)(/?)(\d{1,2}(?:[.,]\d{1,2})?)", text, re.ASCII)
    if match is None or not 0 < (value := float(match[3].replace(",", "."))) <= 64:
        return None
    signed = bool(match[1] or spaced)
    sure = signed and (bool(match[2]) or not match[3].isdigit())
    return _Number(round(value, 1), end, sure)


def seconds(t: Words, i: int) -> _Number | None:
    if key(t, i) == "mezzo" and key(t, i + 1) == "secondo":
        return _Number(0.5, i + 2, True)
    text, end = _plain(t, i)
    bare = re.sub(r"(?<=\d)(s|sec)$", "", text)
    value = float(NUMBERS[bare]) if bare in NUMBERS else _value(bare)
    if not value:
        return None
    behind = end + (key(t, end) == "di" and "/" in bare)
    if bare == text and key(t, behind) in SECONDS:
        return _Number(value, behind + 1, True)
    if bare == text and key(t, end) in ("minuto", "minuti"):
        return _Number(60 * value, end + 1, True)
    is_fraction = re.fullmatch(r"1/\d{2,5}", bare) is not None and not _is_date(int(bare[2:]))
    return _Number(value, end, is_fraction or bare != text)


def _is_date(behind: int) -> bool:
    """Whether "1/" and this number may be a day of a month, or a month of a year."""
    return behind <= len(MONTHS) or behind in YEARS
