"""Find the photos of a collection: those that answer its question now, with what the person said by
hand about single photos."""

from __future__ import annotations

from array import array
from collections.abc import Sequence, Set
from contextlib import suppress
from contextvars import ContextVar
from datetime import date
from typing import NamedTuple

from cercafoto.archive.archive import Archive
from cercafoto.base.paths import printable
from cercafoto.errors import ArchiveError, CercafotoError, UsageError
from cercafoto.question.filters.filter import Filters
from cercafoto.question.filters.names import COLLECTIONS
from cercafoto.question.query import Query
from cercafoto.results.answer import NONE
from cercafoto.results.collections import ALWAYS, NEVER, Collection
from cercafoto.search.parsing import parse
from cercafoto.search.precedence import Doubts, doubtful_photos
from cercafoto.search.resolving import filters_of
from cercafoto.search.whole_answer import search_all

# The ids of the collections that are being looked up: the question of each asks for the next. ANY:
# a question asks for all collections.
ANY = 0
_LOOKED_UP: ContextVar[tuple[int, ...]] = ContextVar("looked up", default=())


class ItselfError(UsageError):
    """The question of a collection asks, directly or not, for the collection itself."""


def contents_of(archive: Archive, collection: Collection) -> Sequence[int]:
    """Return the ids of the contents in a collection, ascending. The archive remembers them until
    photos, labels or the day change.

    Raises the errors of `Library.parse` and `Library.search`, and ItselfError.
    """
    before = _LOOKED_UP.get()
    if collection.id in before:
        raise ItselfError(
            f"La domanda della raccolta «{printable(collection.name)}» chiede di lei stessa.",
            "Cambiala: cercafoto cerca … --salva NOME --sovrascrivi",
        )
    # Within ANY other collections have contents: one that asks for ANY itself has none.
    key = (collection, archive.stamp(), date.today(), ANY in before)
    token = _LOOKED_UP.set((*before, collection.id))
    try:
        return archive.collected.get_or_make(key, lambda: _look_up(archive, collection))
    finally:
        _LOOKED_UP.reset(token)


def _look_up(archive: Archive, collection: Collection) -> array[int]:
    """Return the contents in a collection, ascending: 8 bytes each, a fifth of a tuple."""
    if collection.question is None:
        raise ArchiveError(
            f"La domanda della raccolta «{printable(collection.name)}» non si legge: l'ha scritta "
            "una versione più nuova di cercafoto?",
            "Aggiorna cercafoto, oppure: cercafoto raccolte --togli NOME",
        )
    query = parse(archive, collection.question)
    found = contents_answering(archive, query, collection.min_confidence)
    with archive.local().catalog() as catalog:
        always, never = (catalog.collections.contents(collection, said) for said in (ALWAYS, NEVER))
    return array("q", sorted({*found, *always}.difference(never)))


def contents_answering(
    archive: Archive, query: Query, min_confidence: float = 0.0
) -> Sequence[int]:
    """Return the ids of the contents that count as an answer to a query."""
    if query.is_list and not (query.exclude or query.own or query.limit):
        with archive.reading():
            filters = filters_of(archive, query)
            return [] if filters is None else list(archive.photos.latest(filters))
    result = search_all(
        archive,
        query,
        min_confidence=min_confidence,
        drop_unlikely=True,
        one_row_per_file=True,
        every=True,
    )
    hits = result.hits if result.verdict != NONE else ()
    return [hit.content_id for hit in hits[: query.limit]]


class CollectionPhotos(NamedTuple):
    """Looks up the photos of an archive's collections; implements `AskedCollections`."""

    archive: Archive

    def names(self) -> tuple[str, ...]:
        """Return the names of all collections; () for a shared archive, which has none."""
        if self.archive.settings.shared is not None:
            return ()
        with self.archive.local().catalog() as catalog:
            return tuple(collection.name for collection in catalog.collections.all())

    def named(self, names: Sequence[str]) -> tuple[int, ...] | None:
        """Return the ids of the contents that are in all collections with these names, ascending;
        None if there are none. Raises UsageError for an unknown name, and the errors of
        `contents_of`."""
        with self.archive.local().catalog() as catalog:
            asked = [catalog.collections.named(name) for name in names]
        each = [set(contents_of(self.archive, collection)) for collection in asked]
        return tuple(sorted(set.intersection(*each))) or None

    def doubts(self, names: Sequence[str]) -> Doubts:
        """Return `doubts_in` of several collections."""
        with self.archive.local().catalog() as catalog:
            asked = [catalog.collections.named(name) for name in names]
        doubts: dict[int, tuple[str, ...]] = {}
        for collection in asked:
            doubts |= doubts_in(self.archive, collection)
        return doubts

    def any(self) -> tuple[int, ...]:
        """Return the ids of the contents that are in any collection, ascending. Raises the errors
        of `contents_of`.

        A collection that itself asks for photos in no collection does not count.
        """
        before = _LOOKED_UP.get()
        if ANY in before:
            raise ItselfError("Una raccolta non può dipendere da quali foto sono nelle raccolte.")
        with self.archive.local().catalog() as catalog:
            kept = catalog.collections.all()
        found: set[int] = set()
        token = _LOOKED_UP.set((*before, ANY))
        try:
            for collection in kept:
                with suppress(ItselfError):
                    found.update(contents_of(self.archive, collection))
        finally:
            _LOOKED_UP.reset(token)
        return tuple(sorted(found))


def doubts_in(archive: Archive, collection: Collection) -> Doubts:
    """Return the photos, videos and frames of videos that answer the question of a collection only
    if they show a person whom they may not show, each with the names of these people; without
    those that the person has put there. A question that cannot be asked has none."""
    doubts: dict[int, tuple[str, ...]] = {}
    if collection.question is not None:
        with suppress(CercafotoError), archive.reading():
            query = parse(archive, collection.question)
            filters = filters_of(archive, query)
            doubts |= doubtful_photos(archive, query, filters) if filters else {}
            for frame, row in archive.photos.frames_of(doubts).items():
                doubts[frame] = doubts[row.video]
    with archive.local().catalog() as catalog:
        for content in catalog.collections.contents(collection, ALWAYS):
            doubts.pop(content, None)
    return doubts


def collections_of(archive: Archive, contents: Set[int]) -> dict[int, tuple[str, ...]]:
    """Return content id -> names of the collections that have it, sorted, for some contents. A
    collection whose question cannot be asked is left out; a shared archive has none."""
    if archive.settings.shared is not None:
        return {}
    with archive.local().catalog() as catalog:
        kept = catalog.collections.all()
    named: dict[int, tuple[str, ...]] = {}
    for collection in kept:
        with suppress(CercafotoError):
            for content in contents & {*contents_of(archive, collection)}:
                named[content] = (*named.get(content, ()), collection.name)
    return named


def count_collections(
    archive: Archive, filters: Filters, among: Sequence[int] | None
) -> tuple[tuple[str, int], ...]:
    """Return (name, number of photos that fulfil the filters) for each collection with any. A
    collection whose question cannot be asked is left out.

    filters: resolved, see `all_filters.resolved`.
    among: count only the photos with these ids.
    """
    if archive.settings.shared is not None:
        return ()
    with archive.local().catalog() as catalog:
        kept = catalog.collections.all()
    counts = []
    for collection in kept:
        try:
            contents = set(contents_of(archive, collection))
        except CercafotoError:
            continue
        contents &= set(filters.get(COLLECTIONS.name, contents))
        asked = filters.but(**{COLLECTIONS.name: tuple(contents)})
        number = archive.photos.count_where(asked, among) if contents else 0
        counts.append((collection.name, number))
    return tuple((name, number) for name, number in counts if number)
