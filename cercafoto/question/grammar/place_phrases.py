"""Read phrases that name a place: "a Roma", "vicino a Siena", but not "al mare" and "in cucina",
which photos show.

The gazetteer knows the places. A place becomes a filter if some photo lies there, or if its name
cannot mean anything else: of "a New York" nothing is shown if no photo was taken there.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import NamedTuple, TypeAlias

from cercafoto.question.grammar.listed_words import (
    ADJECTIVES,
    WORDS,
    common_nouns,
    given_names,
    place_homonyms,
)
from cercafoto.question.grammar.place_meant import PlaceLookup, PlaceMeant, Places
from cercafoto.question.grammar.positions import is_exact, read_position
from cercafoto.question.grammar.tokens import Token, fold, join, tokens, word_set
from cercafoto.question.grammar.vocabulary import (
    AND,
    ARTICLES,
    FROM,
    IN,
    MONTH,
    OF,
    ON,
    TO,
    Lead,
    Words,
    count,
    key,
    length_of_any,
    skip,
)
from cercafoto.question.values import ITALY, PAESE

# Prepositions, and the words before these that mean a circle around a place.
NEARBY = (
    (TO, (("vicino",), ("vicini",), ("vicina",), ("vicine",), ("intorno",), ("attorno",))),
    (FROM, (("poco", "lontano"),)),
    (OF, (("nelle", "vicinanze"), ("nei", "dintorni"), ("nei", "pressi"), ("dalle", "parti"),
          ("dintorni",))),
)  # fmt: skip
# "A meno di 20 km da Bari", "entro i 20 km"
LESS_THAN = word_set("meno di i circa")
KINDS_OF_AREA = word_set(
    "monte monti lago laghi val valle valli isola isole golfo passo parco costa riviera altopiano "
    "alpe provincia"
)
# Words after which a name means a street, a church or a person.
NOT_BEFORE = word_set(
    "che come se si non ma anche fuori via viale piazza piazzale corso largo san santa santo los "
    "las new signor signora don zia zio nonna nonno zii mamma papa"
)
# A longer question is a sentence, in which a place needs its preposition.
MOST_WORDS = 5
LONGEST = 6  # words of a name: "Reggio nell'Emilia", "Santa Maria Capua Vetere"
# What is seen in a place or sent from it: "panorama da Bergamo". A train only comes from there.
SEEN_FROM = word_set(
    "vista viste panorama panorami tramonto tramonti alba cartolina cartoline saluti selfie"
)
# What is seen in many places and stays in its own: "il mare di Bari" was photographed there, "la
# pizza di Napoli" not. A church or a square is better seen: "il Duomo di Firenze".
SCENERY = word_set(
    "mare spiaggia spiagge lungomare porto porticciolo scogli scogliera tramonto tramonti alba "
    "albe neve nebbia campagna colline vigneti vicoli strade tetti mura giardini parchi mercatini"
)
# "Al sud" is where a photo was taken, in the part of Italy that the gazetteer calls "Sud Italia".
DIRECTIONS = word_set("nord sud nord-est nord-ovest nordest nordovest")
# What points there, or is called so: "una casa esposta al sud".
POINTING = word_set(
    "esposto esposta esposti esposte rivolto rivolta rivolti rivolte orientato orientata orientati "
    "orientate verso bussola ago polo vento venti stella facciata facciate parete versante finestra"
)
# Who does this goes there: "uccelli che volano al sud".
FLYING = word_set("vola volano volava volavano volando volare volati migra migrano migravano "
                  "migrando migrare migrati migratori")  # fmt: skip
AFTER_DIRECTION = TO | IN | ON | AND | word_set("con per che senza quando da non , ; . ? !")
# The article of a town's name in a preposition: "alla Spezia".
ARTICLE_IN = {"al": "il ", "all'": "l'", "alla": "la "}


# Finds a place by its name.
LookUp: TypeAlias = Callable[[str], "PlaceLookup | None"]


class Where(NamedTuple):
    """A phrase that names a place.

    end: index of the token after the phrase.
    place: the place that is meant; None if no photo lies there and the words may mean other things.
    found: the place as the gazetteer found it.
    """

    end: int
    place: PlaceMeant | None
    found: PlaceLookup


def read_where(t: Words, i: int, places: Places, lead: Lead) -> Where | None:
    """Return the place that the phrase at token `i` names after a preposition; None if it names
    none."""
    if i == 0 and is_exact(t):
        return _around(t, 0, places)
    near = _nearby(t, i)
    if near is not None:
        start, km = near
        return _around(t, start, places, km) or _named(
            t, start, places, lambda name: places.near(name, km)
        )
    if abroad := _abroad(t, i, places):
        lookup = places.abroad()
        return Where(abroad, _meant(lookup), lookup)
    if (part := _part_of_italy(t, i, places, lead)) is not None:
        return part
    word = key(t, i)
    if word in TO | IN:
        where = _after_article(t, i, places)
        if where is not None:
            return where
        find = places.find if word in ("a", "ad") else partial(_area_first, places)
        where = _named(t, i + 1, places, find)
        return where if where is not None and _fits(t[i], t[i + 1 : where.end], where) else None
    if word in ON:
        where = _named(t, i + 1, places, partial(places.find, areas_only=True))
        # "sulla salina", but "sul monte bianco"
        is_word = where is not None and where.end == i + 2 and _is_word(t[i + 1 : i + 2])
        return None if is_word else where
    # "foto di Firenze", "foto da Firenze", but not "foto di Anna"
    seen_from = word in FROM and (not lead.before or lead.before in SEEN_FROM)
    begins = word in OF and not lead.before
    of_scenery = word in OF and lead.before in SCENERY
    of_photos = word in OF | FROM and lead.photos
    if seen_from or begins or of_scenery or of_photos or (word in OF and lead.taken):
        where = _named(t, i + 1, places, places.find)
        if begins and where is not None and where.end < len(t):
            return None  # only "di Siena" asks for its photos
        if of_scenery and where is not None and not where.found.photos:
            return None
        if where is None or _is_person(t[i + 1 : where.end]) or _is_word(t[i + 1 : where.end]):
            return None
        # "da Roma a Napoli" is a way, and "da corsa" is not from the hamlet Corsa.
        is_other = seen_from and (key(t, where.end) in TO or not where.found.is_famous)
        return None if is_other or where.found.is_own else where
    return None


def is_exact_at(t: Words, i: int) -> bool:
    """Whether the phrase at token `i` names a position, whose numbers are no times."""
    near = _nearby(t, i)
    return (i == 0 and is_exact(t)) or (near is not None and bool(read_position(t, near[0])))


def _is_abroad(t: Words) -> bool:
    return (key(t, 0), key(t, 1)) == ("all'", "estero")


def _abroad(t: Words, i: int, places: Places) -> int:
    """Return where "all'estero" at `i` ends, or "fuori dall'Italia" with the country in which most
    photos were taken; 0 if it is not there."""
    if _is_abroad(t[i : i + 2]):
        return i + 2
    if key(t, i) != "fuori":
        return 0
    where = _named(t, i + 1 + (key(t, i + 1) in FROM), places, places.find)
    condition = where.found.place if where is not None and where.found.kind == PAESE else None
    home = places.abroad().place if condition is not None else None
    return where.end if where and home and condition and condition.name == home.name else 0


def _part_of_italy(t: Words, i: int, places: Places, lead: Lead) -> Where | None:
    """Return the part of Italy at `i` whose name is a direction: "al sud", "nel nord-est", "nel Sud
    d'Italia", "foto del nord"; None if there is none, or if most photos were taken abroad."""
    of_photos = key(t, i) in ("del", "dal") and (lead.photos or lead.taken)
    if not (of_photos or key(t, i) in ("al", "nel")) or lead.before in POINTING | FLYING:
        return None
    if key(t, i + 1) not in DIRECTIONS or _is_way(t, i):
        return None
    end = i + 2 + (key(t, i + 1) == "nord" and key(t, i + 2) in ("est", "ovest"))
    name = join(t[i + 1 : end])
    of_italy = end + (key(t, end) in OF)
    if key(t, of_italy) == "italia":
        end = of_italy + 1
    elif end < len(t) and t[end].at == t[end - 1].at + 1 and key(t, end) not in AFTER_DIRECTION:
        return None  # "nel sud della Francia", "al nord di Roma", "nel nord Europa"
    home = places.abroad().place
    lookup = places.find(f"{name} Italia") if home is None or home.name == ITALY else None
    return _where(end, lookup, places) if lookup is not None else None


def _is_way(t: Words, i: int) -> bool:
    """Whether the direction at `i` begins or ends a way: "dal nord al sud"."""
    compass = DIRECTIONS | {"est", "ovest"}
    to = skip(t, i + 1, compass)
    ends = key(t, i - 1) in compass and "dal" in (key(t, i - 2), key(t, i - 3))
    return ends or ((key(t, i), key(t, to)) == ("dal", "al") and key(t, to + 1) in compass)


def _around(t: Words, i: int, places: Places, km: float | None = None) -> Where | None:
    """Return the circle around the position at `i`; None if there is none. km: radius; None for a
    small one."""
    position = read_position(t, i)
    if position is None:
        return None
    lookup = places.around(*position.value, km)
    return Where(position.end, _meant(lookup), lookup)


def _area_first(places: Places, name: str) -> PlaceLookup | None:
    """Return a lake, an island or the like with this name, else another place: "in Salento" is not
    in the town of this name."""
    return places.find(name, areas_only=True) or places.find(name)


def _after_article(t: Words, i: int, places: Places) -> Where | None:
    """Return the town whose name has the article in the preposition at `i`: "alla Spezia"; else
    None."""
    article = ARTICLE_IN.get(key(t, i))
    if article is None or (_is_common(t[i + 1 : i + 2]) or not t[i + 1 :]):
        return None
    where = _named(t, i + 1, places, lambda name: places.find(f"{article}{name}"))
    return where if where is not None and where.found.is_famous else None


def _fits(preposition: Token, name: Words, where: Where) -> bool:
    """Whether a preposition is the right one in Italian before this kind of place.

    A town is "a Bari", a region "in Puglia" or "nelle Marche". So "in vaso" and "al forno" do not
    mean the towns Vaso and Forno. Before a name with its capital, any preposition is right.
    """
    kind = where.found.kind
    # A province with a name of its own is like a region: "in Trentino".
    named_so = fold(where.found.name) == fold(join(name))
    is_region = kind == "provincia" and not (named_so or _is_word(name))
    if name[0].is_name:
        return True
    if preposition.key in ("a", "ad"):
        return kind in ("comune", "luogo") or (kind == "provincia" and not is_region)
    return is_region or kind not in ("comune", "provincia")


def telling_name(words: Words) -> Words:
    """Return the words of a place by which someone may call a folder: "Baldo" of "al monte Baldo",
    but both words of "monte Bianco"."""
    own = [word for word in words if word.key not in KINDS_OF_AREA and not _is_small(word.key)]
    return words if not own or any(word.key in common_nouns() for word in own) else own


def read_whole(t: Words, places: Places) -> Where | None:
    """Return the place that the whole sentence names ("Sardegna", "le Cinque Terre"); else None. If
    the name has a small letter ("venezia"), the word must have no other meaning."""
    if not t or t[0].key in MONTH or _is_person(t):
        return None
    start = 1 if t[0].key in ARTICLES and len(t) > 1 else 0
    find = partial(_area_first, places) if start else places.find
    where = _name(t, start, len(t), places, find)
    if start and (where is None or where.found.kind in ("comune", "provincia")):
        start, where = 0, _name(t, 0, len(t), places, places.find)  # "la spezia"
    if where is None or where.place is None:
        return None
    is_other = where.found.kind == "comune" or where.found.is_own or _is_word(t[start:], ADJECTIVES)
    if where.found.photos == 0 and is_other:
        return None  # "Mercedes", "aia", "indiana"
    return where if t[start].is_name or not _is_word(t[start:], WORDS) else None


def read_next(t: Words, i: int, places: Places) -> Where | None:
    """Return the place whose name begins at `i`, after another place and a conjunction: "a Roma o
    Firenze"; None if the words have another meaning, or no photo lies there."""
    ends = range(min(len(t), i + LONGEST), i, -1)
    return next((where for end in ends if (where := _bare(t, i, end, places))), None)


def end_of_name(t: Words, i: int, places: Places) -> int:
    """Return where the name of a place that begins at `i` ends; 0 if there is none, or if the words
    have another meaning."""
    where = _named(t, i, places, places.find)
    return 0 if where is None or _is_word(t[i : where.end]) else where.end


def read_name_around(before: Words, t: Words, places: Places) -> tuple[int, Where] | None:
    """Return (how many words of the name stand before, the place) of a name that goes on with the
    preposition with which `t` begins: "Reggio nell'Emilia"; None if there is none. After another
    preposition, "un treno da Reggio nell'Emilia", no place is meant.

    before: the words before the preposition.
    """
    for number in range(min(len(before), LONGEST - 2), 0, -1):
        if before[-number].at == t[0].at - number:
            where = _named([*before[-number:], *t[:LONGEST]], 0, places, places.find)
            if where is not None and where.end > number + 1:
                is_meant = not _is_small(key(before, len(before) - number - 1))
                return number, where if is_meant else where._replace(place=None)
    return None


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
    where = _name(t, i, end, places, places.find)
    if where is None or not where.found.photos or _is_word(name, WORDS, ADJECTIVES):
        return None
    return where


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


def _is_common(name: Words) -> bool:
    """Whether a name is a single common noun, written with a small letter."""
    words = [word for word in name if word.key not in ARTICLES]
    return len(words) == 1 and not words[0].is_name and words[0].key in common_nouns()


def _nearby(t: Words, i: int) -> tuple[int, float | None] | None:
    """Return (where the name of the place begins, km) after "vicino a", "nei dintorni di", "entro
    10 km da" at `i`; None if no such words are there. km: None if the words do not say."""
    for prepositions, phrases in NEARBY:
        end = i + length_of_any(t, i, phrases)
        if end > i and key(t, end) in prepositions:
            return end + 1, None
    at = i
    if (key(t, i), key(t, i + 1), key(t, i + 2)) == ("nel", "raggio", "di"):
        at = i + 3
    elif key(t, i) in ("entro", "a"):
        at = skip(t, i + 1, LESS_THAN)
    number = count(key(t, at)) if at > i else 0
    if number and key(t, at + 1) in ("km", "chilometri", "chilometro") and key(t, at + 2) in FROM:
        return at + 3, float(number)
    return None


def _named(t: Words, i: int, places: Places, look_up: LookUp) -> Where | None:
    """Return the place whose name begins at `i`, the longest name of several; None if there is
    none."""
    ends = range(min(len(t), i + LONGEST), i, -1)
    return next((where for end in ends if (where := _name(t, i, end, places, look_up))), None)


def _name(t: Words, i: int, end: int, places: Places, look_up: LookUp) -> Where | None:
    """Return the place that the words from `i` to `end` name; None if they name none."""
    words = t[i:end]
    if not all(w.key for w in words) or not words[-1].key[-1:].isalpha() or _is_common(words):
        return None
    if not any(len(w.key) > 1 for w in words):
        return None
    article = words[0].key if words[0].key in ARTICLES and len(words) > 1 else ""
    if _is_small(words[0].key) and not article:
        return None
    lookup = look_up(join(words))
    if lookup is None or (lookup.name.isascii() and not words[-1].text[-1].isascii()):
        return None  # a "comò" is not in Como
    if article and not (lookup.is_famous and fold(lookup.name).startswith(article)):
        return None  # "la spezia", but no "il cane"
    return _where(end, lookup, places)


def _where(end: int, lookup: PlaceLookup, places: Places) -> Where:
    is_there = lookup.photos != 0 or (lookup.is_famous and places.has_positions())
    return Where(end, _meant(lookup) if is_there else None, lookup)


def _meant(lookup: PlaceLookup) -> PlaceMeant:
    kind = lookup.kind if lookup.km is None else "vicino"
    return PlaceMeant(lookup.name, kind, lookup.km, lookup.place)


def place_called(text: str, places: Places) -> PlaceMeant | None:
    """Return the place if a text only says a place ("Roma", "vicino a Siena", "all'estero"), even
    if no photo was taken there; else None."""
    t = tokens(text)
    if (near := _nearby(t, 0)) is not None:
        return place_near(join(t[near[0] :]), places, near[1])
    if _is_abroad(t) or text.lower() == "estero":
        return _meant(places.abroad())
    lookup = places.find(text)
    if lookup is None and key(t, 0) in IN | TO:
        lookup = places.find(join(t[1:]))
    if lookup is None:
        return place_near(text, places) if read_position(t, 0) else None
    return _meant(lookup)


def place_near(text: str, places: Places, km: float | None = None) -> PlaceMeant | None:
    """Return the circle around the place or position that a text says; None if it says none.

    km: its radius; None for one that suits the place.
    """
    t = tokens(text)
    where = _around(t, 0, places, km)
    if where is not None and where.end == len(t):
        return where.place
    lookup = places.near(text, km)
    return _meant(lookup) if lookup is not None else None


def _is_small(word: str) -> bool:
    """Whether a word is a preposition, an article or a conjunction: the name of a place does not
    begin with one."""
    return word in IN | TO | ON | OF | FROM or word in ARTICLES | {"e", "o", "con", "per"}
