"""Keep questions as collections, change what was said by hand in them, and list what is new."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from cercafoto.archive.archive import Archive
from cercafoto.base.paths import absolute, printable
from cercafoto.base.piped_picture import PipedPicture
from cercafoto.errors import CercafotoError, UsageError
from cercafoto.question.changed_readings import READING, changed_since
from cercafoto.question.question import Question
from cercafoto.results.collections import ALWAYS, NEVER, SEEN, Collection, CollectionPhotos
from cercafoto.search.collection_photos import contents_of
from cercafoto.search.parsing import parse

if TYPE_CHECKING:
    from cercafoto.archive.local_archive import ArchiveWriter

LONGEST = 80  # letters of a name


def keep(
    archive: Archive, name: str, question: Question, min_confidence: float, overwrite: bool
) -> CollectionPhotos:
    """Keep a question, and return the new collection; see `Library.keep_question`."""
    name = " ".join(name.split())
    if not name or len(name) > LONGEST or not name.isprintable():
        wrong = f"«{printable(name)}» non può essere il nome di una raccolta."
        raise UsageError(
            wrong if name else "Il nome è vuoto.",
            f"Scrivi un nome: al massimo {LONGEST} caratteri.",
        )
    if any(isinstance(photo, PipedPicture) for photo in question.like):
        raise UsageError(
            "Una raccolta non può partire da una foto arrivata da un altro programma.",
            "Salvala in un file, e indica quello con --come.",
        )
    # Absolute paths, so that the question means the same in another working directory.
    like = (absolute(photo) for photo in question.like if isinstance(photo, Path))
    question = replace(question, like=tuple(Path(os.fsdecode(path)) for path in like))
    parse(archive, question)  # raises UsageError for a question that cannot be asked
    with archive.local().writing() as catalog, catalog.transaction():
        existing = catalog.collections.find(name)
        if existing is not None and not overwrite:
            raise UsageError(
                f"La raccolta «{printable(existing.name)}» c'è già.",
                "Scegli un altro nome; oppure, per cambiarne la domanda, ripeti lo stesso comando "
                "con --sovrascrivi.",
            )
        catalog.collections.keep(name, question, min_confidence)
        found = _with_photos(archive, catalog, catalog.collections.named(name))
        _note_seen(catalog, found)
    return found


def photos_in(
    archive: Archive, names: Sequence[str] = (), only_new: bool = False
) -> list[CollectionPhotos]:
    """Return collections, each with its photos or the problem that it has; see
    `Library.collections`."""
    with archive.local().catalog() as catalog:
        stored = catalog.collections
        asked = list(map(stored.named, names)) if names else stored.all()
        return [_with_photos(archive, catalog, collection, only_new) for collection in asked]


def _with_photos(
    archive: Archive, catalog: ArchiveWriter, collection: Collection, only_new: bool = False
) -> CollectionPhotos:
    """Return a collection with its photos, or with the problem that it has."""
    stored = catalog.collections
    always, never = (
        tuple(stored.photos(stored.contents(collection, said))) for said in (ALWAYS, NEVER)
    )
    seen = stored.contents(collection, SEEN) if only_new else ()
    problem, changed, photos = "", "", dict[bytes, tuple[bytes, str | None]]()
    try:
        if collection.question is not None and collection.reading < READING:
            query = parse(archive, collection.question)
            changed = changed_since(collection.reading, collection.question, query)
        photos = stored.photos({*contents_of(archive, collection)}.difference(seen))
    except CercafotoError as error:
        problem = f"{error.message} {error.hint}".strip()
    return CollectionPhotos(collection, photos, always, never, problem, changed)


def look(archive: Archive, found: Iterable[CollectionPhotos]) -> None:
    """Note that these photos of collections were seen now."""
    with archive.local().writing() as catalog, catalog.transaction():
        for each in found:
            _note_seen(catalog, each)


def _note_seen(catalog: ArchiveWriter, found: CollectionPhotos) -> None:
    if not found.problem:
        digests = {digest for digest, _ in found.photos.values()}
        catalog.collections.look(found.collection, digests)


def say(
    archive: Archive, name: str, said: Iterable[tuple[Sequence[Path], str | None]]
) -> Collection:
    """Say of photos that they always or never belong to a collection; see
    `Library.say_in_collection`."""
    local = archive.local()
    with local.writing() as catalog, catalog.transaction():
        collection = catalog.collections.named(name)
        for paths, what in said:
            contents = {catalog.photos.content_at(local.path_of(path)): path for path in paths}
            if None in contents:
                raise UsageError(
                    f"{printable(contents[None])}: non è nell'archivio.",
                    "Prima aggiungila: cercafoto index CARTELLA",
                )
            digests = catalog.photos.digests_of(each for each in contents if each is not None)
            catalog.collections.say(collection, digests.values(), what)
    return collection


def drop(archive: Archive, name: str) -> Collection:
    """Delete a collection, and return it. Raises UsageError if there is none with this name."""
    with archive.local().writing() as catalog, catalog.transaction():
        collection = catalog.collections.named(name)
        catalog.collections.drop(collection)
    return collection
