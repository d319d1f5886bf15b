"""Name the columns whose values are counted for the facets of filters."""

from __future__ import annotations

from typing import NamedTuple

from cercafoto.question.filters.file_filters import FORMAT, LENS, ORIENTATION, RATING, VIDEO
from cercafoto.question.filters.people_count import PEOPLE_COUNT
from cercafoto.question.values import VIDEO_FORMATS


class Column(NamedTuple):
    """What is counted for one filter.

    sql: the value of a photo; NULL if the photo has none.
    joined: JOIN of the table that has the column, if that is not `photos`.
    names: table with the names of the values, if the values are its ids.
    """

    sql: str
    joined: str = ""
    names: str = ""


_VIDEOS = ", ".join(f"'{name}'" for name in VIDEO_FORMATS)
COLUMNS: dict[str, Column] = {
    LENS.name: Column("photos.lens_id", names="lenses"),
    FORMAT.name: Column("photos.format"),
    ORIENTATION.name: Column("photos.shape"),
    RATING.name: Column("photos.rating"),
    VIDEO.name: Column(f"CASE WHEN photos.format IN ({_VIDEOS}) THEN 1 ELSE 0 END"),
    PEOPLE_COUNT.name: Column(
        "things.people", "JOIN things ON things.content_id = photos.content_id"
    ),
}
