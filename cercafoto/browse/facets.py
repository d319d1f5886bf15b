"""Make the choices that narrow an answer: years, places, people, labels and so on, counted."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from cercafoto.base.paths import folder_of, printable
from cercafoto.browse.asked import Asked, say_when
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


def choices(asked: A, counts: Facets) -> list[tuple[str, list[Choice[A]]]]:
    """Return (kind in Italian, its choices), without choices that would leave all photos and
    without kinds that then have no choices."""

    def one(field: str, counted: Sequence[tuple[str, int]]) -> list[Choice[A]]:
        others = [(name, n) for name, n in counted if name != getattr(asked, field)]
        return [Choice(printable(name), n, asked.but(**{field: name})) for name, n in others]

    def another(field: str, counted: Sequence[tuple[str, int]]) -> list[Choice[A]]:
        have = getattr(asked, field)
        others = [(name, n) for name, n in counted if name not in have]
        return [
            Choice(printable(name), n, asked.but(**{field: (*have, name)})) for name, n in others
        ]

    when = [
        Choice(say_when(when), n, asked.but(when=when)) for when, n in counts.months or counts.years
    ]
    folders = [
        Choice(name, n, asked.but(inside=path, folder=None))
        for name, path, n in _folders(counts.folders)
    ]
    groups = [
        ("Raccolte", one("collection", counts.collections)),
        ("Quando", when),
        ("Dove", one("place", counts.places)),
        ("Persone", another("people", counts.people)),
        ("Etichette", another("labels", counts.labels)),
        ("Cartelle", folders),
        ("Fotocamera", one("camera", counts.cameras)),
    ]
    narrower = [(name, [c for c in few if c.photos < counts.photos]) for name, few in groups]
    return [(name, few) for name, few in narrower if few]


def _folders(counts: Sequence[tuple[bytes, int]]) -> Iterator[tuple[str, bytes, int]]:
    """Yield (name, path, number of photos) of each folder. The name is the path from the innermost
    folder that contains all folders."""
    above = os.path.commonpath([folder_of(path) for path, _ in counts]) if counts else b""
    for path, number in counts:
        # If they have only the root of the disk in common, the name is the whole path.
        name = path if above == folder_of(above) else os.path.relpath(path, above)
        yield printable(name), path, number
