"""Photos by date are divided into months, busy days, and months with few photos together."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from cercafoto.archive.records import LAST, cursor_before
from cercafoto.browse.photo_facts import say_shortly
from cercafoto.browse.timeline import NO_TIMELINE, Timeline, after_date
from cercafoto.results.photos import Tile

TODAY = date(2026, 11, 30)
TILE = Tile(1, b"/foto/a.jpg", b"", 60, 40, None)


def titles(*days: tuple[str, int]) -> list[tuple[str, int | None]]:
    sections = dict.fromkeys(Timeline.of(days).sections.values())
    return [(section.title, section.photos) for section in sections]


def test_every_month_has_a_heading() -> None:
    assert titles(("2019-09-02", 9), ("2019-08-31", 4), ("2019-08-01", 5), ("2019-08", 1)) == [
        ("Settembre 2019", 9),
        ("Agosto 2019", 10),
    ]


def test_a_day_with_many_photos_has_its_own() -> None:
    assert titles(("2019-08-15", 30)) == [("Giovedì 15 agosto 2019", 30)]
    days = (
        ("2019-08-31", 2), ("2019-08-20", 3), ("2019-08-15", 24), ("2019-08-14", 24),
        ("2019-08-02", 1), ("2019-07-03", 30), ("2019-07", 2),
    )  # fmt: skip
    assert titles(*days) == [
        ("20–31 agosto 2019", 5),
        ("Giovedì 15 agosto 2019", 24),
        ("Mercoledì 14 agosto 2019", 24),
        ("Venerdì 2 agosto 2019", 1),
        ("Mercoledì 3 luglio 2019", 30),
        ("Luglio 2019", 2),
    ]


def test_months_with_few_photos_share_a_heading_within_a_year() -> None:
    days = (
        ("2020-01-05", 2), ("2019-12-24", 2), ("2019-10-05", 3), ("2019-10-01", 2),
        ("2019-03-01", 2), ("2019", 1), ("2018-07-01", 2), ("2018", 3), ("", 4), (LAST, 1),
    )  # fmt: skip
    assert titles(*days) == [
        ("Gennaio 2020", 2),
        ("Ottobre–dicembre 2019", 7),
        ("Marzo 2019", 2),
        ("2019, senza mese", 1),
        ("Luglio 2018", 2),
        ("2018, senza mese", 3),
        ("Senza data", 4),
        ("Forse: non è certo chi c'è", 1),
    ]
    timeline = Timeline.of(days)
    # What is doubtful cannot be jumped to: it comes after everything else.
    assert [stop.title for stop in timeline.stops] == [title for title, _ in titles(*days)][:-1]
    assert [stop.after for stop in timeline.stops] == [
        cursor_before(key)
        for key in ("2020-01", "2019-12", "2019-03", "2019", "2018-07", "2018", "")
    ]


def test_a_photo_has_a_section_and_a_newer_month() -> None:
    timeline = Timeline.of([("2019-08-14", 30), ("2018", 3), ("", 1), (LAST, 1)])
    taken = (("2019-08-14T10:30:00", None), ("2018", "Agosto 2019"), (None, "2018"))
    for taken_at, newer in taken:
        stop = timeline.newer(replace(TILE, taken_at=taken_at))
        assert (stop and stop.title.removesuffix(", senza mese")) == newer
    doubtful = replace(TILE, taken_at="2019-08-14T10:30:00", doubtful=("zia Pina",))
    assert timeline.section(doubtful).title.startswith("Forse")
    stop = timeline.newer(doubtful)
    assert stop and stop.title == "Senza data"
    # Without counts there are months all the same.
    section = NO_TIMELINE.section(replace(TILE, taken_at="2019-08-14T10:30:00"))
    assert (section.title, section.photos) == ("Agosto 2019", None)
    assert NO_TIMELINE.newer(TILE) is None


def test_years_are_named_where_there_is_room() -> None:
    days = [(f"{year}-{month:02}-01", 9) for year in range(2020, 1960, -1) for month in (8, 3)]
    years = Timeline.of(days).years()
    assert [len(year.stops) for year in years] == [2] * 60
    named = [year.name for year in years if year.name]
    assert named[:3] == ["2020", "2015", "2010"] and len(named) <= 14
    assert [year.name for year in Timeline.of([("2019-08-01", 9), ("", 1)]).years()] == [
        "2019",
        "Senza data",
    ]


@pytest.mark.parametrize(
    ("text", "begins"),
    [
        ("agosto 2009", "2009-08-31"),
        ("2009-08", "2009-08-31"),
        ("14/8/2009", "2009-08-14"),
        ("2009", "2009-12-31"),
        ("ieri", "2026-11-29"),
        ("estate 2009", "2009-09-22"),
    ],
)
def test_a_page_begins_with_the_last_day_of_a_date(text: str, begins: str) -> None:
    assert after_date(text, TODAY) == cursor_before(begins)


@pytest.mark.parametrize("text", ["", "pippo", "agosto 2009 pippo", "30 febbraio 2009", "14"])
def test_what_is_no_date_begins_no_page(text: str) -> None:
    assert after_date(text, TODAY) is None


def test_a_date_for_little_room() -> None:
    said = {"2019-08-14T10:30:05": "14 ago 2019, 10:30", "2019-08-04": "4 ago 2019",
            "2019-08": "ago 2019", "2019": "2019", None: ""}  # fmt: skip
    assert {taken: say_shortly(taken) for taken in said} == said
