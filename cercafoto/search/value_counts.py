"""Count the photos of filters that several conditions decide, not one column: of each kind, and
without each kind of data."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from cercafoto.archive.archive import Archive
from cercafoto.base.file_kinds import FILE_KINDS
from cercafoto.errors import CercafotoError
from cercafoto.question.filters.filter import Filter, Filters
from cercafoto.question.filters.kinds import FILE_KIND
from cercafoto.question.filters.missing import KINDS, MISSING
from cercafoto.search.resolving import ArchiveToAsk

# Filter -> its values.
COUNTED_ONE_BY_ONE = {MISSING.name: KINDS, FILE_KIND.name: FILE_KINDS}
# What names of people, and collections, resolve to if there are none.
NOBODY = (((),), ())


def count_each(
    archive: Archive, which: Filter[Any], filters: Filters, among: Sequence[int] | None
) -> Iterator[tuple[str, int]]:
    """Yield (value, number of photos that fulfil the filters and this value of a filter).

    Names of people and collections are not counted as missing in an archive that has none: this
    says nothing about single photos.

    filters: resolved, see `all_filters.resolved`.
    among: count only the photos with these ids.
    """
    before = filters.get(which.name, ())
    for value in COUNTED_ONE_BY_ONE[which.name]:
        try:
            resolved = which.resolve((value,), ArchiveToAsk(archive))
        except CercafotoError:
            continue
        if which is MISSING and resolved[0].bearing and resolved[0].bearing[1] in NOBODY:
            continue
        asked = filters.but(**{which.name: (*before, *resolved)})
        if number := archive.photos.count_where(asked, among):
            yield value, number
