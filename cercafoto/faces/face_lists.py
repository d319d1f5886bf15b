"""List faces with what is known of them: those of a person, of a photo, and those put aside."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from cercafoto.archive.local.face_store import FaceTable
from cercafoto.archive.local.face_tables import (
    ATTACHED,
    CONFIRMED,
    FROM_FILE,
    MAYBE,
    NO_FACE,
    UNASKED,
)
from cercafoto.base.arrays import Ints

WORDS = {
    CONFIRMED: "detto da te",
    FROM_FILE: "dal file",
    ATTACHED: "per somiglianza",
    MAYBE: "in dubbio",
    NO_FACE: "non è un volto",
    UNASKED: "da non chiedere",
}


@dataclass(frozen=True)
class FaceState:
    """A face of a list, and what is known of it.

    known: CONFIRMED: somebody said the name; FROM_FILE, ATTACHED, MAYBE, NEW, NO_FACE, UNASKED: see
        `face_tables`.
    name: of its person, "" if nobody's.
    sure: 0 to 1; 1 if the name was said, or is in the file.
    faces: ids of the faces of the same video that have its answers, itself included; of a photo
        only the face itself.
    """

    face_id: int
    known: int
    name: str
    sure: float
    faces: tuple[int, ...]

    @property
    def is_doubtful(self) -> bool:
        return self.known == MAYBE

    @property
    def word(self) -> str:
        """What is known, in Italian; "" if nothing."""
        return WORDS.get(self.known, "")


@dataclass(frozen=True)
class FacePerson:
    """A person with faces.

    face_id: the surest face.
    sure, doubtful: how many faces are theirs, and may be; all that are alike in a video count one.
    """

    name: str
    face_id: int
    sure: int
    doubtful: int


def states(table: FaceTable, names: dict[int, str], at: Iterable[int]) -> list[FaceState]:
    """Return the faces at some indices of a table, in this order, the faces of a unit that have the
    same answer once."""
    same: dict[tuple[int, int, int], list[int]] = {}
    keys = list(zip(table.units.tolist(), table.known.tolist(), table.people.tolist(), strict=True))
    for face_id, key in zip(table.ids.tolist(), keys, strict=True):
        same.setdefault(key, []).append(face_id)
    chosen: dict[tuple[int, int, int], int] = {}
    for index in at:
        chosen.setdefault(keys[index], index)
    return [
        FaceState(
            face_id := int(table.ids[index]),
            FROM_FILE if face_id in table.from_file else int(table.known[index]),
            names.get(int(table.people[index]), ""),
            float(table.sure[index]),
            tuple(same[key]),
        )
        for key, index in chosen.items()
    ]


def of_person(table: FaceTable, person: int) -> Ints:
    """Return the indices of a person's faces: said ones first, then the likest, doubtful ones
    last."""
    own = np.flatnonzero(table.people == person)
    order = np.lexsort([-table.sure[own], table.known[own] == MAYBE])
    return own[order]


def put_aside(table: FaceTable) -> Ints:
    """Return the indices of the faces that are none, or that nobody should be asked about."""
    return np.flatnonzero(np.isin(table.known, (NO_FACE, UNASKED)))


def people(table: FaceTable, names: dict[int, str]) -> list[FacePerson]:
    """Return everybody with a face, sorted by name."""
    own = np.flatnonzero(np.isin(table.people, [*names]))
    order = np.lexsort([-table.sure[own], table.known[own] == MAYBE])
    faces: dict[str, list[FaceState]] = {}
    for state in states(table, names, own[order]):
        faces.setdefault(state.name, []).append(state)
    found = []
    for name in names.values():
        if theirs := faces.get(name):
            doubtful = sum(each.is_doubtful for each in theirs)
            found.append(FacePerson(name, theirs[0].face_id, len(theirs) - doubtful, doubtful))
    return found
