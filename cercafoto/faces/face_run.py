"""Find the faces in photos and frames of videos that were not looked at yet, and group them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from cercafoto.archive.local.face_store import FaceStore, FaceTable
from cercafoto.archive.local.face_tables import CONFIRMED, NO_FACE
from cercafoto.archive.queries.named_people import NamedPeople
from cercafoto.faces.face_models import CUT_FROM, Face, FaceModels
from cercafoto.faces.file_names import take_names
from cercafoto.faces.grouping import attached, groups_in
from cercafoto.looking.sense import Look, Request
from cercafoto.photos.preprocessing import WHOLE, Preprocessing, fitting
from cercafoto.photos.read_file import ReadFile

UPRIGHT = 1  # the EXIF orientation of a file that was not turned, or does not say


class FaceFinder:
    """Finds faces, and writes them into the store. A `Looker`."""

    picture = Preprocessing(CUT_FROM, WHOLE, CUT_FROM // 2, "lanczos", (0.0,) * 3, (1.0,) * 3)
    at_once, engine = 1, ""

    def __init__(self, store: FaceStore) -> None:
        self.store, self.models = store, FaceModels()

    def ready_made(self, look: Look) -> Sequence[bytes]:
        return ()  # small copies are smaller than `picture`

    def see(self, look: Look, photo: ReadFile) -> list[Face]:
        size = fitting((photo.width, photo.height), CUT_FROM)
        picture = Image.frombytes("RGB", size, photo.image or b"")
        # A video says how it is turned.
        turned_by_file = photo.orientation != UPRIGHT or bool(photo.moments)
        return self.models.faces(picture, turned_by_file)

    def write(self, found: Sequence[tuple[Look, list[Face]]]) -> int:
        with self.store.transaction():
            for look, faces in found:
                video = look.file if look.start is not None else None
                boxes = [(face.box, face.vector) for face in faces]
                self.store.write(look.digest, boxes, video, look.start)
        return sum(len(faces) for _, faces in found)


@contextmanager
def opened(request: Request) -> Iterator[FaceFinder]:
    """Open the store and the networks for a with block."""
    with FaceStore.open(request.archive.settings.faces) as store:
        yield FaceFinder(store)


def not_looked_at(request: Request, looks: Sequence[Look]) -> list[Look]:
    """Return the looks that are not in the store, which is made if there is none: faces are then
    active."""
    with FaceStore.create(request.archive.settings.faces) as store:
        known = store.digests()
    return [look for look in looks if look.digest not in known]


def group_new(request: Request) -> None:
    """Give faces the names that files have for them. Group all faces if some have no group yet,
    also of a run that was interrupted."""
    with FaceStore.open(request.archive.settings.faces) as store:
        bring_names_up_to_date(store, request.catalog.people)
        table = store.table()
        if (table.groups[_free(table)] < 0).any():
            regroup(store)


def bring_names_up_to_date(store: FaceStore, people: NamedPeople) -> None:
    """Give faces the names that their files have now, and guess again whose the others are.
    people: of the catalogue."""
    with store.transaction():
        if take_names(store, people):
            guess_people(store)


def regroup(store: FaceStore) -> None:
    """Group all faces anew of which nobody has said whose they are, and guess it."""
    table = store.table()
    free = _free(table)
    groups = table.groups.copy()
    groups[free] = groups_in(table, free)
    # The others keep theirs, under numbers that are no group's of now: they may become free again.
    old = ~free & (groups >= 0)
    _, number = np.unique(groups[old], return_inverse=True)
    groups[old] = number + groups[free].max(initial=-1) + 1
    with store.transaction():
        grouped = groups >= 0
        ids, numbers = table.ids[grouped].tolist(), groups[grouped].tolist()
        store.set_groups(dict(zip(ids, numbers, strict=True)))
        guess_people(store)


def _free(table: FaceTable) -> NDArray[np.bool_]:
    """Return which faces are grouped: those that are faces, and of which nobody has said whose they
    are [n]. A face that a file names is grouped: its name may be taken off."""
    free: NDArray[np.bool_] = (table.known != CONFIRMED) & (table.known != NO_FACE)
    return free | np.isin(table.ids, [*table.from_file])


def guess_people(store: FaceStore) -> None:
    """Guess whose the faces are that nobody has decided about, and store the guesses. Call inside a
    transaction: nobody may confirm a face meanwhile."""
    table = store.table()
    before = zip(table.known.tolist(), table.people.tolist(), table.sure.tolist(), strict=True)
    now = dict(zip(table.ids.tolist(), before, strict=True))
    for face, guess in attached(table).items():
        if now[face] != guess:
            store.guess(face, guess.known, guess.person or None, guess.sure)
