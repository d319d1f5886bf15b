"""Take phrases that name a place, with a preposition or without."""

from __future__ import annotations

from collections.abc import Sequence

from cercafoto.base.word_stems import is_telling
from cercafoto.question.filters.excepted import Case, called_so
from cercafoto.question.filters.place import PLACE
from cercafoto.question.grammar.place_phrases import (
    Where,
    is_exact_at,
    read_bare,
    read_name_around,
    read_next,
    read_where,
    read_whole,
    telling_name,
)
from cercafoto.question.grammar.tokens import Token, join, tokens
from cercafoto.question.grammar.vocabulary import AND, Lead, key
from cercafoto.question.phrases.exceptions import leaves_out
from cercafoto.question.phrases.sentence import Sentence, Spot
from cercafoto.question.values import ABROAD
from cercafoto.question.word_roles import PLACE as WHERE

# As if after "foto": what is left out "di Roma" was taken there.
AFTER_PHOTOS = Lead(photos=True, before="foto")


def take_position(sentence: Sentence, spot: Spot) -> int:
    """Take a phrase of place with a position, before its numbers are read as times."""
    return take_place(sentence, spot) if is_exact_at(spot.free, spot.i) else 0


def take_place(sentence: Sentence, spot: Spot) -> int:
    """Take a phrase of place, which begins with a preposition."""
    places = sentence.known.places
    if places is None:
        return 0
    if _joins(sentence, spot.free[spot.i]):
        return _take_other(sentence, spot)
    lead = sentence.lead(spot)
    where = sentence.unkept(spot, read_where(spot.free, spot.i, places, lead))
    if where is None:
        return 0
    if (name := read_name_around(spot.before, spot.free[spot.i :], places)) is not None:
        number, around = name
        words = [*spot.before[-number:], *spot.free[spot.i :]][: around.end]
        _take(sentence, words, around)
        return spot.i + around.end - number if sentence.roles.is_taken(words[0].at) else 0
    words = spot.words(where)
    if leaves_out(sentence, spot, words, in_place(words, where)):
        pass
    elif where.place is not None:
        _take(sentence, words, where)
    elif where.found.is_own:
        return 0  # its photos are found by their own words
    else:
        sentence.roles.keep(words, places.why_none())
    return where.end


def _joins(sentence: Sentence, word: Token) -> bool:
    """Whether a word may join another place to one that was taken right before it."""
    if word.key not in AND | {","} or not word.at:
        return False
    is_asked = PLACE.of(sentence.filters) is not None
    return is_asked and sentence.roles.kind_at(word.at - 1) == WHERE


def _take_other(sentence: Sentence, spot: Spot) -> int:
    """Take one more place where a photo may have been taken: "a Roma o a Firenze", "a Roma,
    Firenze e Siena"."""
    (free, i, _), places, earlier = spot, sentence.known.places, PLACE.of(sentence.filters)
    assert places is not None and earlier is not None
    where = read_where(free, i + 1, places, Lead()) or read_next(free, i + 1, places)
    where = sentence.unkept(spot, where)
    is_more = free[i].key != "," or key(free, where.end if where else 0) in AND | {","}
    if where is None or where.place is None or not is_more:
        return 0
    words = spot.words(where)
    sentence.filters = sentence.filters.but(place=earlier.or_in(where.place))
    sentence.roles.take(words, WHERE, PLACE.say(where.place))
    if _has_name(where):
        sentence.may_be_own(PLACE, telling_name(words[1:]), is_other=True)
    return where.end


def take_bare_place(sentence: Sentence, free: list[Token]) -> list[Token]:
    """Take the name of a place without a preposition. Return the words that are still free."""
    places = sentence.known.places
    if places is None:
        return free
    begin, where = 0, read_whole(free, places)
    if where is None:
        begin, where = read_bare(free, places) or (0, None)
    if where is not None and not sentence.roles.has_kept(free[begin : where.end]):
        _take(sentence, free[begin : where.end], where)
    return sentence.roles.free(free)


def _take(sentence: Sentence, words: Sequence[Token], where: Where) -> None:
    """Add the filter of a place; if another place is already asked for, keep the words as text.
    Do nothing if no photo lies in the place."""
    if where.place is None:
        return
    if PLACE.of(sentence.filters) not in (None, where.place):
        sentence.roles.keep(words, "si cerca in un luogo per volta")
    else:
        sentence.filters = sentence.filters.but(place=where.place)
        sentence.roles.take(words, WHERE, PLACE.say(where.place))
        if _has_name(where):
            sentence.may_be_own(PLACE, telling_name(words))


def cases_in(sentence: Sentence, concept: str) -> list[Case]:
    """Return the photos taken in a place, and those that bear its name and have no position, if an
    excluded concept names a place, with or without a preposition; else []."""
    places = sentence.known.places
    if places is None:
        return []
    words = tokens(concept)
    where = read_where(words, 0, places, AFTER_PHOTOS) or read_whole(words, places)
    return in_place(words, where) if where is not None and where.end == len(words) else []


def in_place(words: Sequence[Token], where: Where) -> list[Case]:
    """Return the photos taken in a place, and those that bear its name and have no position.

    words: of the phrase that names the place.
    """
    cases: list[Case] = [((PLACE, where.place),)] if where.place is not None else []
    if _has_name(where):
        name = [word for word in telling_name(words) if is_telling(word.key)]
        cases += [called_so(join(name))] if name else []
    return cases


def _has_name(where: Where) -> bool:
    """Whether someone may call photos by the name of a place: not "vicino a Roma", "all'estero"."""
    return where.place is None or (where.place.radius_km is None and where.place.kind != ABROAD)
