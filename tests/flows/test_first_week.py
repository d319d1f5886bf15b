"""A hundred questions of a first week: how each is read, and its results among a family's photos.

The photos are those of `tests.support.family_photos`; today is 25 November 2026.
"""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest

from cercafoto import Library, Question
from cercafoto.question.wording import say_query
from cercafoto.results import Hit
from tests.support.family_archive import FamilyArchive, index_family
from tests.support.family_photos import PHONES_AND_CAMERAS
from tests.support.postgres import Server


@pytest.fixture(scope="module")
def week(tmp_path_factory: pytest.TempPathFactory) -> FamilyArchive:
    return index_family(tmp_path_factory.mktemp("settimana"), PHONES_AND_CAMERAS)


@pytest.fixture(autouse=True)
def today(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CERCAFOTO_OGGI", "2026-11-25")


def _questions() -> list[tuple[str, str, str]]:
    """Return the table's rows: question, reading, photos as `FamilyArchive.check` takes them."""
    text = Path(__file__).with_name("first_week.tsv").read_text("utf-8")
    return [(q, reading, photos) for q, reading, photos in map(_cells, text.splitlines())]


def _cells(line: str) -> list[str]:
    return line.split("\t")


@pytest.mark.parametrize(("question", "reading", "photos"), _questions())
def test_a_question(week: FamilyArchive, question: str, reading: str, photos: str) -> None:
    query = week.library.parse(Question((question,)))
    assert say_query(query) == reading
    assert query.suggestions == ()  # all are right as they are written
    week.check(week.names(week.ask(question)), photos)


@pytest.mark.parametrize(
    ("written", "meant"),
    [("bicicleta", "bicicletta"), ("un gato", "gatto"), ("spiagia", "spiaggia"),
     ("tramnto", "tramonto"), ("venzia", "Venezia")],
)  # fmt: skip
def test_a_slip_gets_a_hint(week: FamilyArchive, written: str, meant: str) -> None:
    assert week.library.parse(Question((written,))).suggestions == (meant,)


def test_all_of_an_occasion_are_found_together_and_counted(week: FamilyArchive) -> None:
    ten = week.meant("2019/Natale 2019/* | Natale 2021/*")
    for limit in (4, 10, 14):
        result = week.ask("natale", limit)
        assert set(week.names(result)[:10]) <= ten
        assert {hit.evidence for hit in result.hits[:10]} == {"folder"}
        sure = [hit.confidence for hit in result.hits]
        assert sure == sorted(sure, reverse=True)
    assert week.ask("natale 2019", 3).total == 6


def test_copies_take_one_row_and_the_largest_is_shown(week: FamilyArchive) -> None:
    rows = {name: hit.copies for name, hit in _rows(week, "a Roma")}
    assert [os.fsdecode(path) for path in rows["2019/Roma/IMG_0001.jpg"]] == [
        str(week.root / "Copie" / "roma piccola.jpg")
    ]
    rows = {name: hit.copies for name, hit in _rows(week, "gatti")}
    assert [os.fsdecode(path) for path in rows["2024 gatti/IMG_0001.jpg"]] == [
        str(week.root / "Copie" / "IMG_0001 (1).jpg")
    ]


def _rows(week: FamilyArchive, words: str) -> list[tuple[str, Hit]]:
    result = week.ask(words)
    return list(zip(week.names(result), result.hits, strict=True))


def test_photos_without_a_date_come_last_and_answer_no_question_about_time(
    week: FamilyArchive,
) -> None:
    every = week.names(week.ask("tutte le foto"))
    undated = week.meant("Vecchio computer/* | Scansioni/*")
    assert set(every[-6:]) == undated
    for words in ("nel 2026", "a gennaio", "di sabato", "quest'anno"):
        assert not undated & set(week.names(week.ask(words)))


def test_the_same_archive_published_and_mounted_here_answers_alike(
    week: FamilyArchive, postgres: Server
) -> None:
    address = postgres.new_database("settimana")
    week.library.publish(address, "casa")
    there = replace(week.library.settings, shared=address, mounts=(f"casa={week.root}",))
    with Library(there) as library:
        shared = FamilyArchive(library, week.root)
        for question, reading, _ in _questions():
            query = library.parse(Question((question,)))
            assert (say_query(query), query.suggestions) == (reading, ()), question
            assert shared.names(shared.ask(question)) == week.names(week.ask(question)), question
