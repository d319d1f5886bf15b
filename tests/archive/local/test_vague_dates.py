"""Photos with only a year or month, or with no date at all."""

from __future__ import annotations

import calendar
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from cercafoto.archive.local.catalog import Catalog
from cercafoto.archive.records import cursor
from cercafoto.photos.facts import Facts
from cercafoto.photos.read_file import FoundFile, ReadFile
from cercafoto.question.filters.days import DAYS
from cercafoto.question.filters.filter import NO_FILTERS, Filters
from cercafoto.question.grammar.calendar_days import Span
from cercafoto.results.photos import Tile
from tests.archive.local.test_words import write

PARTS = ("2018", "2019", "2020", "2018-12", "2019-01", "2019-07", "2019-08", "2019-09", "2019-12",
         "2019-08-01", "2019-08-14", "2019-08-31T23:59:59", "2019-01-01T00:00:00", "2019-12-31",
         "2020-02", "2020-02-29")  # fmt: skip


@pytest.fixture(scope="module")
def vague(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Catalog]:
    """A catalogue of photos with full dates, months, years, and two without a date."""
    with Catalog.create(tmp_path_factory.mktemp("vague") / "c.sqlite3") as catalog:
        for number, taken_at in enumerate((*PARTS, None, None), start=1):
            write(catalog, number, taken_at=taken_at, date_source="exif" if taken_at else None)
        yield catalog


def days_of(taken_at: str) -> tuple[date, date]:
    """Return the first and the last day on which a photo may have been taken."""
    year, month, *day = (*taken_at[:10].split("-"), "")[:3]
    if not month:
        return date(int(year), 1, 1), date(int(year), 12, 31)
    if not day or not day[0]:
        last = calendar.monthrange(int(year), int(month))[1]
        return date(int(year), int(month), 1), date(int(year), int(month), last)
    only = date.fromisoformat(taken_at[:10])
    return only, only


@pytest.mark.parametrize(
    "period",
    [
        (date(2019, 1, 1), date(2019, 12, 31)),
        (date(2019, 8, 1), date(2019, 8, 31)),
        (date(2019, 8, 1), date(2019, 8, 30)),
        (date(2019, 8, 2), date(2019, 8, 31)),
        (date(2019, 8, 14), date(2019, 8, 14)),
        (date(2019, 6, 1), date(2019, 9, 22)),
        (date(2018, 12, 1), date(2019, 3, 20)),
        (date(2019, 1, 1), date(2019, 8, 14)),
        (date(2018, 6, 1), date(2020, 2, 28)),
        (date(2018, 6, 1), date(2020, 2, 29)),
        (date(2019, 1, 1), None),
        (date(2019, 1, 2), None),
        (None, date(2019, 12, 31)),
        (None, date(2019, 12, 30)),
        (None, None),
    ],
)
def test_a_vague_date_matches_if_it_lies_in_the_period_completely(
    vague: Catalog, period: tuple[date | None, date | None]
) -> None:
    since, until = period[0] or date.min, period[1] or date.max
    found = [
        PARTS[i - 1]
        for i in vague.photos.contents_where(Filters(periods=(Span(*period),))).tolist()
    ]
    assert found == [
        text for text in PARTS if since <= days_of(text)[0] and days_of(text)[1] <= until
    ]


def test_a_month_has_no_weekday_and_no_hour(vague: Catalog) -> None:
    every = vague.photos.contents_where(Filters(weekdays=frozenset(range(7)))).tolist()
    assert [PARTS[i - 1] for i in every] == [text for text in PARTS if len(text) >= 10]
    timed = vague.photos.contents_where(Filters(hours=(0, 0))).tolist()
    assert [PARTS[i - 1] for i in timed] == [text for text in PARTS if "T" in text]
    assert vague.photos.first_and_last_day() == (date(2018, 1, 1), date(2020, 12, 31))


def test_photos_with_vague_dates_are_browsed_in_order_and_counted(vague: Catalog) -> None:
    tiles: list[Tile] = []
    after = ""
    while page := vague.browsing.page(NO_FILTERS, 3, after):
        tiles += page
        after = cursor(page[-1])
    assert [tile.taken_at for tile in tiles] == [*sorted(PARTS, reverse=True), None, None]
    facets = vague.browsing.facets(NO_FILTERS)
    assert facets.photos == 18
    assert facets.of(DAYS) == (("2020", 3), ("2019", 11), ("2018", 2))
    in_2019 = vague.browsing.facets(Filters(periods=(Span(date(2019, 1, 1), date(2019, 12, 31)),)))
    assert in_2019.of(DAYS) == (
        ("2019-01", 2), ("2019-07", 1), ("2019-08", 4), ("2019-09", 1), ("2019-12", 2)
    )  # fmt: skip


def test_photos_without_a_date_are_in_the_order_of_their_files(tmp_path: Path) -> None:
    with Catalog.create(tmp_path / "c.sqlite3") as catalog:
        with catalog.transaction():
            times = (30, 10, 40, 40, -5)
            catalog.intake.write(
                [
                    ReadFile(
                        FoundFile(f"/{n}".encode(), 1, mtime_ns),
                        content_digest=bytes([n]) * 32,
                        metadata=Facts(),
                    )
                    for n, mtime_ns in enumerate(times)
                ],
                1,
            )
        tiles: list[Tile] = []
        after = ""
        while page := catalog.browsing.page(NO_FILTERS, 2, after):
            tiles += page
            after = cursor(page[-1])
        assert [tile.path for tile in tiles] == [b"/3", b"/2", b"/0", b"/1", b"/4"]
        paths = [
            catalog.photos.of_content(content)[0].path
            for content in catalog.photos.latest(NO_FILTERS)
        ]
        assert paths == [b"/2", b"/3", b"/0", b"/1", b"/4"]
        for wrong in ("x", "||", "1|2", f"|{2**63}|1", "|1|2|3"):
            with pytest.raises(ValueError, match=r"cursor|unpack|invalid"):
                catalog.browsing.page(NO_FILTERS, 2, wrong)
