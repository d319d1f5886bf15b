"""The WHERE of a query over `photos`, in the dialects of the engines."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from cercafoto.question.filters.filter import Filters

Clause = tuple[str, Sequence[object]]


class Dialect(NamedTuple):
    """What engines say differently; marks stand for values in all of them.

    visible: of the photos that are there.
    plus: before a column, keeps from searching by it.
    weekday: 0 for Monday, of the photos whose day is known.
    position: of a text in another, from 1; 0 where it is not.
    keyword: bearing one.
    not_in_colour: of contents without colour, or of which that is not known.
    among: of the photos whose content is in a list, as JSON.
    """

    visible: str
    plus: str
    weekday: str
    position: str
    keyword: str
    not_in_colour: str
    among: str


SQLITE = Dialect(
    visible="photos.state = 'ok'",
    plus="+",
    # SQLite's week begins on Sunday. Of a year alone it would make the day of a Julian calendar.
    weekday="length(photos.taken_at) >= 10 AND (strftime('%w', photos.taken_at) + 6) % 7",
    position="instr",
    keyword="photos.id IN (SELECT photo_id FROM keywords WHERE keyword = ?)",
    not_in_colour="monochrome IS NOT 0",
    among="photos.content_id IN (SELECT value FROM json_each(?))",
)


def where(filters: Filters, dialect: Dialect = SQLITE) -> tuple[str, list[object]]:
    """Return SQL that is true for the visible photos that fulfil all filters, and its values.

    filters: with resolved values, see `registry.resolved`.

    Raises ValueError for a kind of place that there is not.
    """
    parts, values = [dialect.visible], list[object]()
    if filters:
        # Late: it loads every filter, which `index` and `stato` do without.
        from cercafoto.archive.local.filters_sql import clauses

        for sql, clause_values in clauses(filters, dialect):
            parts.append(sql)
            values += clause_values
    return " AND ".join(parts), values
