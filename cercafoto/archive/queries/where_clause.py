"""The WHERE of a query over `photos`, in the dialects of the engines."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from cercafoto.question.filters.filter import Filters

Clause = tuple[str, Sequence[object]]


class Sound(Protocol):
    """SQL for a column, which fails where the engine can tell that its row is not what was written.

    joined_by: of a table in an outer join, the column that names its row.
    """

    def __call__(self, table: str, column: str, joined_by: str = "") -> str: ...


class Dialect(NamedTuple):
    """What engines say differently; marks stand for values in all of them.

    visible: of the photos that are there.
    plus: before a column, keeps from searching by it.
    weekday: 0 for Monday, of the photos whose day is known.
    position: of a text in another, from 1; 0 where it is not.
    keyword: bearing one.
    not_in_colour: of contents without colour, or of which that is not known.
    sound: see `Sound`.
    listed: makes one value of numbers or texts; in_list: that `{}`, a column, is one of them.
    of_contents: the table of photos, of the contents in a list.
    least_path: of several photos.
    undated: after the table of photos, to look for those without a date by the times of their
        files.
    words: the index of words with its photos, and word_photo, its column that names them.
    has_words: that words are in the index, all of those of `all_words`.
    named: of the photos whose file, or path, has a text in it.
    in_use: that `{column}` of a photo is the row of `{table}`, where rows may be that no photo has.
    """

    visible: str
    plus: str
    weekday: str
    position: str
    keyword: str
    not_in_colour: str
    sound: Sound
    listed: Callable[[Iterable[int | str]], object]
    in_list: str
    of_contents: str
    least_path: str
    undated: str
    words: str
    word_photo: str
    has_words: str
    all_words: Callable[[Sequence[str]], str]
    named: str
    in_use: str


def where(filters: Filters, dialect: Dialect) -> tuple[str, list[object]]:
    """Return SQL that is true for the visible photos that fulfil all filters, and its values.

    filters: with resolved values, see `all_filters.resolved`.

    Raises ValueError for a kind of place that there is not.
    """
    parts, values = [dialect.visible], list[object]()
    if filters:
        # Late: it loads every filter, which `index` and `stato` do without.
        from cercafoto.archive.queries.filter_sql import clauses

        for sql, clause_values in clauses(filters, dialect):
            parts.append(sql)
            values += clause_values
    return " AND ".join(parts), values
