"""Count the photos that lack each kind of data: a date, a position, labels and so on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from cercafoto.archive.archive import Archive
from cercafoto.errors import CercafotoError
from cercafoto.question.filters.filter import Filters
from cercafoto.question.filters.missing import KINDS, MISSING, lack_of
from cercafoto.search.answer import ArchiveToAsk

# What names of people, and collections, resolve to if there are none.
NOBODY = (((),), ())


def count_missing(
    archive: Archive, filters: Filters, among: Sequence[int] | None
) -> Iterator[tuple[str, int]]:
    """Yield (kind, number of photos that fulfil the filters and lack this kind of data).

    A kind that no photo of the archive has, for example if no names of people are known, says
    nothing about single photos: names and collections are then left out.

    filters: resolved, see `all_filters.resolved`.
    among: count only the photos with these ids.
    """
    lacking = filters.get(MISSING.name, ())
    for kind in KINDS:
        try:
            lack = lack_of(kind, ArchiveToAsk(archive))
        except CercafotoError:
            continue
        if lack.bearing is not None and lack.bearing[1] in NOBODY:
            continue
        asked = filters.but(**{MISSING.name: (*lacking, lack)})
        yield kind, archive.photos.count_where(asked, among)
