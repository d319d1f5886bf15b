"""Write answers about faces: as one action that can be undone, followed by a new guess."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from cercafoto.archive.local.face_history import recorded
from cercafoto.archive.local.face_store import FaceStore, FaceTable
from cercafoto.archive.local.face_tables import CONFIRMED, NO_FACE
from cercafoto.errors import UsageError
from cercafoto.faces.face_run import guess_people
from cercafoto.faces.questions import OPEN
from cercafoto.photos.metadata_values import name_of

LONGEST_NAME = 80


@contextmanager
def changing(path: Path, verb: str, who: str) -> Iterator[FaceStore]:
    """Write all changes of the block as one action, then guess again whose the other faces are.
    All in one transaction."""
    with FaceStore.open(path) as store, recorded(store, verb, who):
        yield store
        guess_people(store)


@contextmanager
def answering(
    path: Path, verb: str, who: str, face_ids: Sequence[int]
) -> Iterator[tuple[FaceStore, list[int]]]:
    """Yield the open file, and the ids of those faces that still exist, with all faces of their
    units: a question may have been on the screen while photos or people were deleted. Raises
    UsageError if no face exists."""
    with changing(path, verb, who) as store:
        faces = with_units(store.table(), face_ids)
        if not faces:
            raise gone()
        yield store, faces


def gone() -> UsageError:
    return UsageError("Questi volti non ci sono più.", "Passa alla prossima domanda.")


def with_units(table: FaceTable, face_ids: Sequence[int]) -> list[int]:
    """Return the ids of those faces that still exist, with all faces of their units."""
    asked = np.isin(table.ids, face_ids)
    # Groups are made of the faces that nobody has decided about.
    grouped = ~np.isin(table.known, (CONFIRMED, NO_FACE))
    grouped &= np.isin(table.known, OPEN) | np.isin(table.people, table.people[asked])
    also = grouped & np.isin(table.units, table.units[asked & grouped])
    decided = asked & ~grouped
    for known, person in {
        *zip(table.known[decided].tolist(), table.people[decided].tolist(), strict=True)
    }:
        same = (table.known == known) & (table.people == person)
        also |= same & np.isin(table.units, table.units[decided & same])
    faces: list[int] = table.ids[asked | also].tolist()
    return faces


def one_a_photo(table: FaceTable, face_ids: Sequence[int], person: int) -> set[int]:
    """Return some of these faces, one of each photo without another face that is surely the
    person's: the likest to all of them."""
    at = np.flatnonzero(np.isin(table.ids, face_ids))
    others = (table.known == CONFIRMED) & (table.people == person)
    others[at] = False
    at = at[~np.isin(table.photos[at], table.photos[others])]
    likeness = table.vectors[at] @ table.vectors[at].sum(axis=0)
    at = at[np.argsort(-likeness, kind="stable")]
    _, first = np.unique(table.photos[at], return_index=True)
    return set(table.ids[at[first]].tolist())


def person_of(store: FaceStore, name: str) -> int:
    """Return the id of the person with this name. Raises UsageError if there is none."""
    person = store.person(name)
    if person is None:
        known = ", ".join(store.people().values())
        raise UsageError(
            f"Fra i volti non c'è nessuno di nome «{name}».",
            f"Ci sono: {known}." if known else "Per dare i nomi: cercafoto persone nomina",
        )
    return person


def clean(name: str) -> str:
    """Return a name that somebody typed as it is stored. Raises UsageError if it is none."""
    typed = name_of(name) or ""
    if len(typed) > LONGEST_NAME or not any(map(str.isalpha, typed)):
        raise UsageError("Questo non è un nome.", "Scrivi come chiami la persona: zia Pina.")
    return typed


def merged(store: FaceStore, person: int, into: int) -> None:
    """Give the faces of a person to another one; in a photo with both, the second keeps hers."""
    keep_from_files(store, person)
    table = store.table()
    faces = table.ids[(table.people == person) & (table.known == CONFIRMED)].tolist()
    own = one_a_photo(table, faces, into)
    store.merge(person, into)
    store.refuse([face_id for face_id in faces if face_id not in own], into)


def keep_from_files(store: FaceStore, person: int) -> None:
    """Say of the faces that files name that they are this person's: from now on the name in the
    file counts no more."""
    by_files = store.named_by_files().items()
    store.say([face for face, own in by_files if own == person], CONFIRMED, person)
