"""Find why a query has no photos, or no likely photos, if the filters or an empty archive are the
cause: "200 foto non hanno data", "l'archivio è vuoto"."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from cercafoto.archive.archive import Archive
from cercafoto.base.italian_counts import thousands
from cercafoto.base.paths import printable
from cercafoto.question.filters.all_filters import given
from cercafoto.question.filters.filter import NO_FILTERS, Filters
from cercafoto.question.filters.names import FOLDERS
from cercafoto.question.filters.place import PLACE
from cercafoto.question.filters.with_people import PEOPLE
from cercafoto.question.filters.written import TEXTS
from cercafoto.question.query import Query
from cercafoto.search.resolving import filters_of

EMPTY = "l'archivio è vuoto: aggiungi foto con «cercafoto index CARTELLA»"

_INNER = str.maketrans("«»", "“”")  # quotes within quotes


def why_empty(archive: Archive, query: Query) -> tuple[str, ...]:
    """Return in Italian why a query finds nothing, in the order of the filters; () if neither the
    filters nor an empty archive is the cause. Raises UsageError for an unknown folder."""
    with archive.reading():
        photos = archive.photos.count_where(NO_FILTERS)
        return tuple(_reasons(archive, query, photos)) if photos else (EMPTY,)


def _reasons(archive: Archive, query: Query, photos: int) -> Iterator[str]:
    """Yield the reasons of `why_empty`.

    photos: how many photos the archive has.
    """
    if not query.filters:
        return
    alone = {}
    for each, value in given(query.filters):
        alone[each.name] = _left(archive, query, Filters({each.name: value}))
        bearing = photos
        if each.needs is not None:
            bearing = archive.photos.count_where(Filters({each.name: each.needs.every()}))
            if bearing < photos:
                yield each.needs.say(photos - bearing, bearing)
        if bearing and not alone[each.name]:
            said = each.say(value).translate(_INNER)
            if each.name == PLACE.name:
                yield f"nessuna foto è stata scattata {said.replace('luogo:', 'in questo luogo:')}"
            else:
                yield f"il filtro «{said}» non lascia nessuna foto"
            if each.name == PEOPLE.name and not archive.people.are_known():
                yield "in nessuna foto ci sono nomi di persone"
    if (
        TEXTS.name in query.filters
        and archive.texts.are_read()
        and (unread := archive.texts.count_unread())
    ):
        which = "una foto" if unread == 1 else f"{thousands(unread)} foto"
        yield f"di {which} non sono ancora state lette le parole: le legge «cercafoto leggi»"
    for folder in FOLDERS.of(query.filters) or ():
        if archive.settings.shared is None and not folder.is_dir():
            yield f"il disco di {printable(folder)} non è collegato"
    left = _left(archive, query, query.filters)
    if not left and all(alone.values()):
        yield "i filtri insieme non lasciano nessuna foto"
    elif left and query.exclude and not (query.text or query.like):
        shown = ", ".join(query.exclude)
        yield f"le {thousands(left)} foto che i filtri lasciano mostrano: {shown}"


def _left(archive: Archive, query: Query, filters: Filters) -> int:
    """Return how many photos fulfil `filters`, some of the query's filters."""
    narrowed = filters_of(archive, replace(query, filters=filters))
    return archive.photos.count_where(narrowed) if narrowed is not None else 0
