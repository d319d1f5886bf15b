"""Handle the words that no phrase took: drop connecting words, explain a period without a year."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from cercafoto.question.grammar.kind_phrases import BEING_MADE
from cercafoto.question.grammar.periods import read_period
from cercafoto.question.grammar.tokens import Token, word_set
from cercafoto.question.grammar.vocabulary import (
    AND,
    FROM,
    IN,
    MADE,
    OF,
    ON,
    OR,
    PHOTOS,
    SEASONS,
    TAKEN,
    TO,
)
from cercafoto.question.word_roles import EXCLUDED, FILE, PERSON, PLACE, SERVICE, TIME, WordRoles

# Without "foto" some of BEING_MADE are things: sockets, facts.
AROUND_PHOTOS = BEING_MADE - word_set("mai prese riprese ripreso ripresi fatti filmati") | word_set(
    "le la i gli il lo una un tutte tutti di mie nostre mia nostra delle della e che tutto"
)
CONJUNCTIONS = AND | {"ma", "pero"}
DENIED = word_set("ne non")
MARKS = frozenset(",;.:?!")
NO_CHOICE = "«o» fra una condizione e quello che si vede vale «e»: si cercano insieme"


def drop_connectives(free: list[Token], roles: WordRoles) -> list[Token]:
    """Mark as taken the free words that only connected phrases already taken, and return the other
    free words. Such words are a comma beside a phrase, a final "?", "e" between two phrases or
    between one and the text, "o" between the text and a phrase, "scattate" before a phrase, "da"
    before a person, "del", or "di" before a name, behind a phrase about the file or what is
    excluded, and "foto" if no other word is left.
    """
    if not roles.taken:
        return free
    dropped = [word for at, word in enumerate(free) if _is_connective(free, at, roles)]
    if not dropped and all(word.key in PHOTOS | AROUND_PHOTOS for word in free):
        dropped = free
    for word in dropped:
        roles.take([word], SERVICE, "serviva a legare il resto")
    return roles.free(free)


def _is_connective(free: Sequence[Token], at: int, roles: WordRoles) -> bool:
    """Whether the free word at `at` only connected phrases that were taken."""
    word = free[at]
    taken_before = word.at == 0 or roles.is_taken(word.at - 1)
    taken_after = word.at == len(roles.words) - 1 or roles.is_taken(word.at + 1)
    if word.key in MARKS:
        return taken_before or taken_after
    if word.key in AND and taken_after and at == len(free) - 1:
        return True  # "Luca al mare o Anna", "foto del mare e solo video"
    if word.key in CONJUNCTIONS:
        begins = at == 0 and word.at > 0 and len(free) > 1 and word.key not in OR
        return taken_before and (taken_after or begins)
    if word.key in OF and at == 0 and word.at and not taken_after:
        # "le preferite del mare", "le preferite di Kira", but not "le preferite di notte"
        joins = word.key not in ("di", "d'") or any(after.is_name for after in free[1:2])
        return joins and roles.kind_at(word.at - 1) in (FILE, EXCLUDED)
    if word.key in FROM and taken_after:
        return roles.kind_at(word.at + 1) == PERSON  # "da nonna Ines"
    if word.key in PHOTOS and taken_after and at == 0 and len(free) > 1:
        # "foto senza luogo al mare"
        return roles.kind_at(word.at + 1) in (FILE, EXCLUDED) and free[1].key in TO | IN | ON
    if word.key in PHOTOS and taken_after and roles.kind_at(word.at + 1) == FILE:
        return at > 0 and free[at - 1].key in MARKS and free[at - 1].at == word.at - 1
    verb = word.key in TAKEN or (word.key in MADE and at > 0 and free[at - 1].key in PHOTOS)
    verb = verb or word.key == "fatte"  # "Zorba e Birba fatte nel 2021"
    if verb and roles.kind_at(word.at + 1) == EXCLUDED:
        return roles.words[word.at + 1].key in DENIED  # "foto scattate né a Roma né a Siena"
    return verb and roles.kind_at(word.at + 1) in (TIME, PLACE, FILE, PERSON)


def drop_lone_or(free: list[Token], roles: WordRoles) -> list[Token]:
    """Return the free words without each "o" that begins or ends them or stands beside a phrase: it
    joins no alternatives. Note that a condition and what is seen are both asked for."""
    lone = [at for at, word in enumerate(free) if word.key in OR and _is_lone(free, at, roles)]
    if len(lone) == len(free):
        return free
    for at in lone:
        beside = roles.is_taken(free[at].at - 1) or roles.is_taken(free[at].at + 1)
        if beside and not roles.has_kept(free[max(at - 1, 0) : at + 2]):
            roles.notes.append(NO_CHOICE)
        roles.take([free[at]], SERVICE, "serviva a legare il resto")
    return roles.free(free)


def _is_lone(free: Sequence[Token], at: int, roles: WordRoles) -> bool:
    before, after = free[at].at - 1, free[at].at + 1
    return at in (0, len(free) - 1) or roles.is_taken(before) or roles.is_taken(after)


def note_lone_period(free: Sequence[Token], roles: WordRoles, today: date) -> None:
    """If the whole sentence is a period without a year (a season, a month, a feast), keep it as
    text and note how to write it as a date."""
    if not free or roles.taken or roles.has_kept(roles.words):
        return
    period = read_period(free, 0, today)
    if period is None or period.end != len(free):
        return
    if free[0].key in SEASONS:
        roles.keep(free, f"per il periodo scrivi «{free[0].text} {today.year - 1}»")
    elif period.yearly:
        roles.keep(free, f"per il periodo scrivi «{period.yearly.phrase}»")
