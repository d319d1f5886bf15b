"""The SQL in which SQLite and PostgreSQL differ."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

Clause = tuple[str, Sequence[object]]


class Dialect(NamedTuple):
    """SQL in which SQLite and PostgreSQL differ. Question marks stand for values.

    visible: condition for visible photos.
    no_index: prefix that keeps a column from being looked up in an index.
    weekday: left side of IN (...): the photo's day of the week, 0 for Monday; no match if unknown.
    position: function for the position of a text in another, from 1; 0 if the other lacks the text.
    keyword: condition for photos with a keyword.
    keywords: table expression for the stems of the keywords of photos, `photo_id` and `keyword`.
    not_in_colour: condition for contents without colour, or not checked for colour yet.
    checked: (table, column, joined_by) -> SQL for a column, which fails if the engine can tell that
        its row is damaged. joined_by: for a table in an outer join, the column that refers to it.
    looked: returns a subquery for the contents whose quality was looked at, or cannot be.
    listed: turns numbers or texts into one value for `in_list`.
    in_list: condition that column `{}` is in a list.
    shown_in: condition for photos with a content in a list, and for videos with a frame in it.
    of_contents: table expression for the photos whose contents are in a list.
    least_path: aggregate for the first path of a group of photos.
    undated: index hint for photos without a date, by the time of their file.
    words: table expression for the words of photos, joined with the photos.
    word_photo: column of `words` with the photo's id.
    has_words: condition that the words of a photo include all stems in a value of `all_words`.
    all_words: turns stems into one value for `has_words`.
    named: condition for photos whose path (local) or file name (shared) contains a text.
    path_has: condition that the path of a photo contains a text in small letters, without an index.
    floor: the largest whole number up to `{}`, which is not negative.
    in_use: condition that a photo refers to the row of `{table}` by `{column}`.
    """

    visible: str
    no_index: str
    weekday: str
    position: str
    keyword: str
    keywords: str
    not_in_colour: str
    checked: Callable[..., str]
    looked: Callable[[], str]
    listed: Callable[[Iterable[int | str]], object]
    in_list: str
    shown_in: str
    of_contents: str
    least_path: str
    undated: str
    words: str
    word_photo: str
    has_words: str
    all_words: Callable[[Sequence[str]], str]
    named: str
    path_has: str
    in_use: str
    floor: str
