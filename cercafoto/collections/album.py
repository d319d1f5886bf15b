"""Keep questions as collections, change what was said by hand in them, and list what is new."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from cercafoto.archive.archive import Archive
from cercafoto.base.paths import absolute, printable
from cercafoto.base.piped_picture import PipedPicture
from cercafoto.errors import CercafotoError, UsageError

if TYPE_CHECKING:
    # Imported only for annotations: the names of collections are listed without searching, and
    # `index` only asks whether they are kept in a folder.
    from cercafoto.archive.local_archive import ArchiveWriter
    from cercafoto.collections.folder import FolderReport
    from cercafoto.labels.sidecars.write import XmpReport
    from cercafoto.question.question import Question
    from cercafoto.results.collections import Collection, CollectionPhotos

LONGEST = 80  # letters of a name


class CollectionAlbum:
    """The collections of an archive on this machine. Except `all` and `names`, all methods raise
    UsageError for a shared archive."""

    def __init__(self, archive: Archive) -> None:
        self._archive = archive

    def all(self) -> list[Collection]:
        """Return all collections, sorted by name; [] for a shared archive. Raises ArchiveError."""
        if self._archive.settings.shared is not None:
            return []
        with self._archive.local().catalog() as catalog:
            return catalog.collections.all()

    def names(self) -> list[str]:
        """Return the names of all collections, as `all` does."""
        return [collection.name for collection in self.all()]

    def photos(
        self, names: Sequence[str] = (), *, only_new: bool = False
    ) -> list[CollectionPhotos]:
        """Return collections with their photos, sorted by date, doubtful ones last, or with the
        problem that the question has.

        names: of the collections; none: all, sorted by name.
        only_new: only photos that came in since the collection was kept, or since the last
            `looked_at`.

        Raises UsageError (no such collection), ArchiveError.
        """
        with self._archive.local().catalog() as catalog:
            stored = catalog.collections
            asked = list(map(stored.named, names)) if names else stored.all()
            return [self._with_photos(catalog, collection, only_new) for collection in asked]

    def keep(
        self,
        name: str,
        question: Question,
        *,
        min_confidence: float = 0.0,
        overwrite: bool = False,
    ) -> CollectionPhotos:
        """Keep a question under a name, and return the new collection with its photos, which count
        as seen.

        min_confidence: leave out photos with a lower confidence, 0 to 1.
        overwrite: if there is a collection with this name, change its question. What was said by
            hand in it stays.

        Raises UsageError (the name is taken or not allowed, or the question cannot be asked),
        ArchiveBusyError, and the errors of `Library.search`.
        """
        from cercafoto.search.parsing import parse

        name = _clean(name)
        if any(isinstance(photo, PipedPicture) for photo in question.like):
            raise UsageError(
                "Una raccolta non può partire da una foto arrivata da un altro programma.",
                "Salvala in un file, e indica quello con --come.",
            )
        # Absolute paths, so that the question means the same in another working directory.
        like = (absolute(photo) for photo in question.like if isinstance(photo, Path))
        question = replace(question, like=tuple(Path(os.fsdecode(path)) for path in like))
        parse(self._archive, question)  # raises UsageError for a question that cannot be asked
        with self._archive.local().writing() as catalog, catalog.transaction():
            existing = catalog.collections.find(name)
            if existing is not None and not overwrite:
                raise UsageError(
                    f"La raccolta «{printable(existing.name)}» c'è già.",
                    "Scegli un altro nome; oppure, per cambiarne la domanda, ripeti lo stesso "
                    "comando con --sovrascrivi.",
                )
            catalog.collections.keep(name, question, min_confidence)
            kept = self._with_photos(catalog, catalog.collections.named(name))
            _note_seen(catalog, kept)
        return kept

    def looked_at(self, seen: Sequence[CollectionPhotos]) -> None:
        """Note that the person has seen these photos of collections. Raises ArchiveBusyError."""
        with self._archive.local().writing() as catalog, catalog.transaction():
            for collection in seen:
                _note_seen(catalog, collection)

    def say(
        self,
        name: str,
        paths: Sequence[Path],
        said: str | None,
        *more: tuple[Sequence[Path], str | None],
    ) -> Collection:
        """Say by hand of photos that a collection always has them (`results.ALWAYS`) or never has
        them (`results.NEVER`), whatever the answer to its question; None takes back what was said.
        Return the collection.

        more: (other photos, what is said of them). All is written in one transaction.

        Raises UsageError (no such collection or photo), ArchiveBusyError.
        """
        local = self._archive.local()
        with local.writing() as catalog, catalog.transaction():
            collection = catalog.collections.named(name)
            for photos, what in ((paths, said), *more):
                contents = {catalog.photos.content_at(local.path_of(path)): path for path in photos}
                if None in contents:
                    raise UsageError(
                        f"{printable(contents[None])}: non è nell'archivio.",
                        "Prima aggiungila: cercafoto index CARTELLA",
                    )
                digests = catalog.photos.digests_of(each for each in contents if each is not None)
                catalog.collections.say(collection, digests.values(), what)
        return collection

    def rename(self, name: str, new: str) -> Collection:
        """Give a collection another name, also in the questions of collections that search in it,
        and return it.

        Raises UsageError (no such collection; the new name is taken or not allowed; the words of
        another collection's question can not have it), ArchiveBusyError.
        """
        new = _clean(new)
        with self._archive.local().writing() as catalog, catalog.transaction():
            collection = catalog.collections.named(name)
            catalog.collections.rename(collection, new)
            return catalog.collections.named(new)

    def drop(self, name: str) -> Collection:
        """Delete a collection, and return it. Photos are not touched. Raises UsageError (no such
        collection), ArchiveBusyError."""
        with self._archive.local().writing() as catalog, catalog.transaction():
            collection = catalog.collections.named(name)
            catalog.collections.drop(collection)
        return collection

    def refresh_folder(
        self,
        folder: Path | None = None,
        *,
        hard: bool = False,
        wait: bool = False,
        confirmed: bool = False,
    ) -> FolderReport | None:
        """Bring the folder of collections up to date: one folder of links to photos for each
        collection, and a playlist. Return what changed; None if there is no such folder, or if
        nothing has changed since the last call.

        Only files that an earlier call put there are removed, and no file is replaced.

        folder: from now on keep the collections in this folder.
        hard: make hard links rather than symbolic ones. Where one kind cannot be made the other is,
            and where neither can, copies. Only with `folder`.
        wait: wait while another run has the archive locked.
        confirmed: take `folder` although another archive keeps it, and what the archive lists in it
            without a seal of this computer.

        Raises UsageError (`folder` is a file, has to do with the archive's own folder, or has to be
        confirmed), ArchiveBusyError, DiskFullError, CercafotoError.
        """
        local = self._archive.local()
        if folder is None:
            with local.catalog() as catalog:  # without the lock: most people have no such folder
                if not catalog.models.has_collections_folder:
                    return None
        from cercafoto.collections.folder import refresh

        path = absolute(folder) if folder is not None else None
        return refresh(local, self.photos, path, hard, wait, confirmed)

    def forget_folder(self, confirmed: bool = False) -> FolderReport | None:
        """Remove what was put into the folder of collections, and keep it no more. Return what was
        removed; None if there is no such folder. Raises as `refresh_folder`.

        confirmed: also remove what the archive lists without a seal of this computer.
        """
        from cercafoto.collections.folder import empty

        return empty(self._archive.local(), confirmed)

    def write_xmp(self, rehearsal: bool = False, *, confirmed: bool = False) -> XmpReport:
        """Write the names of a photo's collections as labels under "Raccolte" into the .xmp files
        beside the photos, and take away those of collections that no longer have the photo. A
        photo that only may show the person asked for gets none. Return what was written, which
        `LabelAlbum.undo` can undo.

        rehearsal, confirmed: see `LabelAlbum.write_xmp`.

        Raises ArchiveBusyError, ArchiveError.
        """
        from cercafoto.labels.sidecars.wanted import in_collections
        from cercafoto.labels.sidecars.write import write_in_archive

        photos = in_collections(self._archive.local(), self.photos())
        now = time.time_ns() // 1000  # as the id of an action, so that `undo` undoes it
        return write_in_archive(self._archive.local(), photos, now, rehearsal, confirmed)

    def _with_photos(
        self, catalog: ArchiveWriter, collection: Collection, only_new: bool = False
    ) -> CollectionPhotos:
        """Return a collection with its photos, or with the problem that it has."""
        from cercafoto.results.collections import ALWAYS, NEVER, SEEN, CollectionPhotos
        from cercafoto.search.collection_photos import contents_of, doubts_in

        stored = catalog.collections
        always, never = (
            tuple(stored.photos(stored.contents(collection, said))) for said in (ALWAYS, NEVER)
        )
        seen = stored.contents(collection, SEEN) if only_new else ()
        problem, photos = "", dict[bytes, tuple[bytes, str | None]]()
        doubtful = dict[bytes, tuple[str, ...]]()
        try:
            contents = {*contents_of(self._archive, collection)}.difference(seen)
            doubts = doubts_in(self._archive, collection)
            for content in contents & doubts.keys():
                doubtful |= dict.fromkeys(stored.photos([content]), doubts[content])
            photos = stored.photos(contents)
            photos = dict(sorted(photos.items(), key=lambda photo: photo[0] in doubtful))
        except CercafotoError as error:
            problem = f"{error.message} {error.hint}".strip()
        return CollectionPhotos(collection, photos, doubtful, always, never, problem)


def _clean(name: str) -> str:
    """Return the name of a collection with single spaces. Raises UsageError if it can be none."""
    name = " ".join(name.split())
    if not name or len(name) > LONGEST or not name.isprintable():
        wrong = f"«{printable(name)}» non può essere il nome di una raccolta."
        raise UsageError(
            wrong if name else "Il nome è vuoto.",
            f"Scrivi un nome: al massimo {LONGEST} caratteri.",
        )
    return name


def _note_seen(catalog: ArchiveWriter, seen: CollectionPhotos) -> None:
    if not seen.problem:
        digests = {digest for digest, _ in seen.photos.values()}
        catalog.collections.look(seen.collection, digests)
