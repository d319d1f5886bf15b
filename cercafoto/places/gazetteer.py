"""Look up the places of the world by position or by name, in a file that ships with cercafoto.

`training/places` makes the file, `luoghi.sqlite`. It has points and no borders: a position is in
the town whose edge is nearest, and the edge is estimated from the town's population. A lookup
compares only some hundred of the 150,000 points, with numpy.
"""

from __future__ import annotations

import math
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import cache, cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from cercafoto.base.word_stems import fold
from cercafoto.errors import CercafotoError
from cercafoto.question.values import (
    COMUNE,
    KINDS,
    LUOGO,
    PAESE,
    PROVINCIA,
    REGIONE,
    Circle,
    Rectangle,
)

if TYPE_CHECKING:
    import numpy as np

DATA = Path(__file__).with_name("luoghi.sqlite")

EARTH_KM = 6371.009  # mean radius
# Population density of a town, that of Milan. It puts the edges right both for the outskirts of
# large towns and for the small towns around them.
PEOPLE_PER_KM2 = 7500
# Largest distance in km from the edge of the nearest town at which a photo is in that comune, and
# at which it is in that region and country. Farther away it is at sea or in a desert.
COMUNE_KM, REGION_KM = 15.0, 100.0
# Towns are grouped in rows of latitude. A search of one row above and below covers 55 km or more,
# and the largest town has a radius of 33 km: no town outside can have its edge nearer than 22 km.
ROW_DEGREES, SURE_KM = 0.5, 22.0

Names = tuple[str, str, str, str]  # comune, provincia, regione, paese; "" if unknown


class GazetteerPlace(NamedTuple):
    """A place that has a certain name.

    kind: one of KINDS.
    name: the place's name in Italian.
    population: inhabitants of a town or hamlet; 0 for other places.
    country: name in Italian; "" for a luogo that belongs to no country.
    circles: the area of a luogo, or the town of a comune; else empty.
    parts: (kind, name) of the divisions that a luogo is made of.
    """

    kind: str
    name: str
    population: int
    country: str
    circles: tuple[Circle, ...] = ()
    parts: tuple[tuple[str, str], ...] = ()

    @property
    def is_area(self) -> bool:
        """Whether this is a lake, an island, a mountain or a stretch of land, and no hamlet."""
        return self.kind == LUOGO and not self.country


class PlacesDataError(CercafotoError):
    """The file of places that ships with cercafoto is missing or damaged."""


class Gazetteer:
    """The file of places at `path`, opened at first use. For one thread at a time.

    `locate` and `named` raise PlacesDataError.
    """

    def __init__(self, path: Path = DATA) -> None:
        self._path = path
        self._located: dict[tuple[float, float], Names | None] = {}

    @cached_property
    def _db(self) -> sqlite3.Connection:
        # immutable: the file may lie on a read-only disk.
        return sqlite3.connect(f"{self._path.as_uri()}?mode=ro&immutable=1", uri=True)

    # -- position -> names ---------------------------------------------------------------------

    def locate(self, latitude: float, longitude: float) -> Names | None:
        """Return the names of the town at a position in degrees, and of the divisions around it.

        More than COMUNE_KM from any town the comune is "". More than REGION_KM: None.
        """
        key = (round(latitude, 3), round(longitude, 3))  # 100 m
        if key not in self._located:
            with self._reading():
                self._located[key] = self._nearest(*key)
        return self._located[key]

    @cached_property
    def _points(self) -> tuple[np.ndarray, ...]:
        """All towns and hamlets, sorted by row of latitude, then longitude, as arrays of length n.

        The arrays are: sort key, latitude and longitude in radians, radius in km, id of the place.
        """
        import numpy as np  # late: looking up a name does not need it

        towns = np.array(
            self._db.execute(
                "SELECT latitude, longitude, population, id FROM places "
                "WHERE kind IN (?, ?) AND parent IS NOT NULL",
                (KINDS.index(COMUNE), KINDS.index(LUOGO)),
            ).fetchall(),
            dtype=np.float64,
        )
        order = _row(towns[:, 0] / 1e4) * 1000 + towns[:, 1] / 1e4 + 180
        by_order = np.argsort(order)
        towns = towns[by_order]
        return (
            order[by_order],
            np.radians(towns[:, 0] / 1e4),
            np.radians(towns[:, 1] / 1e4),
            np.sqrt(towns[:, 2] / (PEOPLE_PER_KM2 * np.pi)),
            towns[:, 3].astype(np.int64),
        )

    def _nearest(self, latitude: float, longitude: float) -> Names | None:
        """Return the names at a position, as `locate` does, without a cache."""
        edge, place = self._nearest_within(latitude, longitude, rows=1)
        if edge > SURE_KM:
            edge, place = self._nearest_within(latitude, longitude, rows=3)
        if edge > REGION_KM:
            return None
        comune, provincia, regione, paese = self._names(place)
        return comune if edge <= COMUNE_KM else "", provincia, regione, paese

    def _nearest_within(self, latitude: float, longitude: float, rows: int) -> tuple[float, int]:
        """Return the distance in km to the nearest edge of a town, and the town's id; (inf, 0) if
        no town is near.

        Only towns in the position's row of latitude and in `rows` rows above and below it count.
        """
        import numpy as np

        order, latitudes, longitudes, radii, places = self._points
        aside = (rows + 0.5) * ROW_DEGREES / max(math.cos(math.radians(latitude)), 0.05)
        row = int(_row(latitude))
        near = []
        for turn in (-360, 0, 360):  # towns across the 180th meridian are near too
            low, high = longitude + turn - aside + 180, longitude + turn + aside + 180
            if low < 360 and high > 0:
                for r in range(row - rows, row + rows + 1):
                    start, stop = np.searchsorted(
                        order, [r * 1000 + max(low, 0), r * 1000 + min(high, 360)]
                    )
                    near.append(np.arange(start, stop))
        chosen = np.concatenate(near)
        if not len(chosen):
            return math.inf, 0
        here, there = math.radians(latitude), math.radians(longitude)
        part = latitudes[chosen]
        # Haversine.
        half = (
            np.sin((part - here) / 2) ** 2
            + np.cos(part) * math.cos(here) * np.sin((longitudes[chosen] - there) / 2) ** 2
        )
        edges = 2 * EARTH_KM * np.arcsin(np.sqrt(np.minimum(half, 1.0))) - radii[chosen]
        best = int(np.argmin(edges))
        return float(edges[best]), int(places[chosen[best]])

    def _names(self, place: int) -> Names:
        """Return the name of a place and the names of the divisions around it. place: its id."""
        names = dict.fromkeys(KINDS, "")
        parent: int | None = place
        while parent is not None:
            kind, name, parent = self._db.execute(
                "SELECT kind, name, parent FROM places WHERE id = ?", (parent,)
            ).fetchone()
            names[KINDS[kind]] = name
        return names[COMUNE], names[PROVINCIA], names[REGIONE], names[PAESE]

    # -- name -> places ------------------------------------------------------------------------

    def named(self, name: str) -> list[GazetteerPlace]:
        """Return all places with a name, Italian or local, ignoring accents, case and hyphens; []
        if none.

        "provincia di Siena" and "isola d'Elba" are found too.
        """
        with self._reading():
            return list(self._named(name_key(name)))

    def towns_in(self, where: Rectangle, most: int) -> list[tuple[str, float, float]]:
        """Return (name, latitude, longitude) of the towns in a rectangle with most inhabitants."""
        import numpy as np

        with self._reading():
            places, latitudes, longitudes = _by_inhabitants(self._path)
            east = (longitudes - where.west) % 360 <= (where.east - where.west) % 360
            if where.east - where.west >= 360:
                east[:] = True
            within = east & (latitudes >= where.south) & (latitudes <= where.north)
            named = self._db.execute
            return [
                (
                    named("SELECT name FROM places WHERE id = ?", (int(places[i]),)).fetchone()[0],
                    float(latitudes[i]),
                    float(longitudes[i]),
                )
                for i in np.flatnonzero(within)[:most]
            ]

    @contextmanager
    def _reading(self) -> Iterator[None]:
        """Turn errors of SQLite in the block into PlacesDataError."""
        try:
            yield
        except sqlite3.Error as error:
            raise PlacesDataError(
                f"I dati dei luoghi in {self._path} non si possono leggere ({error}).",
                "Fanno parte di cercafoto: reinstallalo. L'archivio e le foto sono intatti.",
            ) from error

    def _named(self, key: str) -> Iterator[GazetteerPlace]:
        """Yield the places whose folded name is `key`, or that `key` names as a provincia."""
        only = None
        for prefix in ("provincia di ", "provincia del ", "provincia dell'", "provincia della "):
            if key.startswith(prefix):
                key, only = key.removeprefix(prefix), PROVINCIA
                break
        rows = self._db.execute(
            "SELECT id, kind, places.name, latitude, longitude, population FROM names "
            "JOIN places ON places.id = names.place WHERE key = ?",
            (key,),
        ).fetchall()
        for place, kind, name, latitude, longitude, population in rows:
            if only in (None, KINDS[kind]):
                yield GazetteerPlace(
                    KINDS[kind],
                    name,
                    population,
                    self._names(place)[3],
                    self._circles(place, KINDS[kind], latitude, longitude, population),
                    tuple(
                        (KINDS[part], division)
                        for part, division in self._db.execute(
                            "SELECT kind, name FROM parts WHERE place = ?", (place,)
                        )
                    ),
                )

    def _circles(
        self, place: int, kind: str, latitude: int | None, longitude: int | None, population: int
    ) -> tuple[Circle, ...]:
        """Return the circles that a place covers: the stored circles, or one circle estimated from
        the population; () for a place that has neither circles nor a position.

        latitude, longitude: in ten-thousandths of a degree, None for a place without a position.
        """
        rows = self._db.execute(
            "SELECT latitude, longitude, km FROM circles WHERE place = ?", (place,)
        ).fetchall()
        if rows:
            return tuple(Circle(*row) for row in rows)
        if latitude is None or longitude is None:
            return ()
        km = town_radius(population)
        if kind == LUOGO:
            km = max(km, 2.0)  # a hamlet with its surroundings
        return (Circle(latitude / 1e4, longitude / 1e4, km),)


@cache
def _by_inhabitants(path: Path) -> tuple[np.ndarray, ...]:
    """Return ids, latitudes and longitudes in degrees of all towns, the largest first."""
    import numpy as np

    with closing(Gazetteer(path)._db) as db:
        rows = db.execute(
            "SELECT id, latitude, longitude FROM places WHERE kind = ? AND latitude IS NOT NULL "
            "ORDER BY population DESC, id",
            (KINDS.index(COMUNE),),
        ).fetchall()
    towns = np.array(rows, np.int32).reshape(-1, 3)
    return towns[:, 0], towns[:, 1] / 1e4, towns[:, 2] / 1e4


def name_key(name: str) -> str:
    """Return a name as it is looked up: folded, with spaces instead of hyphens."""
    return " ".join(fold(name).replace("-", " ").split())


def _row(latitude: Any) -> Any:
    """Return the number of the row of a latitude in degrees; for an array, an array of numbers."""
    return (latitude + 90) // ROW_DEGREES


def town_radius(population: int) -> float:
    """Return the radius in km of a circular town with this population."""
    return math.sqrt(max(population, 0) / (PEOPLE_PER_KM2 * math.pi))


def km_between(a: tuple[float, float], b: tuple[float, float]) -> float:
    """Return the great-circle distance in km of two positions in decimal degrees (haversine)."""
    (lat_a, lon_a), (lat_b, lon_b) = (tuple(map(math.radians, p)) for p in (a, b))
    half = (
        math.sin((lat_a - lat_b) / 2) ** 2
        + math.cos(lat_a) * math.cos(lat_b) * math.sin((lon_a - lon_b) / 2) ** 2
    )
    return 2 * EARTH_KM * math.asin(math.sqrt(min(half, 1.0)))
