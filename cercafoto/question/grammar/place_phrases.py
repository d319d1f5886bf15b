"""Read phrases that name a place: "a Roma", "vicino a Siena", but not "al mare" and "in cucina",
which photos show.

The gazetteer knows the places. A place becomes a filter only if some photo lies there.
"""

from __future__ import annotations

from typing import NamedTuple, Protocol

from cercafoto.question.grammar.listed_words import (
    ADJECTIVES,
    WORDS,
    common_nouns,
    given_names,
    place_homonyms,
)
from cercafoto.question.grammar.tokens import Token, join, tokens, word_set
from cercafoto.question.grammar.vocabulary import (
    ARTICLES,
    FROM,
    IN,
    MONTH,
    OF,
    TO,
    Context,
    Words,
    count,
    key,
)
from cercafoto.question.values import PlaceCondition

NEAR_KM = 30.0  # radius of "vicino a"
# Words that mean a circle around a place, with the prepositions that may follow.
NEARBY = (
    (("vicino",), TO),
    (("vicini",), TO),
    (("intorno",), TO),
    (("nei", "dintorni"), OF),
    (("nei", "pressi"), OF),
    (("dalle", "parti"), OF),
    (("dintorni",), OF),
)
ON = word_set("su sul sullo sull' sulla sugli sui sulle")
# Words after which a name means a street, a church or a person.
NOT_BEFORE = word_set(
    "che come se si non ma anche via viale piazza piazzale corso largo san santa santo los las new "
    "signor signora don zia zio nonna nonno zii mamma papa"
)
# A longer question is a sentence, in which a place needs its preposition.
MOST_WORDS = 5
LONGEST = 6  # words of a name: "Reggio nell'Emilia", "Santa Maria Capua Vetere"


class PlaceLookup(Protocol):
    """A place that the gazetteer found.

    name: its usual name in Italian.
    kind: "comune", "provincia", "regione", "paese" or "luogo".
    photos: how many photos of the archive lie there; None without an archive.
    place: the condition that these photos fulfil.
    """

    @property
    def name(self) -> str: ...
    @property
    def kind(self) -> str: ...
    @property
    def photos(self) -> int | None: ...
    @property
    def place(self) -> PlaceCondition | None: ...


class Places(Protocol):
    """A gazetteer, as the grammar asks it for places.

    Names are in NFC, with single spaces and straight apostrophes, in the person's own capitals and
    accents; the gazetteer compares them without case and accents.
    """

    def find(self, name: str) -> PlaceLookup | None:
        """Return the place with this name, in Italian or not ("Londra", "provincia di Siena"); None
        if there is none."""

    def near(self, name: str, km: float) -> PlaceLookup | None:
        """Return the circle with a radius of `km` around the comune or luogo with this name; None
        if there is no such place."""

    def why_none(self) -> str:
        """Return in Italian why a place has no photos."""


class PlaceMeant(NamedTuple):
    """The place that a question means.

    kind: kind of the place ("comune"), or "vicino" for a circle of `radius_km` around it.
    condition: the condition that its photos fulfil; None if the gazetteer gave none.
    """

    name: str
    kind: str
    radius_km: float | None = None
    condition: PlaceCondition | None = None


class Where(NamedTuple):
    """A phrase that names a place.

    end: index of the token after the phrase.
    place: the place that is meant; None if no photo lies there.
    kind: kind of the place itself, even if a circle around it is meant.
    photos: how many photos lie there; None without an archive.
    """

    end: int
    place: PlaceMeant | None
    kind: str
    photos: int | None


def read_where(t: Words, i: int, places: Places, context: Context) -> Where | None:
    """Return the place that the phrase at token `i` names after a preposition; None if it names
    none."""
    near = _nearby(t, i)
    if near is not None:
        start, radius = near
        return _named(t, start, places, radius)
    word = key(t, i)
    if word in TO | IN:
        where = _named(t, i + 1, places)
        return where if where is not None and _fits(t[i], t[i + 1], where) else None
    # "foto di Firenze", "foto da Firenze", but not "foto di Anna"
    if (word in OF and (context.photos or context.taken)) or (word in FROM and context.photos):
        where = _named(t, i + 1, places)
        if where is None or _is_person(t[i + 1 : where.end]) or _is_word(t[i + 1 : where.end]):
            return None
        return where
    return None


def _fits(preposition: Token, name: Token, where: Where) -> bool:
    """Whether a preposition is the right one in Italian before this kind of place.

    A town is "a Bari", a region "in Puglia" or "nelle Marche". So "in vaso" and "al forno" do not
    mean the towns Vaso and Forno. Before a name with its capital, any preposition is right.
    """
    if name.is_name:
        return True
    towns = where.kind in ("comune", "provincia")
    if preposition.key in ("a", "ad"):
        return where.kind in ("comune", "provincia", "luogo")
    return not towns or name.key == "provincia"


def read_whole(t: Words, places: Places) -> Where | None:
    """Return the place that the whole sentence names ("Sardegna"); else None. If the name has a
    small letter ("venezia"), photos must lie there and the word must have no other meaning."""
    if not t or t[0].key in MONTH or _is_person(t):
        return None
    where = _name(t, 0, len(t), places)
    if where is None or not (t[0].is_name or _is_bare_name(t, where, WORDS)):
        return None
    return where


def read_bare(t: Words, places: Places) -> tuple[int, Where] | None:
    """Return (where the name begins, the place) if a sentence ends or begins with the name of a
    place where photos lie, without a preposition: "mare sardegna", "venezia carnevale"; else
    None."""
    if len(t) > MOST_WORDS:
        return None
    for i in range(1, len(t)):
        if not (_is_small(t[i - 1].key) or t[i - 1].key in NOT_BEFORE or _is_surname(t, i)):
            where = _bare(t, i, len(t), places)
            if where is not None:
                return i, where
    for end in range(min(len(t) - 1, LONGEST), 0, -1):
        if not _is_small(t[end].key) or t[end].key in TO | IN:
            where = _bare(t, 0, end, places)
            if where is not None:
                return 0, where
    return None


def _is_surname(t: Words, i: int) -> bool:
    """Whether the name at `i` is a person's surname, after a given name: "Luca Ferrara", "di
    Michael Jackson"."""
    both = t[i].is_name and t[i - 1].is_name
    return t[i - 1].key in given_names() or (both and i > 1 and _is_small(t[i - 2].key))


def _bare(t: Words, i: int, end: int, places: Places) -> Where | None:
    """Return the place that the words from `i` to `end` name, if photos lie there and the words
    have no other meaning; else None."""
    name = t[i:end]
    if name[0].key in MONTH or _is_person(name):
        return None
    where = _name(t, i, end, places)
    return where if where is not None and _is_bare_name(name, where, WORDS, ADJECTIVES) else None


def _is_bare_name(name: Words, where: Where, *homonyms: str) -> bool:
    """Whether a name without a preposition means a place: photos lie there, and it is not another
    word in the given lists of `place_homonyms`."""
    return bool(where.photos) and not _is_word(name, *homonyms)


def _is_word(name: Words, *homonyms: str) -> bool:
    """Whether a name is a common word, written with a small letter.

    homonyms: the lists of `place_homonyms` that count for a single word; by default WORDS.
    """
    if name[0].is_name:
        return False
    words = [word.key for word in name if not _is_small(word.key)]
    if len(words) > 1:  # "onda verde", but not "cinque terre"
        return all(word in common_nouns() | place_homonyms()[WORDS] for word in words)
    return any(name[0].key in place_homonyms()[kind] for kind in homonyms or (WORDS,))


def _is_person(name: Words) -> bool:
    """Whether a name of a place is more likely a person's name: "Anna", "Vittoria"."""
    return len(name) == 1 and name[0].key in given_names()


def _nearby(t: Words, i: int) -> tuple[int, float] | None:
    """Return (where the name of the place begins, km) after "vicino a", "nei dintorni di", "entro
    10 km da" at `i`; None if no such words are there."""
    for words, prepositions in NEARBY:
        end = i + len(words)
        if tuple(key(t, i + n) for n in range(len(words))) == words and key(t, end) in prepositions:
            return end + 1, NEAR_KM
    at = i
    if (key(t, i), key(t, i + 1), key(t, i + 2)) == ("nel", "raggio", "di"):
        at = i + 3
    elif key(t, i) in ("entro", "a"):
        at = i + 1
    number = count(key(t, at)) if at > i else 0
    if number and key(t, at + 1) in ("km", "chilometri", "chilometro") and key(t, at + 2) in FROM:
        return at + 3, float(number)
    return None


def _named(t: Words, i: int, places: Places, radius: float | None = None) -> Where | None:
    """Return the place whose name begins at `i`, the longest name of several; None if there is
    none.

    radius: radius in km of a circle around the place; None for the place itself.
    """
    for end in range(min(len(t), i + LONGEST), i, -1):
        where = _name(t, i, end, places, radius)
        if where is not None:
            return where
    return None


def _name(t: Words, i: int, end: int, places: Places, radius: float | None = None) -> Where | None:
    """Return the place that the words from `i` to `end` name; None if they name none.

    radius: radius in km of a circle around the place; None for the place itself.
    """
    words = t[i:end]
    if not all(w.key for w in words) or not words[-1].key[-1:].isalpha():
        return None
    if len(words) == 1 and not words[0].is_name and words[0].key in common_nouns():
        return None
    if not any(len(w.key) > 1 for w in words) or _is_small(words[0].key):
        return None
    name = join(words)
    lookup = _look_up(name, places, radius)
    if lookup is None or (lookup.name.isascii() and not name.isascii()):
        return None  # a "comò" is not in Como
    place = None if lookup.photos == 0 else _place_meant(lookup, radius)
    return Where(end, place, lookup.kind, lookup.photos)


def _look_up(name: str, places: Places, radius: float | None) -> PlaceLookup | None:
    return places.find(name) if radius is None else places.near(name, radius)


def _place_meant(lookup: PlaceLookup, radius: float | None) -> PlaceMeant:
    kind = lookup.kind if radius is None else "vicino"
    return PlaceMeant(lookup.name, kind, radius, lookup.place)


def place_called(text: str, places: Places) -> PlaceMeant | None:
    """Return the place if a text only says a place ("Roma", "vicino a Siena", "in Puglia"), even if
    no photo was taken there; else None."""
    t = tokens(text)
    start, radius = _nearby(t, 0) or (0, None)
    lookup = _look_up(join(t[start:]), places, radius)
    if lookup is None and key(t, 0) in IN | TO and radius is None:
        lookup = places.find(join(t[1:]))
    return _place_meant(lookup, radius) if lookup is not None else None


def _is_small(word: str) -> bool:
    """Whether a word is a preposition, an article or a conjunction: the name of a place does not
    begin with one."""
    return word in IN | TO | ON | OF | FROM or word in ARTICLES | {"e", "o", "con", "per"}
