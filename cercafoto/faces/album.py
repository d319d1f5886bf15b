"""Find the faces in an archive, write whose they are, and forget them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from PIL import Image

from cercafoto.archive.local.face_file import (
    OlderFacesError,
    copies,
    forget_all,
    unlink_links,
)
from cercafoto.archive.local.face_store import FaceStore, StoredFace
from cercafoto.archive.local.face_tables import CONFIRMED, NO_FACE, UNASKED
from cercafoto.archive.local_archive import LocalArchive
from cercafoto.base.atomic_file import erase
from cercafoto.base.reporter import SILENT, Reporter
from cercafoto.base.word_stems import fold
from cercafoto.errors import ArchiveError, UsageError
from cercafoto.faces.answering import clean, gone, merged, one_a_photo, person_of, with_units
from cercafoto.faces.correcting import FaceCorrections
from cercafoto.faces.face_run import bring_names_up_to_date, guess_people
from cercafoto.faces.face_sense import Faces
from cercafoto.faces.name_traces import NameTraces, traces_of
from cercafoto.faces.questions import Confirmation, FaceQuestion, Gain, gain, questions_in
from cercafoto.looking.catch_up import catch_up
from cercafoto.looking.look_report import LookReport
from cercafoto.photos.thumbnails import LARGE, Thumbnails

MARGIN = 0.35  # around a face that is shown, in parts of its longer side
SHOWN = 160  # pixels of its side


@dataclass(frozen=True)
class ShownFace:
    """A face of a visible photo or video. path, photo_id: of one of its files."""

    face: StoredFace
    photo_id: int
    path: bytes


class FaceAlbum(FaceCorrections):
    """The faces of an archive on this machine. Methods that need faces raise ArchiveError if they
    were never activated."""

    @property
    def is_active(self) -> bool:
        """Whether the person has asked for faces; until then no data about faces is stored."""
        return Faces().is_active(self._archive.settings)

    @property
    def is_older(self) -> bool:
        """Whether the faces are of an earlier version, which `find` can only replace."""
        try:
            FaceStore.open(self._path).close()
        except OlderFacesError:
            return True
        except ArchiveError:
            pass
        return False

    def find(
        self,
        paths: Sequence[Path] = (),
        *,
        anew: bool = False,
        retry: bool = False,
        wait: bool = False,
        reporter: Reporter = SILENT,
    ) -> LookReport:
        """Activate faces, find those in photos that have not been looked at yet, and group them.
        Return how the run went.

        paths: only photos at or under these; none: all photos.
        anew: forget first all faces and names there are.
        retry: try again the photos that could not be read.
        wait: wait while another run has the archive locked; otherwise raise ArchiveBusyError.

        Raises UsageError (a path without photos of the archive), ArchiveError, ArchiveBusyError,
        DiskFullError, ModelError. After a KeyboardInterrupt the faces found so far stay.
        """
        with self._archive.reading() as archive:
            archive.known_folders(paths)  # raises before anything is made
        if anew:
            self.forget_all()
        return catch_up(self._archive, Faces(), paths, retry=retry, wait=wait, reporter=reporter)

    def take_names_from_files(self) -> None:
        """Give faces the names that their files have now, if faces are active. Raises
        ArchiveError."""
        if self.is_active:
            with self._archive.catalog() as catalog, FaceStore.open(self._path) as store:
                bring_names_up_to_date(store, catalog.people)

    def names(self) -> list[str]:
        """Return the names that faces have, sorted."""
        with FaceStore.open(self._path) as store:
            there = {*self._table(store).people.tolist()}
            return [name for person, name in store.people().items() if person in there]

    # -- questions -----------------------------------------------------------------------------

    def questions(self) -> list[FaceQuestion]:
        """Return the questions to ask; see `questions_in`."""
        with FaceStore.open(self._path) as store:
            return questions_in(self._table(store), store.people())

    def gain(self, questions: Sequence[FaceQuestion]) -> Gain:
        """Return what the next answers to some questions are worth."""
        with FaceStore.open(self._path) as store:
            return gain(self._table(store), questions)

    def shown(self, face_ids: Sequence[int], limit: int) -> list[ShownFace]:
        """Return the first `limit` of these faces whose photos are visible."""
        with FaceStore.open(self._path) as store, self._archive.reading() as archive:
            return list(islice(_visible(store.faces(face_ids), archive), limit))

    # -- answers -------------------------------------------------------------------------------

    def name(self, face_ids: Sequence[int], name: str) -> str:
        """Write that these faces are a person's. Return the name as it is stored: the same name
        with other capitals or accents is the same person. Raises UsageError if it is no name.

        Of several faces in one photo only the likest to all these faces is the person's, and none
        if somebody has said before that another is: nobody is twice in a photo, and brothers are
        easily in one group. UsageError if no face is left.
        """
        (stored,) = self.confirm([Confirmation(name, tuple(face_ids))])
        return stored

    def confirm(self, answers: Sequence[Confirmation]) -> list[str]:
        """Write several answers at once, or none if one cannot be written. Return the names as they
        are stored, see `name`; several answers about one person count as one. Faces that are gone
        by now are left out. Raises UsageError as `name`, and if no face is left."""
        said: dict[str, tuple[str, list[int], list[int]]] = {}
        for answer in answers:
            name = clean(answer.person)
            _, yes, no = said.setdefault(fold(name), (name, [], []))
            yes += answer.yes
            no += answer.no
        verb = "nome" if any(yes for _, yes, _ in said.values()) else "no"
        names = []
        with self._changing(verb, ", ".join(name for name, *_ in said.values())) as store:
            table = store.table()
            found = [
                (name, with_units(table, yes), with_units(table, no))
                for name, yes, no in said.values()
            ]
            if not any(yes or no for _, yes, no in found):
                raise gone()
            for name, yes, no in found:
                person = store.make_person(name) if yes else person_of(store, name)
                own = one_a_photo(table, yes, person)
                if yes and not own:
                    raise UsageError(
                        f"In queste foto {store.people()[person]} c'è già, con un altro volto.",
                        "Se è un'altra persona, scrivi il suo nome; altrimenti salta.",
                    )
                store.refuse([face_id for face_id in (*yes, *no) if face_id not in own], person)
                store.say([*own], CONFIRMED, person)
                names.append(store.people()[person])
        return names

    def deny(self, face_ids: Sequence[int], name: str) -> None:
        """Write that these faces are not this person's. Raises UsageError for an unknown name."""
        with self._answering("no", name, face_ids) as (store, faces):
            store.refuse(faces, person_of(store, name))

    def not_faces(self, face_ids: Sequence[int]) -> None:
        """Write that these are no faces."""
        with self._answering("non-volto", "", face_ids) as (store, faces):
            store.say(faces, NO_FACE)

    def do_not_ask(self, face_ids: Sequence[int]) -> None:
        """Write that nobody should be asked about these faces, nor about later ones like them."""
        with self._answering("non-chiedere", "", face_ids) as (store, faces):
            store.say(faces, UNASKED)

    def merge(self, name: str, into: str) -> None:
        """Make two people one, with the second name. Raises UsageError for an unknown name, and if
        both names are already the same person's."""
        with self._changing("unisci", f"{name} → {into}") as store:
            first, second = person_of(store, name), person_of(store, into)
            if first == second:
                raise UsageError(f"«{name}» e «{into}» sono già la stessa persona.")
            merged(store, first, second)

    # -- forgetting ----------------------------------------------------------------------------

    def forget(self, name: str, *, confirmed: bool = False) -> int:
        """Delete a person with the vectors of the faces that are theirs or may be, and overwrite
        the bytes. Return how many faces. Raises UsageError for an unknown name.

        confirmed: delete; otherwise only count.
        """
        with FaceStore.open(self._path) as store:
            person = person_of(store, name)
            if not confirmed:
                return int((self._table(store).people == person).sum())
            gone = store.forget_person(person)
            with store.transaction():
                guess_people(store)
        for copy in copies(self._path):  # set aside by `controlla --ripara`
            erase(copy)
        return gone

    def traces(self, name: str) -> NameTraces:
        """Return what else in the archive bears a name. Raises ArchiveError."""
        return traces_of(self._archive, name)

    def forget_all(self) -> None:
        """Delete all faces and all names that were given to them, and overwrite the bytes. Faces
        are then as if they had never been activated."""
        unlink_links(self._path)  # the lock refuses an archive that has any
        with self._archive.lock():
            forget_all(self._path)
        with suppress(ArchiveError):  # a damaged catalogue must not keep faces
            with self._archive.catalog() as catalog:
                unread = catalog.unread.contents(Faces.name)
            if unread:
                with self._archive.writing() as catalog, catalog.transaction():
                    catalog.unread.forget(Faces.name, unread)


def face_picture(thumbnails: Thumbnails, shown: ShownFace) -> Image.Image:
    """Return a square cut out of a photo around a face, SHOWN pixels wide. Raises ImageError."""
    photo = thumbnails.picture(shown.path, shown.face.digest, LARGE, shown.face.start)
    left, top, width, height = shown.face.box
    across, down = (left + width / 2) * photo.width, (top + height / 2) * photo.height
    half = max(width * photo.width, height * photo.height) * (0.5 + MARGIN)
    sides = round(across - half), round(down - half), round(across + half), round(down + half)
    square = photo.crop(sides)
    return square.resize((SHOWN, SHOWN), Image.Resampling.LANCZOS)


def _visible(faces: Iterator[StoredFace], archive: LocalArchive) -> Iterator[ShownFace]:
    for face in faces:
        content = archive.photos.content_of(face.digest)
        rows = archive.photos.of_content(content) if content is not None else []
        if rows:
            yield ShownFace(face, rows[0].photo_id, rows[0].path)
