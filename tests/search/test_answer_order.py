"""Test the orders of an answer, and the count of all photos that answer."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from cercafoto import Filters, Library, Query, Question, Settings
from cercafoto.question.values import ORDER_NAMES, ORDERS
from cercafoto.results.answer import FOUND, Hit, SearchResult
from cercafoto.search import shots, whole_answer
from cercafoto.search.whole_answer import in_order
from tests.conftest import paint

HITS = tuple(
    Hit(path, number, b"", 0.0, sure, taken_at, None, 1, 1, ())
    for number, (path, sure, taken_at) in enumerate(
        [
            (b"/b", 0.9, None),
            (b"/a", 0.2, "2019-08-14"),
            (b"/d", 0.9, "2019-08-14T10:00:00"),
            (b"/c", 0.5, "2007-01-01"),
        ]
    )
)
SAID = {
    "data": "dalla più recente",
    "vecchie": "dalla più vecchia",
    "nome": "",
    "fiducia": "",
}
RESULT = SearchResult(Query(), "mini", "", FOUND, HITS, 4)


@pytest.mark.parametrize(
    ("order", "names"),
    [
        (None, "badc"),
        ("date", "dacb"),
        ("oldest", "cadb"),
        ("name", "abcd"),
        ("confidence", "bdca"),
    ],
)
def test_each_order(order: str | None, names: str) -> None:
    assert "".join(hit.path.decode()[1:] for hit in in_order(HITS, order)) == names
    assert order is None or order in ORDERS


@pytest.fixture
def reds(library: Library, tmp_path: Path) -> Library:
    """Return a library of reds, the first day the reddest, so that the latest are least likely."""
    for day in range(1, 13):
        paint(tmp_path / "rossi" / f"2019-08-{day:02}.png", (250, 4 * day, 4 * day))
    library.index([tmp_path / "rossi"])
    return library


@pytest.mark.parametrize("looked_at", [500, 3])
@pytest.mark.parametrize("order", ORDER_NAMES)
def test_an_order_is_that_of_all_photos_that_answer(
    reds: Library, monkeypatch: pytest.MonkeyPatch, order: str, looked_at: int
) -> None:
    monkeypatch.setattr(shots, "LOOKED_AT", looked_at)
    for asked in (Question(("rosso",), order=order), Question(("rosso", SAID[order]))):
        query = reds.parse(asked)
        every = reds.search(query, 100).hits
        assert len(every) == 12 and every == in_order(every, query.order)
        for number in (1, 4):
            assert reds.search(query, number).hits == every[:number], asked
        assert reds.search_all(query).total == 12


def test_a_shared_archive_orders_all_photos_too(
    reds: Library, settings: Settings, shared_address: str
) -> None:
    reds.sharing.publish(shared_address, "casa")
    with Library(replace(settings, shared=shared_address)) as there:
        (latest,) = there.search(there.parse(Question(("rosso",), order="data")), 1).hits
    assert latest.path.endswith(b"2019-08-12.png")


def test_photos_that_do_not_answer_only_fill_an_answer_up(library: Library, photos: Path) -> None:
    library.index([photos])
    query = Query.of(Question(("rosso",), order="nome"))
    assert [hit.path for hit in library.search(query, 1).hits] == [bytes(photos / "rosso.png")]


def test_a_collection_has_all_photos_that_answer(
    reds: Library, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(whole_answer, "COUNTED", 3)
    monkeypatch.setattr(shots, "LOOKED_AT", 2)
    monkeypatch.setattr("cercafoto.search.run.LOOKED_AT", 2)
    reds.labels.give([tmp_path / "rossi"], add=["gita"])
    for question in (Question(("rosso",)), Question(typed=Filters(labels=("gita",)))):
        kept = reds.collections.keep("estate", question, overwrite=True)
        assert len(kept.photos) == 12, question


def test_searches_and_similar_photos_are_sorted(library: Library, photos: Path) -> None:
    library.index([photos])
    query = Query.of(Question(("rosso",), order="nome"))
    paths = [hit.path for hit in library.search(query).hits]
    assert len(paths) == 5 and paths == sorted(paths)
    similar = library.search(Query.of(Question(like=(photos / "rosso.png",), order="nome"))).hits
    assert [hit.path for hit in similar] == paths[:2] + paths[3:]


@pytest.mark.parametrize(("words", "looks"), [("rosso", [True]), ("2019", [False, True])])
def test_counting_looks_at_more_until_it_is_sure(
    library: Library, monkeypatch: pytest.MonkeyPatch, words: str, looks: list[bool]
) -> None:
    asked: list[bool] = []

    def answer(archive: object, query: Query, *, every: bool, **_: object) -> SearchResult:
        asked.append(every)
        return replace(RESULT, total=4321 if every else None)

    monkeypatch.setattr("cercafoto.search.whole_answer.answer", answer)
    assert library.count(Query.parse([words])) == 4321
    assert asked == looks
