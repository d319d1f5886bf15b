"""Order the photos of "vicino a Siena" by their distance from it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from cercafoto.question.filters.filter import Filters
from cercafoto.question.filters.place import PLACE
from cercafoto.question.query import Query

if TYPE_CHECKING:
    from cercafoto.archive.archive import Archive
    from cercafoto.base.arrays import Floats
    from cercafoto.question.values import Circle

KM_PER_DEGREE = 111.195  # of latitude


def places_by_distance(archive: Archive, query: Query, filters: Filters) -> dict[int, int]:
    """Return content id -> its place in the order, all below 0; photos without a position have 0.

    filters: filters of the query, with resolved values.
    """
    place = PLACE.of(query.filters)
    rows = archive.photos.positions(filters)
    if place is None or place.condition is None or not rows:
        return {}
    contents, latitudes, longitudes = np.array(rows, np.float64).T
    distances = _distances(latitudes, longitudes, place.condition.circles)
    order = np.argsort(-distances, kind="stable")
    # Of two files of one photo the nearer counts, which comes last.
    return {int(content): -1 - at for at, content in enumerate(contents[order])}


def _distances(latitudes: Floats, longitudes: Floats, circles: Sequence[Circle]) -> Floats:
    """Return the distance in km of positions from the nearest edge of some circles, which is less
    than 0 inside: [n]. On a plane, as the circles are compared in SQL."""
    distances = [
        KM_PER_DEGREE
        * np.hypot(
            latitudes - circle.latitude,
            ((longitudes - circle.longitude + 180) % 360 - 180)
            * np.cos(np.radians(circle.latitude)),
        )
        - circle.km
        for circle in circles
    ]
    nearest: Floats = np.min(distances, axis=0)
    return nearest
