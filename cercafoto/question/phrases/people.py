"""Take phrases that name people of the archive, or exclude them."""

from __future__ import annotations

from itertools import islice

from cercafoto.question.filters.with_people import NOT_PEOPLE, PEOPLE
from cercafoto.question.grammar.person_phrases import read_people, read_without_people
from cercafoto.question.grammar.vocabulary import OR, key
from cercafoto.question.leftovers import NO_CHOICE
from cercafoto.question.phrases.sentence import Sentence, Spot
from cercafoto.question.word_roles import EXCLUDED, PERSON

MOST_GROUPS = 50  # of people, after "o": each of two groups with each of two others makes four


def take_people(sentence: Sentence, spot: Spot) -> int:
    """Take a phrase that names people, or excludes them."""
    known = sentence.known.known_people
    assert known is not None
    free, i, before = spot
    absent = read_without_people(free, i, key(before, len(before) - 1), known)
    if (absent := sentence.unkept(spot, absent)) is not None:
        sentence.add(NOT_PEOPLE, absent.groups)
        sentence.exclude += absent.concepts
        said = [NOT_PEOPLE.say(absent.groups).removeprefix("senza "), *absent.concepts]
        sentence.roles.take(spot.words(absent), EXCLUDED, f"senza: {', '.join(said)}")
        return absent.end
    named = read_people(free, i, before, known)
    if isinstance(named, str):
        sentence.roles.notes.append(named)
        return 0
    if (named := sentence.unkept(spot, named)) is None:
        return 0
    groups, earlier = named.groups, PEOPLE.of(sentence.filters)
    # Own words fulfil the whole filter, so they need the words of every group.
    may_be_own = earlier is None or PEOPLE.name in sentence.own
    if either := named.after_or and earlier is not None:
        # "Luca al mare o Anna": "(a and b) or c" is "(a or c) and (b or c)".
        pairs = (tuple(dict.fromkeys(a + b)) for a in earlier for b in groups)
        groups = tuple(dict.fromkeys(islice(pairs, MOST_GROUPS + 1)))
        if len(groups) > MOST_GROUPS:
            sentence.roles.keep(spot.words(named), "sono troppe persone insieme")
            return named.end
        sentence.filters = sentence.filters.but(people=groups)
    else:
        sentence.add(PEOPLE, groups)
    words = [*before[len(before) - named.lead :], *spot.words(named)]
    if words[-1].key in OR:
        sentence.roles.notes.append(NO_CHOICE)
    sentence.roles.take(words, PERSON, PEOPLE.say(groups))
    if named.own and may_be_own and not either:
        sentence.may_be_own(PEOPLE, named.own)
    else:
        sentence.own.pop(PEOPLE.name, None)
    return named.end
