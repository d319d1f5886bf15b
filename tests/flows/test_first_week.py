"""A hundred questions of a first week: how each is read, and what it finds among a family's photos.

The photos are those of `tests.support.family_photos`; today is 25 November 2026.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from cercafoto import Library, Question, Settings
from cercafoto.question.wording import say_query
from cercafoto.results import Hit, SearchResult
from tests.support.family_photos import SHOWS, make_family_photos
from tests.support.tiny_model import make_tiny_model

ALL = 100


@dataclass(frozen=True)
class Week:
    """The indexed photos.

    root: the folder that was indexed.
    """

    library: Library
    root: Path

    def ask(self, words: str, limit: int = ALL, cut: bool = False) -> SearchResult:
        return self.library.search(self.library.read(Question((words,))), limit, cut=cut)

    def names(self, result: SearchResult) -> list[str]:
        """Paths of the photos found, from the root on."""
        return [str(Path(os.fsdecode(hit.path)).relative_to(self.root)) for hit in result.hits]

    def meant(self, patterns: str) -> set[str]:
        """Paths of the photos that patterns, parted by "|", mean."""
        found = set()
        for pattern in filter(None, patterns.split("|")):
            paths = [path for path in self.root.glob(pattern.strip()) if path.suffix != ".xmp"]
            assert paths, pattern
            found |= {str(path.relative_to(self.root)) for path in paths}
        return found


@pytest.fixture(scope="module", params=["here", "shared"])
def week(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Week]:
    """The archive on this machine, and the same one published and mounted here."""
    base = tmp_path_factory.mktemp("settimana")
    # As sure as can be of what it knows, and still less than a name is.
    make_tiny_model(base / "modelli" / "tiny", more=SHOWS, on="cosine", curve=(60.0, -58.0))
    settings = Settings(base / "archivio", base / "modelli", "tiny", offline=True)
    root = make_family_photos(base / "Foto")
    library = Library(settings)
    library.index([root])
    for name in ("2019/Roma/IMG_0003.jpg", "Compleanno nonna 2015/N0001.jpg"):
        library.label_by_hand(os.fsencode(root / name), ["zia Pina"])
    if request.param == "here":
        yield Week(library, root)
        return
    address = request.getfixturevalue("postgres").new_database("settimana")
    library.publish(address, "casa")
    there = replace(settings, shared=address, mounts=(f"casa={root}",))
    with Library(there) as shared:
        yield Week(shared, root)


@pytest.fixture(autouse=True)
def today(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CERCAFOTO_OGGI", "2026-11-25")


def _questions() -> list[tuple[str, str, str]]:
    """Read the table: question, reading, photos. "=": these and no others; ">": these before all
    others; "!": none of these; nothing where it is asked how it is read alone."""
    text = Path(__file__).with_name("first_week.tsv").read_text("utf-8")
    return [(q, reading, photos) for q, reading, photos in map(_cells, text.splitlines())]


def _cells(line: str) -> list[str]:
    return line.split("\t")


@pytest.mark.parametrize(("question", "reading", "photos"), _questions())
def test_a_question(week: Week, question: str, reading: str, photos: str) -> None:
    query = week.library.read(Question((question,)))
    assert say_query(query) == reading
    assert query.suggestions == ()  # all are right as they are written
    how, wanted = photos[:1], week.meant(photos[1:])
    found = week.names(week.ask(question))
    if how == "=":
        assert set(found) == wanted
    elif how == ">":
        assert set(found[: len(wanted)]) == wanted
    elif how == "!":
        assert found and not set(found) & wanted


@pytest.mark.parametrize(
    ("written", "meant"),
    [("bicicleta", "bicicletta"), ("un gato", "gatto"), ("spiagia", "spiaggia"),
     ("tramnto", "tramonto"), ("venzia", "Venezia")],
)  # fmt: skip
def test_a_slip_gets_a_hint(week: Week, written: str, meant: str) -> None:
    assert week.library.read(Question((written,))).suggestions == (meant,)


def test_all_of_an_occasion_are_found_together_and_counted(week: Week) -> None:
    ten = week.meant("2019/Natale 2019/* | Natale 2021/*")
    for limit in (4, 10, 14):
        result = week.ask("natale", limit)
        assert set(week.names(result)[:10]) <= ten
        assert {hit.evidence for hit in result.hits[:10]} == {"folder"}
        sure = [hit.confidence for hit in result.hits]
        assert sure == sorted(sure, reverse=True)
    assert week.ask("natale 2019", 3).total == 6


def test_copies_take_one_row_and_the_largest_is_shown(week: Week) -> None:
    rows = {name: hit.copies for name, hit in _rows(week, "a Roma")}
    assert [os.fsdecode(path) for path in rows["2019/Roma/IMG_0001.jpg"]] == [
        str(week.root / "Copie" / "roma piccola.jpg")
    ]
    rows = {name: hit.copies for name, hit in _rows(week, "gatti")}
    assert [os.fsdecode(path) for path in rows["2024 gatti/IMG_0001.jpg"]] == [
        str(week.root / "Copie" / "IMG_0001 (1).jpg")
    ]


def _rows(week: Week, words: str) -> list[tuple[str, Hit]]:
    result = week.ask(words)
    return list(zip(week.names(result), result.hits, strict=True))


def test_photos_without_a_date_come_last_and_answer_no_question_about_time(week: Week) -> None:
    every = week.names(week.ask("tutte le foto"))
    undated = week.meant("Vecchio computer/* | Scansioni/*")
    assert set(every[-6:]) == undated
    for words in ("nel 2026", "a gennaio", "di sabato", "quest'anno"):
        assert not undated & set(week.names(week.ask(words)))
