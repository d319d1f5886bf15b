"""A sentence while it is read: the roles of its words, and what its phrases gave so far."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from typing import NamedTuple, Protocol, TypeVar

from cercafoto.base.word_stems import is_telling
from cercafoto.question.context import Context
from cercafoto.question.filters.days import DAYS
from cercafoto.question.filters.file_filters import VIDEO
from cercafoto.question.filters.filter import NO_FILTERS, Filter
from cercafoto.question.grammar.exposure_phrases import tells_exposure
from cercafoto.question.grammar.tokens import Token, join, word_set
from cercafoto.question.grammar.vocabulary import (
    ARTICLES,
    IN,
    MADE,
    MOST_SMALL,
    OF,
    PAPERS,
    PHOTOS,
    TAKEN,
    TO,
    Lead,
)
from cercafoto.question.reading import Reading
from cercafoto.question.word_roles import WordRoles

# After these words a date is a name: via 25 aprile, piazza Primo Maggio.
STREETS = word_set(
    "via viale piazza piazzale piazzetta corso largo vicolo ponte borgo vico lungomare stazione "
    "metro metropolitana fermata scuola caserma brigata strada"
)


class HasEnd(Protocol):
    """A phrase that was read; `end` is the index of the token after it."""

    @property
    def end(self) -> int: ...


V = TypeVar("V")
P = TypeVar("P", bound=HasEnd)


class Spot(NamedTuple):
    """Where in a sentence a phrase may begin.

    free: the words that no phrase has taken.
    i: index in `free` of the first word of the phrase.
    before: the free words before the phrase.
    """

    free: list[Token]
    i: int
    before: list[Token]

    def words(self, phrase: HasEnd) -> list[Token]:
        """Return the words of a phrase that begins here."""
        return self.free[self.i : phrase.end]


class Sentence:
    """One sentence while it is read.

    known: what is known beside the sentence.
    read_apart: returns what some of its words mean as a sentence of their own.
    """

    def __init__(
        self,
        words: Sequence[Token],
        known: Context,
        read_apart: Callable[[Sequence[Token], Context], Reading],
    ) -> None:
        self.known, self.read_apart = known, read_apart
        self.has_kind, self.collections = cache(known.has_kind), cache(known.collections)
        self.roles = WordRoles(words)
        self.tells_exposure = tells_exposure(words)
        self.filters = NO_FILTERS
        self.exclude, self.written = list[str](), list[str]()
        self.order: str | None = None
        self.limit: int | None = None
        self.counts = self.together = False
        self.own: dict[str, list[list[Token]]] = {}  # as `Reading.own`
        self.looked_at = set[int]()  # indexes of words where `take_except_those` looked
        self.excepted_at = -2  # index of the last word of a phrase that leaves out photos
        self.relates = False  # whether a phrase is relative to other days: "prima del 2010"

    def unkept(self, spot: Spot, phrase: P | None) -> P | None:
        """Return a phrase that begins at a spot; None if there is none, or if one of its words was
        kept as text on purpose."""
        is_kept = phrase is not None and self.roles.has_kept(spot.words(phrase))
        return None if is_kept else phrase

    def lead(self, spot: Spot) -> Lead:
        """Return what the words before a spot say about a phrase that begins there."""
        before = spot.before
        last = before[-1].key if before else ""
        last_but_one = before[-2].key if len(before) > 1 else ""
        made = last in TAKEN or (last in MADE and last_but_one in PHOTOS)
        # "sul ponte del 25 aprile"
        street = last in STREETS or (last in OF and last_but_one in STREETS)
        alone = not before and not self.roles.taken
        loose = not before or last_but_one in IN | TO
        begin = before[:MOST_SMALL]
        first = next((w.key for w in begin if w.key not in ARTICLES | PHOTOS | OF), "")
        videos = not before and VIDEO.name in self.filters  # "i video più recenti"
        photos, papers = last in PHOTOS or videos, first in PAPERS
        return Lead(made, photos, last, alone, street, loose, papers, self.known.has_dates)

    def add(self, which: Filter[V], value: V) -> None:
        """Add a filter, beside another value that it may have."""
        self.filters = which.added(self.filters, value)

    def may_be_own(self, which: Filter[V], words: Sequence[Token], is_other: bool = False) -> None:
        """Remember for `Reading.own` the telling words of a phrase that gave a filter.

        is_other: whether a photo that has these words needs none of the phrases before.
        """
        telling = [word for word in words if word.key.isdecimal() or is_telling(word.key)]
        own = self.own.setdefault(which.name, [])
        if is_other or not own:
            own.append(telling)
        else:
            own[-1].extend(telling)

    def reading(self, text: str, alternatives: tuple[str, ...]) -> Reading:
        """Return what the sentence means.

        text, alternatives: see `Reading`.
        """
        own = [(name, join(words)) for name, phrases in self.own.items() for words in phrases]
        return Reading(
            text,
            self.filters,
            tuple(dict.fromkeys(self.exclude)),
            tuple(dict.fromkeys(self.roles.notes)),
            self.roles.all(),
            self.order,
            self.limit,
            tuple(each for each in own if not (each[0] == DAYS.name and self.relates)),
            self.counts,
            self.together,
            tuple(self.written),
            alternatives,
        )
