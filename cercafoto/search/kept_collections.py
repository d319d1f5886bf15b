"""Keep questions as collections, change what was said by hand in them, and list what is new."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from cercafoto.archive.archive import Archive
from cercafoto.base.paths import printable
from cercafoto.base.piped_picture import PipedPicture
from cercafoto.errors import CercafotoError, UsageError
from cercafoto.question.question import Question
from cercafoto.results import ALWAYS, NEVER, SEEN, Collection, CollectionPhotos
from cercafoto.search.collection_photos import contents_of
from cercafoto.search.parsing import parse

LONGEST = 80  # letters of a name


def keep(
    archive: Archive, name: str, question: Question, min_confidence: float, replace: bool
) -> CollectionPhotos:
    """Keep a question, and return the new collection; see `Library.keep_question`."""
    name = " ".join(name.split())
    if not name or len(name) > LONGEST or not name.isprintable():
        raise UsageError(
            f"«{printable(name)}» non può essere il nome di una raccolta.",
            f"Un nome ha da una a {LONGEST} lettere.",
        )
    if any(isinstance(photo, PipedPicture) for photo in question.like):
        raise UsageError(
            "Una raccolta non può partire da una foto arrivata da un altro programma.",
            "Salvala in un file, e indica quello con --come.",
        )
    local = archive.local()
    parse(archive, question)  # raises UsageError for a question that cannot be asked
    with local.writing() as catalog, catalog.transaction():
        existing = catalog.collections.find(name)
        if existing is not None and not replace:
            raise UsageError(
                f"La raccolta «{printable(existing.name)}» c'è già.",
                "Scegli un altro nome; oppure, per cambiarne la domanda, ripeti lo stesso comando "
                "con --sovrascrivi.",
            )
        catalog.collections.keep(name, question, min_confidence)
    found = photos_in(archive, [name])
    look(archive, found)
    return found[0]


def photos_in(
    archive: Archive, names: Sequence[str] = (), only_new: bool = False
) -> list[CollectionPhotos]:
    """Return collections, each with its photos or the problem that it has; see
    `Library.collections`."""
    found = []
    with archive.local().catalog() as catalog:
        stored = catalog.collections
        for collection in map(stored.named, names) if names else stored.all():
            always, never = (
                tuple(stored.photos(stored.contents(collection, said))) for said in (ALWAYS, NEVER)
            )
            seen = stored.contents(collection, SEEN) if only_new else ()
            problem, photos = "", dict[bytes, tuple[bytes, str | None]]()
            try:
                photos = stored.photos({*contents_of(archive, collection)}.difference(seen))
            except CercafotoError as error:
                problem = f"{error.message} {error.hint}".strip()
            found.append(CollectionPhotos(collection, photos, always, never, problem))
    return found


def look(archive: Archive, found: Iterable[CollectionPhotos]) -> None:
    """Note that these photos of collections were seen now."""
    with archive.local().writing() as catalog, catalog.transaction():
        for each in found:
            if not each.problem:
                catalog.collections.look(
                    each.collection, {about[0] for about in each.photos.values()}
                )


def say(archive: Archive, name: str, paths: Sequence[Path], said: str | None) -> Collection:
    """Store that photos always or never belong to a collection; see `Library.say_in_collection`."""
    local = archive.local()
    with local.writing() as catalog, catalog.transaction():
        collection = catalog.collections.named(name)
        contents = {catalog.photos.content_at(local.path_of(path)): path for path in paths}
        if None in contents:
            raise UsageError(
                f"{printable(contents[None])}: non è nell'archivio.",
                "Prima aggiungila: cercafoto index CARTELLA",
            )
        digests = catalog.photos.digests_of(content for content in contents if content is not None)
        catalog.collections.say(collection, digests.values(), said)
    return collection


def drop(archive: Archive, name: str) -> Collection:
    """Delete a collection, and return it. Raises UsageError if there is none with this name."""
    with archive.local().writing() as catalog, catalog.transaction():
        collection = catalog.collections.named(name)
        catalog.collections.drop(collection)
    return collection
