"""Read phrases that say which photos come first, and how many are asked for: "le ultime foto", "le
foto più vecchie", "5 foto di gatti".

"La casa più vecchia" and "un muro con 5 foto" are things that photos show, and stay text; "Zorba,
le più vecchie" asks for photos.
"""

from __future__ import annotations

from typing import NamedTuple

from cercafoto.question.grammar.request_phrases import KINDS, PICTURES, only_asks
from cercafoto.question.grammar.tokens import word_set
from cercafoto.question.grammar.vocabulary import (
    ARTICLES,
    FROM,
    IN,
    OF,
    PHOTOS,
    TAKEN,
    TO,
    Lead,
    Phrase,
    Words,
    count,
    key,
    skip,
)
from cercafoto.question.values import BY_CONFIDENCE, BY_NAME, LATEST, OLDEST

FIRST_COME = dict.fromkeys(word_set("ultime ultima ultimi ultimo"), LATEST)
FIRST_COME |= dict.fromkeys(word_set("prime prima primi primo"), OLDEST)
RECENT = word_set("recenti recente nuove nuova nuovi")
OLD = word_set("vecchie vecchia vecchi antiche antica")
OWN = word_set("mie nostre miei nostri mia nostra")
SORTED = word_set("ordina ordinate ordinati ordinale ordinali")
NAMED = {"data": OLDEST, "nome": BY_NAME, "fiducia": BY_CONFIDENCE}
ALSO_NAMED = {"cronologico": OLDEST, "alfabetico": BY_NAME}
REVERSED = word_set("inverso decrescente contrario")
ABOUT = {"paio": 2, "decina": 10, "dozzina": 12, "quindicina": 15, "ventina": 20, "trentina": 30,
         "cinquantina": 50}  # fmt: skip
# Words that may follow the photos asked for. After another word, the photos are a thing that a
# photo shows: "4 foto appese al muro".
FOLLOWING = OF | IN | TO | TAKEN | {"", "con", "senza", "dove", "che", "quando", "piu", ",", "?"}
MOST_ASKING = 12  # words that only ask, before the number: "vorrei rivedere, per favore,"


class Order(NamedTuple):
    """A phrase that says which photos come first.

    end: index of the token after the phrase.
    order: one of ORDERS.
    limit: how many photos are asked for; None if the phrase does not say.
    """

    end: int
    order: str
    limit: int | None = None


def read_order(t: Words, i: int, lead: Lead) -> Order | None:
    """Return the order that the phrase at token `i` asks for; None if it asks for none."""
    if (order := _named_order(t, i)) is not None:
        return order
    i += key(t, i) in SORTED and key(t, i + 1) in FROM  # "ordinate dalla più recente"
    first = key(t, i) == "prima" and key(t, i + 1) == "le"  # "Zorba, prima le più vecchie"
    at = skip(t, i + first, ARTICLES | FROM | OWN)
    if (order := _last_photos(t, at, lead)) is not None:
        return order
    number = count(key(t, at))  # "le 10 foto più recenti"
    at += bool(number)
    order = _photos_most_recent(t, at) or _most_recent(t, i, at, lead)
    return order and order._replace(limit=number or None)


def _named_order(t: Words, i: int) -> Order | None:
    """Return the order of "in ordine di data", "ordinate per nome" at `i`; None for none."""
    at = i + (key(t, i) in SORTED)
    in_order = (key(t, at), key(t, at + 1)) == ("in", "ordine")
    at += 2 * in_order
    order = ALSO_NAMED.get(key(t, at)) if in_order else None
    if order is None and at > i and key(t, at) in ("per", "di"):
        at += 1
        order = NAMED.get(key(t, at))
    if order is None:
        return None
    is_reversed = order == OLDEST and key(t, at + 1) in REVERSED
    return Order(at + 1 + is_reversed, LATEST if is_reversed else order)


def _last_photos(t: Words, at: int, lead: Lead) -> Order | None:
    """Return the order of "ultime 20 foto", "prima foto", "ultime di" at `at`; None if there is
    none."""
    order = FIRST_COME.get(key(t, at), "")
    if not order:
        return None
    first, number = key(t, at), count(key(t, at + 1))
    at += 1 + bool(number)
    if key(t, at) in PHOTOS:
        return Order(_without_link(t, at + 1), order, number or None)
    if lead.alone and first in ("ultime", "prime") and key(t, at) in OF:
        return Order(_without_link(t, at), order, number or None)
    alone = order == LATEST and at == len(t) and first in ("ultime", "ultimi")
    return Order(at, order, number or None) if alone else None


def _photos_most_recent(t: Words, at: int) -> Order | None:
    """Return the order of "foto più recenti", "foto recenti" at `at`; None if there is none."""
    if key(t, at) not in PHOTOS:
        return None
    order, end = _how_old(t, at + 1)
    if not order and key(t, at + 1) in RECENT - word_set("nuove nuova nuovi"):
        order, end = LATEST, at + 2
    return Order(_without_link(t, end), order) if order else None


def _most_recent(t: Words, i: int, at: int, lead: Lead) -> Order | None:
    """Return the order of a phrase like "le più vecchie", "dalla più recente", which begins at `i`
    and whose "più" is at `at`; None if there is none, or if it is about a thing, not photos."""
    order, end = _how_old(t, at)
    at_last = end == len(t) and lead.before == "," and key(t, i) in ("le", "dalle", "prima")
    if not order or not (lead.alone or lead.photos or at_last or key(t, i) in FROM):
        return None
    if key(t, end) in PHOTOS:
        end += 1
    if key(t, i) in FROM and key(t, end) in TO:  # "dalla più vecchia alla più recente"
        last, after = _how_old(t, end + 1)
        end = after if last not in ("", order) else end
    if end < len(t) and key(t, end) not in OF | IN | TO | {",", "con", "senza"}:
        return None
    return Order(_without_link(t, end), order)


def _how_old(t: Words, at: int) -> tuple[str, int]:
    """Return (order, end) of "più recenti", "meno recenti" at `at`; ("", at) if there is none."""
    more, age = key(t, at), key(t, at + 1)
    if more not in ("piu", "meno") or age not in RECENT | OLD:
        return "", at
    return LATEST if (more == "piu") == (age in RECENT) else OLDEST, at + 2


def _without_link(t: Words, at: int) -> int:
    """Return the index after a word like "del" at `at` ("le ultime foto del gatto"); `at` if there
    is no such word."""
    return at + 1 if key(t, at) in OF and at + 1 < len(t) and key(t, at + 1) not in KINDS else at


def read_quantity(t: Words, i: int, before: Words) -> Phrase[int] | None:
    """Return how many photos the phrase at token `i` asks for; it ends before "foto" and the like.
    None if it does not say, or if the words `before` it do more than ask."""
    at = i + (key(t, i) in ("un", "una"))
    if at > i and key(t, at + 1) != "di":
        return None
    number = ABOUT.get(key(t, at), 0) if at > i else count(key(t, i))
    end = at + 1 + (at > i)
    if not number or key(t, end) not in PICTURES or key(t, end + 1) not in FOLLOWING:
        return None
    asks = len(before) <= MOST_ASKING and only_asks(before)
    return Phrase(end, number) if asks else None
