"""What is known beside a question: the day, and the names and words of an archive."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING

from cercafoto.question.filters.filter import Filters
from cercafoto.question.grammar.calendar_days import current_day
from cercafoto.question.grammar.place_meant import Places
from cercafoto.question.heard import Heard

if TYPE_CHECKING:
    from cercafoto.question.grammar.person_phrases import KnownPeople

# (name of a filter, the words of the question that gave it); see `Query.own`.
Own = tuple[tuple[str, str], ...]


def _never(word: str) -> bool:
    return False


@dataclass(frozen=True)
class Context:
    """What is known when a question is read. Without an archive most of it is missing.

    today: the day that "oggi" means.
    places: looks up names of places; None: no word is a place.
    cameras: names of the archive's cameras; None without an archive.
    people: names of the people in the archive's photos.
    vocabulary: words that a misspelt word may have meant; iterated once.
    written: whether words were read in any photo. If so, a phrase in quotes must be written in a
        photo, else it is text like the rest.
    is_right: whether a word is right although `vocabulary` lacks it. Places always are.
    is_own: see `spelling.suggest`.
    has_kind: whether the archive has photos of one of `kinds.FILE_KINDS`.
    has_dates: whether it has photos with a date.
    collections: returns the names of the collections.
    said: returns the items of `Query.own` whose words at least one photo has as its own, given
        them, `Query.all_words` and `Query.filters`.
    hear: returns the runs of words of a text that photos have as own words.
    """

    today: date = field(default_factory=current_day)
    places: Places | None = None
    cameras: Collection[str] | None = None
    people: Collection[str] = ()
    vocabulary: Iterable[str] = ()
    written: bool = False
    is_right: Callable[[str], bool] = _never
    is_own: Callable[[str], bool] = _never
    has_kind: Callable[[str], bool] = lambda kind: True
    has_dates: Callable[[], bool] = lambda: True
    collections: Callable[[], Sequence[str]] = lambda: ()
    said: Callable[[Own, str, Filters], Own] = lambda own, all_words, filters: ()
    hear: Callable[[str], tuple[Heard, ...]] = lambda text: ()

    @cached_property
    def known_people(self) -> KnownPeople | None:
        """The people of the archive; None if it has none. A person is also a place if photos were
        taken in a place of this name."""
        if not self.people:
            return None
        # Imported here: few archives know people by name.
        from cercafoto.question.grammar.person_phrases import KnownPeople

        return KnownPeople(self.people, self._has_photos_of_place)

    def _has_photos_of_place(self, name: str) -> bool:
        place = self.places.find(name) if self.places is not None else None
        return place is not None and bool(place.photos)

    def is_spelt_right(self, word: str) -> bool:
        """Whether a word is right although `vocabulary` lacks it."""
        return self.is_right(word) or (
            self.places is not None and self.places.find(word) is not None
        )
