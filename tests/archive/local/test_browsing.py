"""Facets of an archive, against counting photos one by one."""

from __future__ import annotations

import math
import os
from collections import Counter
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from cercafoto import Library
from cercafoto.archive.queries.browsing import first_folders
from cercafoto.places.lookup import Places
from cercafoto.question.filters.all_filters import FACETS, resolved
from cercafoto.question.filters.file_filters import CAMERA
from cercafoto.question.filters.filter import NO_FILTERS, Filter, Filters, Typed, arrange
from cercafoto.question.filters.kinds import FILE_KIND
from cercafoto.question.filters.missing import MISSING
from cercafoto.question.filters.names import COLLECTIONS, FOLDERS, LABELS
from cercafoto.question.filters.place import PLACE
from cercafoto.question.filters.rectangle import RECTANGLE
from cercafoto.question.filters.with_people import PEOPLE
from cercafoto.question.grammar.calendar_days import Span
from cercafoto.question.values import Rectangle
from tests.conftest import paint
from tests.support.known_photos import KnownPhotos

# The labels of each label file: both give "a" to every sixth photo.
GIVEN = {"uno": {"a": 2, "b": 5}, "due": {"a": 3}, "a mano": {"a": 7, "c": 11}}


@pytest.fixture(scope="module", params=["here", "shared"])
def archive(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[KnownPhotos]:
    made = KnownPhotos.of_engine(request, tmp_path_factory.mktemp("archive"), "conteggi")
    contents = [made.content(number) for number in range(400)]
    for label_file, labels in GIVEN.items():
        tags = [
            (content, label, 0.5, 0.5)
            for label, step in labels.items()
            for content in contents[step - 1 :: step]
        ]
        made.rows.labels.write(contents, tags, label_file, 1)
    yield made
    made.close()


@pytest.mark.parametrize(
    "asked",
    [
        NO_FILTERS,
        Filters(periods=(Span(date(2016, 1, 1), date(2018, 6, 1)),)),
        Filters(camera=("iphone",)),
        Filters(labels=("a",), orientation="verticale"),
        Filters(folders=(Path("/foto/2017"),)),
    ],
    ids=["anything", "days", "camera", "label", "folder"],
)
def test_counts_are_those_of_counting_one_by_one(archive: KnownPhotos, asked: Filters) -> None:
    filters = asked.but(folders=archive.folders(asked.get("folders", ())))
    numbers = archive.numbers(filters)
    assert numbers
    some = [
        archive.rows.photos.of_content(archive.content(number))[0].photo_id
        for number in numbers[::3]
    ]
    for among in (None, some):
        here = numbers if among is None else numbers[::3]
        facets = archive.rows.browsing.facets(filters, among)
        assert facets.photos == len(here)
        cameras = Counter(archive.facts[i].camera for i in here if archive.facts[i].camera)
        assert dict(facets.of(CAMERA)) == cameras
        assert [n for _, n in facets.of(CAMERA)] == sorted(cameras.values(), reverse=True)
        borne = Counter(
            label
            for i in here
            for label in {
                label
                for labels in GIVEN.values()
                for label, step in labels.items()
                if (i + 1) % step == 0
            }
        )
        assert dict(facets.of(LABELS)) == borne
        located = [i for i in here if archive.facts[i].latitude]
        towns = Counter(archive.towns[i][0] for i in located if archive.towns[i][0])
        # Some photos have only a country: its name leads to all photos there.
        assert dict(facets.of(PLACE)) == {**towns, "Italia": len(located)}
        years = Counter(
            archive.source + f"/foto/{archive.facts[i].taken_at[:4]}".encode() for i in here
        )
        if len(years) > 1:
            assert facets.of(FOLDERS) == tuple(sorted(years.items()))
        else:
            assert facets.of(FOLDERS) == ()


VIEWS = [Rectangle(41, 10, 45, 13), Rectangle(-85, -180, 85, 180), Rectangle(40, 12, 50, -170)]


@pytest.mark.parametrize("step", [0.5, 45.0])
@pytest.mark.parametrize("view", VIEWS, ids=["some", "whole", "pacific"])
def test_groups_of_the_map_have_the_photos_of_their_cells(
    archive: KnownPhotos, view: Rectangle, step: float
) -> None:
    for asked in (NO_FILTERS, Filters(labels=("a",)), Filters(rectangle=Rectangle(42, 9, 44, 13))):
        within = archive.numbers(asked.but(rectangle=None))
        seen = [view, asked[RECTANGLE.name]] if RECTANGLE.name in asked else [view]
        cells: dict[tuple[int, int], list[tuple[float, float]]] = {}
        high = step * max(math.cos(math.radians((view.south + view.north) / 2)), 0.05)
        for i in within:
            lat, lon = archive.facts[i].latitude, archive.facts[i].longitude
            if lat is not None and lon is not None and all(_is_in(lat, lon, r) for r in seen):
                cell = math.floor((lat + 90) / high), math.floor((lon + 180) / step)
                cells.setdefault(cell, []).append((lat, lon))
        found = archive.rows.browsing.groups(asked, view, step)
        assert cells and len(found) == len(cells)
        assert [one.photos for one in found] == sorted(map(len, cells.values()), reverse=True)
        areas = {
            (min(lats), min(lons), max(lats), max(lons)): (sum(lats) / len(lats), len(lats))
            for lats, lons in (zip(*positions, strict=True) for positions in cells.values())
        }
        for one in found:
            latitude, photos = areas[tuple(one.area)]
            assert (one.photos, one.latitude) == (photos, pytest.approx(latitude))
            facts = archive.facts[_numbers(archive, [one.photo_id])[0]]
            assert _is_in(facts.latitude or 0, facts.longitude or 0, one.area)
        some = [tile.photo_id for tile in archive.rows.browsing.page(asked, 400)][::3]
        few = archive.rows.browsing.groups(NO_FILTERS, view, step, some)
        assert sum(one.photos for one in few) == len(
            [i for i in _numbers(archive, some) if archive.facts[i].latitude is not None
             and _is_in(archive.facts[i].latitude or 0, archive.facts[i].longitude or 0, view)]
        )  # fmt: skip


def _is_in(latitude: float, longitude: float, where: Rectangle) -> bool:
    turn = where.west > where.east
    beyond = longitude >= where.west, longitude <= where.east
    return where.south <= latitude <= where.north and (any(beyond) if turn else all(beyond))


def _numbers(archive: KnownPhotos, photo_ids: list[int]) -> list[int]:
    tiles = archive.rows.browsing.tiles(photo_ids)
    return [int.from_bytes(tiles[photo_id].digest, "big") for photo_id in photo_ids]


@pytest.mark.parametrize("asked", [NO_FILTERS, Filters(labels=("a",))], ids=["all", "some"])
def test_photos_are_counted_by_place(archive: KnownPhotos, asked: Filters) -> None:
    numbers = archive.numbers(asked)
    ids = [archive.rows.photos.of_content(archive.content(n))[0].photo_id for n in numbers[::3]]
    for among, here in ((None, numbers), (ids, numbers[::3])):
        found = archive.rows.browsing.by_place(asked, among)
        located = [i for i in here if archive.facts[i].latitude is not None]
        assert dict(found.places) == Counter((*archive.towns[i], "Italia") for i in located)
        counts = [number for _, number in found.places]
        assert counts == sorted(counts, reverse=True) and found.located == len(located)
        latitudes = [archive.facts[i].latitude or 0 for i in located]
        longitudes = [archive.facts[i].longitude or 0 for i in located]
        assert found.area == Rectangle(
            min(latitudes), min(longitudes), max(latitudes), max(longitudes)
        )
    nowhere = archive.rows.browsing.by_place(Filters(rectangle=Rectangle(0, 0, 1, 1)))
    assert (nowhere.located, nowhere.area, nowhere.places) == (0, None, ())


@pytest.mark.parametrize("which", [each for each, _ in FACETS], ids=lambda each: each.name)
@pytest.mark.parametrize("asked", [NO_FILTERS, Filters(labels=("a",))], ids=["all", "some"])
def test_each_value_that_is_offered_leads_to_as_many_photos(
    archive: KnownPhotos, asked: Filters, which: Filter[Any]
) -> None:
    facet, rows = which.facet, archive.rows
    assert facet is not None
    if which in (COLLECTIONS, MISSING, FILE_KIND):  # see tests/web/test_every_filter.py
        return
    if which is PEOPLE:
        counted = arrange(which, rows.people.count(asked))
    elif facet.at_once:
        counted = rows.browsing.facets(asked).of(which)
    else:
        counted = arrange(which, rows.browsing.count(which, asked))
    assert len(counted) > 1 or (which is PEOPLE and archive.source)  # names are not published
    for value, number in counted:
        given = value.removeprefix(archive.source) if isinstance(value, bytes) else value
        typed = Typed(facet.choose(asked, given), date(2026, 1, 1), Places(rows.photos))
        filters = resolved(asked.but(**{which.name: which.parse(typed)}), archive)
        assert filters is not None
        assert len(archive.numbers(filters)) == number, value
        assert which.chips(typed.values)


def test_an_empty_archive_has_nothing_to_count(archive: KnownPhotos) -> None:
    facets = archive.rows.browsing.facets(Filters(camera=("Leica",)))
    assert facets.photos == 0
    assert set(facets.counted.values()) == {()}


@pytest.mark.skipif(os.sep != "/", reason="paths of POSIX")
@pytest.mark.parametrize(
    ("photos", "said"),
    [
        ({}, []),
        ({b"/f": 3}, []),
        ({b"/f/a": 1, b"/f/b": 2}, [(b"/f/a", 1), (b"/f/b", 2)]),
        # The path shown is the longest that all photos of a folder share.
        ({b"/f/a/x/y": 1, b"/f/b/x": 2, b"/f/b/y": 3}, [(b"/f/a/x/y", 1), (b"/f/b", 5)]),
        # Photos directly in the common folder are in no folder below it.
        ({b"/f": 7, b"/f/a": 1}, [(b"/f/a", 1)]),
        ({b"/f/a": 1, b"/f/ab": 2, b"/f/a/b": 4}, [(b"/f/a", 5), (b"/f/ab", 2)]),
        ({b"/home/ada/Foto/1": 1, b"/media/d": 2}, [(b"/home/ada/Foto/1", 1), (b"/media/d", 2)]),
        ({b"/f/\xff": 1, b"/f/\xc3\xa8": 2}, [(b"/f/\xc3\xa8", 2), (b"/f/\xff", 1)]),
        ({b"/": 1, b"/a": 2}, [(b"/a", 2)]),
        # Of two sources of a shared archive.
        ({b"A:/f/a": 1, b"A:/f/b": 2, b"B:/f": 4}, [(b"A:/f", 3), (b"B:/f", 4)]),
    ],
)
def test_the_first_folders_that_tell_photos_apart(
    photos: dict[bytes, int], said: list[tuple[bytes, int]]
) -> None:
    assert first_folders(photos) == said


def test_folders_with_names_that_are_not_text_are_counted(tmp_path: Path) -> None:
    made = KnownPhotos(tmp_path / "c.sqlite3")
    with made.catalog.transaction():
        made.catalog.connection.execute(
            "UPDATE photos SET path = ? WHERE id = 1", (b"/foto/\xff\xfe/1",)
        )
    for conditions in (NO_FILTERS, Filters(periods=(Span(date(2000, 1, 1), None),))):
        assert (b"/foto/\xff\xfe", 1) in made.catalog.browsing.facets(conditions).of(FOLDERS)
    made.catalog.close()


def test_neighbours_are_those_of_the_whole_list(archive: KnownPhotos) -> None:
    browsing = archive.rows.browsing
    ids = [tile.photo_id for tile in browsing.page(NO_FILTERS, 10_000)]
    tiles = browsing.tiles(ids)
    for at in (0, 1, *range(7, len(ids), 17), len(ids) - 1):
        before = ids[at - 1] if at else None
        after = ids[at + 1] if at + 1 < len(ids) else None
        assert browsing.neighbours(tiles[ids[at]]) == (before, after)


def test_photos_without_a_date_follow_the_oldest(library: Library, tmp_path: Path) -> None:
    for at, name in enumerate(("IMG_20190101_a", "b", "IMG_20180101_c", "d", "IMG_20180101_e")):
        photo = paint(tmp_path / "foto" / f"{name}.png", (10 * at, 20, 30))
        os.utime(photo, (1_500_000_000 + at // 2, 1_500_000_000 + at // 2))
    library.index([tmp_path / "foto"])
    tiles = library.photos.page(None, 10).tiles
    assert [tile.taken_at is None for tile in tiles] == [False] * 3 + [True] * 2
    ids = [None, *(tile.photo_id for tile in tiles), None]
    for at, tile in enumerate(tiles):
        assert library.photos.neighbours(tile) == (ids[at], ids[at + 2])


def test_the_data_of_photos_are_those_that_were_written(archive: KnownPhotos) -> None:
    numbers = range(0, 400, 7)
    ids = {
        archive.rows.photos.of_content(archive.content(number))[0].photo_id: number
        for number in numbers
    }
    found = archive.rows.browsing.data([*ids, 10**9])
    assert found.keys() == ids.keys()
    for photo_id, number in ids.items():
        facts, town, data = archive.facts[number], archive.towns[number], found[photo_id]
        place = None if facts.latitude is None else (*town, "Italia")
        assert (data["place"], data["latitude"], data["longitude"]) == (
            place,
            facts.latitude,
            facts.longitude,
        )
        assert (data["camera"], data["lens"], data["focal_length"], data["rating"]) == (
            facts.camera,
            facts.lens,
            facts.focal,
            facts.rating,
        )
        assert (data["title"], {*data["keywords"]}) == (facts.title, {*facts.keywords})
        assert data["format"] == facts.format
