"""Read a sentence: take out the phrases that mean filters, exclusions, an order or a limit; the
rest is text for the model.

Each kind of phrase is looked for in the whole sentence. All of them are looked for again until none
is found any more, so reading the remaining text once more changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from cercafoto.question.alternatives import alternatives_of
from cercafoto.question.brackets import Group, read_brackets
from cercafoto.question.context import Context
from cercafoto.question.grammar.exclusion_phrases import with_making_denied
from cercafoto.question.grammar.tokens import Token, join, tidy, tokens
from cercafoto.question.leftovers import drop_connectives, drop_lone_or, note_lone_period
from cercafoto.question.phrases.asking import drop_request, take_order, take_quantity, take_written
from cercafoto.question.phrases.exceptions import take_except_those, take_missing
from cercafoto.question.phrases.exclusions import take_without
from cercafoto.question.phrases.files import (
    take_collection,
    take_colour,
    take_exposure,
    take_file,
    take_kind,
)
from cercafoto.question.phrases.places import take_bare_place, take_place, take_position
from cercafoto.question.phrases.sentence import Sentence, Spot
from cercafoto.question.phrases.times import take_time
from cercafoto.question.reading import Reading
from cercafoto.question.word_roles import TEXT, WordRole

# Questions of people have up to six phrases, and are read in four rounds. Other ones cost no more.
MOST_PHRASES, MOST_ROUNDS = 24, 8


def read(sentence: str, known: Context, literal: bool = False) -> Reading:
    """Return what a sentence means.

    known: what is known beside the sentence.
    literal: take all words as text, and no word as a date or place.
    """
    if literal:
        # A command line in another encoding has bytes that are not text: the model takes only text.
        words = " ".join(sentence.encode("utf-8", "replace").decode("utf-8").split())
        return Reading(words, words=(WordRole(words, TEXT, "alla lettera"),) if words else ())
    asked = read_brackets(tokens(tidy(sentence)))
    return _read_words(asked.words, known, asked.groups, asked.notes)


def _read_words(
    words: Sequence[Token], known: Context, groups: Sequence[Group] = (), notes: Sequence[str] = ()
) -> Reading:
    """Return what some words mean: take phrases until none is found any more, which takes two
    rounds, rarely four.

    groups: see `alternatives_of`.
    notes: what the person should know of the brackets.
    """
    sentence = Sentence(words, known, _read_words)
    roles = sentence.roles
    roles.notes += notes
    free = with_making_denied(words)
    for _ in range(MOST_ROUNDS):
        taken = roles.taken
        for take in PHRASES:
            free = _look_for(sentence, free, take)
        free = take_bare_place(sentence, free)
        # Only when no phrase is found any more: words such as "foto di" and "scattate" tell what
        # follows them.
        if taken == roles.taken:
            free = drop_request(sentence, free)
        if taken == roles.taken:
            free = drop_connectives(free, roles)
        if taken == roles.taken and not alternatives_of(free, groups):
            free = drop_lone_or(free, roles)
        if taken == roles.taken:
            break
    alternatives = alternatives_of(free, groups)
    note_lone_period(free, roles, known.today)
    return sentence.reading(join(free), alternatives)


def _take_people(sentence: Sentence, spot: Spot) -> int:
    """Take a phrase that names people of the archive, or excludes them."""
    if sentence.known.known_people is None:
        return 0
    # Imported here: few archives know people by name.
    from cercafoto.question.phrases.people import take_people

    return take_people(sentence, spot)


# In this order: a phrase takes its words before those after it look for theirs.
PHRASES: tuple[Callable[[Sentence, Spot], int], ...] = (
    take_written,
    take_position,
    take_collection,
    take_except_those,
    _take_people,
    take_colour,
    take_exposure,
    take_time,
    take_kind,
    take_missing,
    take_without,
    take_place,
    take_file,
    take_order,
    take_quantity,
)


def _look_for(
    sentence: Sentence, free: list[Token], take: Callable[[Sentence, Spot], int]
) -> list[Token]:
    """Look for one kind of phrase at each of the free words. Return the words that are still
    free."""
    roles = sentence.roles
    before: list[Token] = []
    i = 0
    while i < len(free):
        if roles.phrases >= MOST_PHRASES:
            roles.notes.append("le condizioni sono troppe: le altre parole restano testo")
            before += free[i:]
            break
        is_open = free[i].key and not roles.has_kept(free[i : i + 1])
        if end := take(sentence, Spot(free, i, before)) if is_open else 0:
            before += roles.free(free[i:end])
            i = end
        else:
            before.append(free[i])
            i += 1
    return roles.free(before)
