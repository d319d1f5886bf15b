"""Correct whose the faces are: lists to choose from, and what takes back or changes an answer."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from pathlib import Path

import numpy as np

from cercafoto.archive.local.face_history import FaceAction, last_action, undo
from cercafoto.archive.local.face_store import FaceStore, FaceTable
from cercafoto.archive.local.face_tables import CONFIRMED, NEW, NO_FACE, UNASKED
from cercafoto.archive.local_archive import LocalArchive
from cercafoto.base.paths import printable
from cercafoto.base.word_stems import fold
from cercafoto.errors import UsageError
from cercafoto.faces import face_lists
from cercafoto.faces.answering import answering, changing, clean, keep_from_files, merged, person_of
from cercafoto.faces.face_lists import FacePerson, FaceState
from cercafoto.faces.face_run import guess_people
from cercafoto.faces.file_names import confirm_names_gone, named_in_files, take_names


class NameTakenError(UsageError):
    """Another person has the new name of a person. name: as it is stored."""

    def __init__(self, name: str) -> None:
        super().__init__(
            f"C'è già una persona di nome {name}.",
            "Se è la stessa, i volti delle due diventano suoi: aggiungi --conferma.",
        )
        self.name = name


class FaceCorrections:
    """The part of the album of faces that corrects. Methods raise ArchiveError."""

    def __init__(self, archive: LocalArchive) -> None:
        self._archive, self._path = archive, archive.settings.faces
        self._read: tuple[tuple[int, ...], FaceTable] | None = None

    def _table(self, store: FaceStore) -> FaceTable:
        """Return all faces, which are read again only after a change."""
        state = store.state()
        if self._read is None or self._read[0] != state:
            self._read = state, store.table()
        return self._read[1]

    def _changing(self, verb: str, who: str) -> AbstractContextManager[FaceStore]:
        return changing(self._path, verb, who)

    def _answering(
        self, verb: str, who: str, face_ids: Sequence[int]
    ) -> AbstractContextManager[tuple[FaceStore, list[int]]]:
        return answering(self._path, verb, who, face_ids)

    # -- lists ---------------------------------------------------------------------------------

    def people(self) -> list[FacePerson]:
        """Return everybody with a face, sorted by name."""
        with FaceStore.open(self._path) as store:
            return face_lists.people(self._table(store), store.people())

    def faces_of(self, name: str) -> list[FaceState]:
        """Return a person's faces: those that were said first, then the likest, doubtful ones last.
        Raises UsageError for an unknown name."""
        with FaceStore.open(self._path) as store:
            person, table = person_of(store, name), self._table(store)
            own = face_lists.of_person(table, person)
            return face_lists.states(table, store.people(), own)

    def faces_in(self, photo: Path) -> list[FaceState]:
        """Return the faces of a photo from left to right; of a video, of all frames in the order of
        time. Raises UsageError if the archive does not have the photo, or if nobody has looked for
        faces in it."""
        path = self._archive.path_of(photo)
        with FaceStore.open(self._path) as store, self._archive.catalog() as catalog:
            content = catalog.photos.content_at(path)
            if content is None:
                raise UsageError(
                    f"{printable(path)} non è nell'archivio.",
                    "Prima aggiungila: cercafoto index CARTELLA",
                )
            digest = catalog.photos.digests_of([content])[content]
            ids = store.ids_in(digest)
            if not ids and digest not in store.digests():
                raise UsageError(
                    f"In {printable(path)} i volti non sono stati ancora cercati.",
                    "Per cercarli: cercafoto persone attiva",
                )
            table = self._table(store)
            place = {face_id: at for at, face_id in enumerate(table.ids.tolist())}
            at = [place[face_id] for face_id in ids if face_id in place]
            return face_lists.states(table, store.people(), at)

    def put_aside(self) -> list[FaceState]:
        """Return the faces that are none, or that nobody should be asked about."""
        with FaceStore.open(self._path) as store:
            table = self._table(store)
            return face_lists.states(table, store.people(), face_lists.put_aside(table))

    # -- corrections ---------------------------------------------------------------------------

    def take_off(self, face_ids: Sequence[int]) -> list[str]:
        """Write of each of these faces that it is not whose it seems to be. Return the names taken
        off. Raises UsageError if no face has a name."""
        with FaceStore.open(self._path) as store:
            table, names = self._table(store), store.people()
        whose = table.people[np.isin(table.ids, face_ids)].tolist()
        taken = [name for person, name in names.items() if person in whose]
        if not taken:
            raise UsageError("Nessuno di questi volti ha un nome.")
        with self._answering("no", ", ".join(taken), face_ids) as (store, faces):
            table = store.table()
            asked = np.isin(table.ids, faces) & (table.people > 0)
            for person in np.unique(table.people[asked]).tolist():
                store.refuse(table.ids[asked & (table.people == person)].tolist(), person)
        return taken

    def ask_again(self, face_ids: Sequence[int]) -> None:
        """Revoke that these are no faces, or that nobody should be asked about them. Raises
        UsageError if nobody has said so of any."""
        with self._answering("richiedi", "", face_ids) as (store, faces):
            table = store.table()
            aside = np.isin(table.known, (NO_FACE, UNASKED)) & np.isin(table.ids, faces)
            if not aside.any():
                raise UsageError(
                    "Di nessuno di questi volti hai detto che non è un volto, o di non chiedere."
                )
            store.say(table.ids[aside].tolist(), NEW)

    def rename(self, name: str, new: str, *, merge: bool = False) -> str:
        """Give a person another name, which counts more than the one in files. Return it as it is
        stored. Raises UsageError for an unknown name, and if the new one is no name.

        merge: if another person has the new name, make both one; otherwise raise NameTakenError.
        """
        typed = clean(new)
        with self._changing("rinomina", f"{name} → {typed}") as store:
            person, other = person_of(store, name), store.person(typed)
            if other not in (None, person):
                if not merge:
                    raise NameTakenError(store.people()[other])
                merged(store, person, other)
                return store.people()[other]
            if fold(store.people()[person]) != fold(typed):
                keep_from_files(store, person)
            store.rename(person, typed)
            return typed

    def take_name_off(self, name: str) -> int:
        """Take a person's name off all faces, which stay, and are asked about again. Return how
        many had it. A name in files does not come back by itself. Raises UsageError for an unknown
        name."""
        with self._changing("togli-nome", name) as store, self._archive.catalog() as catalog:
            person, table = person_of(store, name), store.table()
            own = table.ids[table.people == person].tolist()
            said = table.ids[(table.people == person) & (table.known == CONFIRMED)].tolist()
            by_files = named_in_files(store, catalog.people, store.people()[person])
            store.say(said, NEW)
            store.refuse(by_files, person)
            store.drop_unused(person, with_refusals=not by_files)
            return len(own)

    # -- undoing -------------------------------------------------------------------------------

    def last_action(self) -> FaceAction | None:
        """Return the action that `undo` would undo, None if there is none."""
        with FaceStore.open(self._path) as store:
            return last_action(store)

    def undo(self) -> FaceAction | None:
        """Undo the last action that was not undone: an answer, a correction or a change of names,
        not forgetting. Return it, None if there is none."""
        with FaceStore.open(self._path) as store, store.transaction():
            action = last_action(store)
            if action is not None:
                before = store.named_by_files()
                undo(store, action)
                given_back = store.named_by_files().keys() - before.keys()
                if given_back:
                    with self._archive.catalog() as catalog:
                        confirm_names_gone(store, catalog, given_back)
                        take_names(store, catalog.people)  # other programs may have written others
                guess_people(store)
            return action
