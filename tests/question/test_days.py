"""Test yearly days, feasts, bridges, and spans of days said in Italian."""

from __future__ import annotations

import itertools
from datetime import date, timedelta

import pytest

from cercafoto.question.grammar import feasts
from cercafoto.question.grammar.calendar_days import Span, month_end, months_before, union
from cercafoto.question.grammar.sayings import say_span
from cercafoto.question.grammar.yearly import Yearly, every_year

DAY = timedelta(days=1)


def span(first: str, last: str) -> Span:
    return Span(
        date.fromisoformat(first) if first else None, date.fromisoformat(last) if last else None
    )


@pytest.mark.parametrize(
    ("first", "last", "said"),
    [
        ("2019-08-01", "2019-08-31", "di agosto 2019"),
        ("2019-08-08", "2019-08-11", "dall'8 all'11 agosto 2019"),
        ("2019-06-01", "2019-09-22", "dal 1º giugno al 22 settembre 2019"),
        ("2019-12-01", "2020-03-20", "dal 1º dicembre 2019 al 20 marzo 2020"),
        ("2020-05-03", "2020-05-03", "il 3 maggio 2020"),
        ("2021-03-08", "2021-03-08", "l'8 marzo 2021"),
        ("", "2014-12-31", "fino al 31 dicembre 2014"),
        ("", "2014-12-08", "fino all'8 dicembre 2014"),
        ("2021-01-01", "", "dal 1º gennaio 2021 in poi"),
        ("", "", "in qualunque giorno"),
    ],
)
def test_spans_of_days_in_italian(first: str, last: str, said: str) -> None:
    assert say_span(span(first, last)) == said


def test_union_and_intersection_against_sets_of_days() -> None:
    import random

    chance = random.Random(1)
    start = date(2020, 1, 1)

    def some() -> Span:
        first = chance.randrange(60)
        return Span(start + first * DAY, start + (first + chance.randrange(9)) * DAY)

    def days(*spans: Span) -> set[date]:
        return {d for n in range(80) if any((d := start + n * DAY) in s for s in spans)}

    for _ in range(300):
        a, b, c = some(), some(), some()
        merged = union([a, b, c])
        assert days(*merged) == days(a, b, c)
        for left, right in itertools.pairwise(merged):
            assert left.last is not None and right.first is not None
            assert left.last < right.first - DAY  # disjoint, in order, none that follow on
        both = a & b
        assert (days(both) if both else set()) == days(a) & days(b)


def test_open_ends() -> None:
    assert span("", "2015-01-01") & span("2014-06-01", "") == span("2014-06-01", "2015-01-01")
    assert union([span("2014-06-01", ""), span("", "2015-01-01")]) == (Span(),)
    assert span("", "2013-01-01") & span("2014-06-01", "") is None


def test_the_end_of_a_month() -> None:
    for year in (1900, 2000, 2023, 2024):
        for month in range(1, 13):
            day = date(year, month, month_end(year, month)) + DAY
            assert day.day == 1 and day.month == month % 12 + 1
    assert months_before(date(2024, 3, 31), 1) == date(2024, 2, 29)
    assert months_before(date(2024, 1, 15), 13) == date(2022, 12, 15)


def test_days_of_any_year() -> None:
    winter = Yearly("in inverno", (12, 1), (3, 20))
    assert winter.in_year(2019) == span("2019-12-01", "2020-03-20")
    february = Yearly("a febbraio", (2, 1), (2, 29))
    assert february.in_year(2021) == span("2021-02-01", "2021-02-28")
    assert february.in_year(2020) == span("2020-02-01", "2020-02-29")
    leap = Yearly("il 29 febbraio", (2, 29), (2, 29))
    assert leap.in_year(2021) is None
    assert leap.in_year(2020) == span("2020-02-29", "2020-02-29")
    assert Yearly("a Pasqua", feast="pasqua").in_year(10_000) is None


@pytest.mark.parametrize(
    ("day", "name"),
    [
        ("01-01", "capodanno"),
        ("01-06", "epifania"),
        ("04-25", "liberazione"),
        ("05-01", "lavoro"),
        ("06-02", "repubblica"),
        ("08-15", "ferragosto"),
        ("11-01", "ognissanti"),
        ("12-08", "immacolata"),
        ("12-25", "natale"),
        ("12-26", "santo stefano"),
    ],
)
def test_the_fixed_feasts(day: str, name: str) -> None:
    assert feasts.feast_in(name, 2021).last == date.fromisoformat(f"2021-{day}")


# https://www.assa.org.au/edm and any almanac.
EASTERS = ["1961-04-02", "1990-04-15", "2000-04-23", "2008-03-23", "2011-04-24", "2019-04-21",
           "2020-04-12", "2024-03-31", "2038-04-25"]  # fmt: skip


@pytest.mark.parametrize("day", EASTERS)
def test_the_feasts_that_move_with_easter(day: str) -> None:
    easter = date.fromisoformat(day)
    year = easter.year
    assert feasts.feast_in("pasqua", year) == Span(easter, easter)
    assert feasts.feast_in("pasquetta", year).first == easter + DAY
    shrove = feasts.feast_in("carnevale", year).last
    assert shrove == easter - 47 * DAY and shrove.weekday() == 1
    assert feasts.feast_in("giovedi grasso", year).first.weekday() == 3  # type: ignore[union-attr]
    assert feasts.feast_in("ceneri", year).first == shrove + DAY


def test_public_holidays_agree_with_an_independent_library() -> None:
    italian = pytest.importorskip("holidays").country_holidays("IT", years=range(1990, 2041))
    ours = {
        feasts.feast_in(name, year).last
        for year in range(1990, 2041)
        for name in (*feasts.BY_DAY.values(), "pasqua", "pasquetta")
    }
    theirs = set(italian)
    # 2 June was moved to a Sunday until 2000.
    recent = {d for d in ours if d is not None and d.year >= 2001}
    assert len(recent) >= 40 * 11
    assert recent <= theirs


def test_mothers_day_is_the_second_sunday_of_may() -> None:
    for year in range(2000, 2040):
        day = feasts.feast_in("mamma", year).first
        assert day is not None
        assert (day.month, day.weekday()) == (5, 6) and 8 <= day.day <= 14


def test_every_bridge_holds_its_feast_and_a_weekend() -> None:
    for name in feasts.BRIDGES:
        for year in range(2000, 2040):
            feast = feasts.feast_in(name, year).last
            bridge = feasts.bridge_in(name, year)
            assert feast is not None and bridge.first is not None and bridge.last is not None
            assert feast in bridge
            days = {bridge.first + n * DAY for n in range((bridge.last - bridge.first).days + 1)}
            assert {5, 6} <= {d.weekday() for d in days}
            assert len(days) <= 9


@pytest.mark.parametrize(
    ("year", "first", "last"),
    [
        (2020, "2020-05-30", "2020-06-02"),  # Tuesday
        (2022, "2022-06-02", "2022-06-05"),  # Thursday
        (2023, "2023-06-02", "2023-06-04"),  # Friday
        (2018, "2018-06-02", "2018-06-03"),  # Saturday
        (2019, "2019-06-01", "2019-06-02"),  # Sunday
        (2025, "2025-05-31", "2025-06-02"),  # Monday
        (2021, "2021-05-29", "2021-06-06"),  # Wednesday: both sides
    ],
)
def test_the_bridge_of_the_second_of_june(year: int, first: str, last: str) -> None:
    assert feasts.bridge_in("repubblica", year) == span(first, last)


def test_every_name_of_a_feast_is_one() -> None:
    assert set(feasts.NAMES.values()) <= set(feasts.FEASTS)
    assert set(feasts.BRIDGES) <= set(feasts.FEASTS)
    for name in feasts.FEASTS:
        assert every_year(name).in_year(2020) is not None
