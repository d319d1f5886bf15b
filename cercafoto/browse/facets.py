"""Make the choices that narrow an answer: years, places, people, labels and so on, counted."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from cercafoto.base.paths import folder_of, printable
from cercafoto.browse.asked import Asked
from cercafoto.question.filters.all_filters import FACETS
from cercafoto.question.filters.filter import Counts, Facet, Filter
from cercafoto.results.photos import Facets

A = TypeVar("A", bound=Asked)


@dataclass(frozen=True)
class Choice(Generic[A]):
    """A choice that narrows an answer.

    said: name of the choice in Italian.
    photos: how many photos the choice leaves.
    asked: the question with this choice.
    """

    said: str
    photos: int
    asked: A


@dataclass(frozen=True)
class Group(Generic[A]):
    """The choices of one filter.

    title: what the choices are, in Italian.
    choices: empty if they were not counted.
    """

    which: Filter[Any]
    title: str
    choices: tuple[Choice[A], ...]


def groups(asked: A, counts: Facets) -> list[Group[A]]:
    """Return the choices that were counted, without those that would change nothing or leave all
    photos. Filters whose values are counted at once are left out if they have no choices."""
    made = []
    for which, facet in FACETS:
        counted = counts.of(which)
        folders = counted and isinstance(counted[0][0], bytes)
        say = _folder_names(counted) if folders else facet.say
        choices = tuple(
            Choice(printable(say(value)), number, asked.but(typed=typed))
            for value, number in counted
            if 0 < number < counts.photos
            and (typed := facet.choose(asked.typed, value)) != asked.typed
        )
        if choices or (which.name in counts.counted and not facet.at_once):
            made.append(Group(which, facet.title, choices))
    return made


def counted_later() -> list[tuple[Filter[Any], Facet]]:
    """Return the filters whose values are counted only when the person opens them."""
    return [(which, facet) for which, facet in FACETS if not facet.at_once]


def _folder_names(counted: Counts) -> Callable[[bytes], str]:
    """Return a function for the name of a folder: its path from the innermost folder that contains
    all those counted. If they have only the root of the disk in common, the whole path."""
    above = os.path.commonpath([folder_of(path) for path, _ in counted])

    def say(path: bytes) -> str:
        return printable(path if above == folder_of(above) else os.path.relpath(path, above))

    return say
