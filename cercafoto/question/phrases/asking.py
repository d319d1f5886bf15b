"""Take phrases that say which photos come first and how many, what is written in them, and words
that only ask: "mostrami le foto di"."""

from __future__ import annotations

from cercafoto.question.grammar.order_phrases import read_order, read_quantity
from cercafoto.question.grammar.request_phrases import (
    HOW_MANY,
    before_whom,
    read_count,
    read_how_many,
    read_purpose,
    read_request,
    read_together,
    read_written,
    trailing_marks,
)
from cercafoto.question.grammar.sayings import ORDERED, say_limit
from cercafoto.question.grammar.tokens import Token, join, word_set
from cercafoto.question.grammar.vocabulary import IN, MADE, PHOTOS, TAKEN, TO, key, skip
from cercafoto.question.phrases.sentence import Sentence, Spot
from cercafoto.question.quoted import NOTHING_READ
from cercafoto.question.values import LATEST
from cercafoto.question.word_roles import ORDER, PERSON, QUANTITY, SERVICE, WRITTEN

ALBUM = word_set("foto fotografie immagini")
ASKED = "serviva a chiedere"
ENDS = frozenset(",;?!")


def take_written(sentence: Sentence, spot: Spot) -> int:
    """Take "con scritto" with the words after it, which must be written in a photo."""
    free, i, _ = spot
    begin = read_written(free, i)
    if begin == i or begin == len(free):
        return 0
    if not sentence.known.written:
        sentence.roles.take(free[i:begin], SERVICE, ASKED)
        sentence.roles.notes.append(NOTHING_READ)
        return begin
    end = next((n for n in range(begin, len(free)) if free[n].key in ENDS), len(free))
    sentence.written.append(join(free[begin:end]))
    if trailing_marks(free) <= end:
        end = len(free)
    sentence.roles.take(free[i:end], WRITTEN, "è scritto nella foto")
    return end


def take_order(sentence: Sentence, spot: Spot) -> int:
    """Take a phrase that says which photos come first."""
    order = sentence.unkept(spot, read_order(spot.free, spot.i, sentence.lead(spot)))
    if order is None:
        return 0
    words = spot.words(order)
    if sentence.order not in (None, order.order):
        sentence.roles.keep(words, "c'è già un altro ordine")
    else:
        sentence.order = order.order
        sentence.limit = sentence.limit or order.limit
        many = [say_limit(order.limit)] if order.limit else []
        sentence.roles.take(words, ORDER, ", ".join([ORDERED[order.order], *many]))
    return order.end


def take_quantity(sentence: Sentence, spot: Spot) -> int:
    """Take a phrase that says how many photos to show."""
    quantity = None if sentence.limit else sentence.unkept(spot, read_quantity(*spot))
    if quantity is None:
        return 0
    sentence.limit = quantity.value
    sentence.roles.take(spot.words(quantity), QUANTITY, say_limit(quantity.value))
    return quantity.end


def take_together(sentence: Sentence, free: list[Token]) -> list[Token]:
    """Return the free words without "insieme" if people, or anyone beside it, are asked for: all of
    them must be there anyway."""
    for i in range(len(free)):
        end = read_together(free, i)
        is_last = end == len(free) or sentence.roles.is_taken(free[end - 1].at + 1)
        after_a_person = free[i].at and sentence.roles.kind_at(free[i].at - 1) == PERSON
        if end > i and is_last and (i or after_a_person):
            sentence.together = True
            sentence.roles.take(free[i:end], SERVICE, "tutti nella stessa foto")
            return sentence.roles.free(free)
    return free


def _only_asks(sentence: Sentence, free: list[Token], purpose: int, marks: int) -> bool:
    """Whether "da stampare" and the like from `purpose` to `marks` only say what photos are for.
    The question then says which photos, and the words are no label or folder of the person's."""
    words = free[purpose:marks]
    says_which = sentence.roles.taken or skip(free, 0, HOW_MANY | PHOTOS) < purpose
    if not says_which or sentence.roles.has_kept(words):
        return False
    return not any(each.covers == 1 for each in sentence.known.hear(join(words)))


def drop_request(sentence: Sentence, free: list[Token]) -> list[Token]:
    """Return the free words without words that only ask ("mostrami le foto di") and without final
    question marks; [] for "tutte le foto", which asks for the latest first."""
    roles = sentence.roles
    free = take_together(sentence, free)
    if key(free, 0) in PHOTOS and key(free, 1) in TAKEN | MADE and key(free, 2) in TO | IN:
        roles.take(free[1:2], SERVICE, ASKED)  # "foto fatte a Lisbona"
        return roles.free(free)
    begin = last = end = read_count(free)
    if not end:
        end, begin, last = read_how_many(free)
    if end and not roles.has_kept([*free[:end], *free[begin:last]]):
        sentence.counts = True
        asking = [*free[:end], *free[begin:last], *free[max(last, trailing_marks(free)) :]]
        roles.take(asking, SERVICE, "si vuole sapere quante sono")
        return roles.free(free)
    end = read_request(free)
    marks = trailing_marks(free)
    if (purpose := read_purpose(free)) < marks and _only_asks(sentence, free, purpose, marks):
        roles.take(free[purpose:], SERVICE, ASKED)
        return roles.free(free)
    if not end or roles.has_kept(free[:end]):
        return free
    if end >= marks and not roles.taken and (whom := before_whom(free, end)):
        end = whom
    elif end >= marks and not roles.taken:
        if free[end - 1].key not in ALBUM or free[0].key in ("una", "un'"):
            return free
        sentence.order = LATEST
        roles.take(free, ORDER, ORDERED[LATEST])
        return []
    asking = [*free[:end], *(free[marks:] if marks >= end else [])]
    roles.take(asking, SERVICE, ASKED)
    return roles.free(free)
