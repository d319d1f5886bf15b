"""Name the columns whose values are counted for the facets of filters."""

from __future__ import annotations

from typing import NamedTuple

from cercafoto.question.filters.file_filters import (
    COLOR_LABEL,
    FORMAT,
    LENS,
    ORIENTATION,
    RATING,
    VIDEO,
)
from cercafoto.question.filters.people_count import PEOPLE_COUNT
from cercafoto.question.filters.quality import QUALITY
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
    COLOR_LABEL.name: Column("photos.color_label"),
    RATING.name: Column("photos.rating"),
    VIDEO.name: Column(f"CASE WHEN photos.format IN ({_VIDEOS}) THEN 1 ELSE 0 END"),
    QUALITY.name: Column(
        "said.quality",
        "JOIN (SELECT content_id, clarity AS quality FROM quality WHERE clarity IS NOT NULL "
        "UNION ALL SELECT content_id, exposure FROM quality WHERE exposure IS NOT NULL) AS said "
        "ON said.content_id = photos.content_id",
    ),
    PEOPLE_COUNT.name: Column(
        "things.people", "JOIN things ON things.content_id = photos.content_id"
    ),
}


def named_places(comune: str = "comune") -> str:
    """Return the SQL of the tables `named_by` and `named` (name, n): the names of the most photos'
    places, each with as many photos as the name means. A photo far from every town bears the name
    of its region or country: that name means all photos there.

    The tables are made of `towns` (place_id, n). One value is needed: how many names to return.

    comune: the column with the name of the town.
    """
    # As `places.lookup.Places` understands names: a country, a town, a region, a province.
    kinds = ("paese", comune, "regione", "provincia")
    named_by = " UNION ALL ".join(
        f"SELECT {column} AS name, {rank} AS rank, n FROM towns JOIN places ON places.id = place_id"
        for rank, column in enumerate(kinds)
    )
    finest = f"coalesce(nullif({comune}, ''), nullif(provincia, ''), nullif(regione, ''), paese)"
    return (
        f"named_by AS (SELECT name, rank, CAST(sum(n) AS BIGINT) AS n FROM ({named_by}) AS bearing "
        "GROUP BY 1, 2), "
        "named AS (SELECT name, n FROM named_by AS best WHERE rank = "
        "(SELECT min(rank) FROM named_by WHERE named_by.name = best.name) AND name IN "
        f"(SELECT {finest} FROM towns JOIN places ON places.id = place_id) "
        "ORDER BY 2 DESC, 1 LIMIT ?)"
    )
