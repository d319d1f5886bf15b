"""The WHERE clause of a query over `photos`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cercafoto.archive.queries.sql_dialect import Dialect

if TYPE_CHECKING:
    from cercafoto.question.filters.filter import Filters


def where(filters: Filters, dialect: Dialect) -> tuple[str, list[object]]:
    """Return (SQL condition for the visible photos that fulfil all filters, values of the SQL).

    filters: with resolved values, see `all_filters.resolved`.

    Raises ValueError for an unknown kind of place.
    """
    parts, values = [dialect.visible], list[object]()
    if filters:
        # Imported late: it loads every filter, and `index` and `stato` need none.
        from cercafoto.archive.queries.filter_sql import clauses

        for sql, clause_values in clauses(filters, dialect):
            parts.append(sql)
            values += clause_values
    return " AND ".join(parts), values
