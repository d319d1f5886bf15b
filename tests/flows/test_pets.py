"""Questions of a family that names almost everything: own words beside what is seen, and words
that only ask.

The photos are those of `tests.support.pets_photos`; today is 25 November 2026. The columns of
`pets.tsv`:

- kind;
- question;
- a regular expression of the line "cerco:";
- photos, as `FamilyArchive.check` has them, among those that may match;
- how many there are;
- verdicts, one of which must be said;
- why it fails today; a row that holds must have nothing here.
"""

from __future__ import annotations

import os
import re
from dataclasses import replace
from pathlib import Path

import pytest

from cercafoto import Library, Question
from cercafoto.question.wording import say_query
from cercafoto.results.answer import NONE
from tests.support.family_archive import FamilyArchive, index_family
from tests.support.pets_photos import PETS
from tests.support.postgres import Server


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> FamilyArchive:
    return index_family(tmp_path_factory.mktemp("animali"), PETS)


@pytest.fixture(autouse=True)
def today(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CERCAFOTO_OGGI", "2026-11-25")


def _lines() -> list[list[str]]:
    text = Path(__file__).with_name("pets.tsv").read_text("utf-8")
    return [(line.split("\t") + [""] * 7)[:7] for line in text.splitlines()]


def _rows() -> list[object]:
    rows = []
    for at, (*cells, fails) in enumerate(_lines(), start=1):
        marks = [pytest.mark.xfail(reason=fails, strict=True, raises=AssertionError)]
        name = f"{at}-{cells[0]}-{cells[1]}"
        rows.append(pytest.param(*cells, id=name, marks=marks if fails else []))
    return rows


@pytest.mark.parametrize(("_", "asked", "reading", "photos", "number", "verdicts"), _rows())
def test_a_question_has_its_answer_in_the_table(
    archive: FamilyArchive, _: str, asked: str, reading: str, photos: str, number: str,
    verdicts: str,
) -> None:  # fmt: skip
    result = archive.ask(asked, drop_unlikely=True)
    assert re.search(reading, say_query(result.query))
    archive.check([] if result.verdict == NONE else archive.names(result), photos)
    if number:
        assert result.total == int(number)
    if verdicts:
        assert result.verdict in verdicts.split("|")


def test_the_same_archive_published_and_mounted_here_answers_alike(
    archive: FamilyArchive, postgres: Server
) -> None:
    address = postgres.new_database("animali")
    archive.library.sharing.publish(address, "casa")
    there = replace(archive.library.settings, shared=address, mounts=(f"casa={archive.root}",))
    with Library(there) as library:
        shared = FamilyArchive(library, archive.root)
        for kind, question, *_ in _lines():
            # What is not published; and no server is asked how words may be misspelt.
            if kind in ("video", "kept", "named", "slip"):
                continue
            ours, theirs = (
                # Videos are not among the photos that a note counts.
                re.sub(r"\d+ foto ", "", say_query(a.library.parse(Question((question,)))))
                for a in (archive, shared)
            )
            assert theirs == ours, question
            found, there_found = (a.ask(question, drop_unlikely=True) for a in (archive, shared))
            hits = [hit for hit in found.hits if not hit.path.endswith(b".mp4")]
            names = [archive.name(os.fsdecode(hit.path)) for hit in hits]
            assert shared.names(there_found) == names, question
            assert [h.evidence for h in there_found.hits] == [h.evidence for h in hits]
            videos = len(found.hits) - len(hits)
            assert there_found.total == found.total - videos, question
