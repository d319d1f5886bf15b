"""A hundred questions of a first week: how each is read, and its results among a family's photos.

The photos are those of `tests.support.family_photos`; today is 25 November 2026.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from cercafoto import Library, Question
from cercafoto.question.wording import say_query
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


def test_all_of_an_occasion_are_found_together_and_counted(week: FamilyArchive) -> None:
    ten = week.meant("2019/Natale 2019/* | Natale 2021/*")
    for limit in (4, 10, 14):
        result = week.ask("natale", limit)
        assert set(week.names(result)[:10]) <= ten
        assert {hit.evidence for hit in result.hits[:10]} == {"folder"}
        sure = [hit.confidence for hit in result.hits]
        assert sure == sorted(sure, reverse=True)
    assert week.ask("natale 2019", 3).total == 6


def test_the_same_archive_published_and_mounted_here_answers_alike(
    week: FamilyArchive, postgres: Server
) -> None:
    address = postgres.new_database("settimana")
    week.library.sharing.publish(address, "casa")
    there = replace(week.library.settings, shared=address, mounts=(f"casa={week.root}",))
    with Library(there) as library:
        shared = FamilyArchive(library, week.root)
        for question, reading, _ in _questions():
            query = library.parse(Question((question,)))
            assert (say_query(query), query.suggestions) == (reading, ()), question
            assert shared.names(shared.ask(question)) == week.names(week.ask(question)), question
