"""Test the orders of an answer, and the count of all photos that answer."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from cercafoto import Library, Query, Question
from cercafoto.question.values import ORDERS
from cercafoto.results.answer import FOUND, Hit, SearchResult
from cercafoto.search.whole_answer import in_order

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
    result = in_order(RESULT, order)
    assert "".join(hit.path.decode()[1:] for hit in result.hits) == names
    assert replace(result, hits=HITS) == RESULT
    assert order is None or order in ORDERS


def test_searches_and_similar_photos_are_sorted(library: Library, photos: Path) -> None:
    library.index([photos])
    query = Query.of(Question(("rosso",), order="nome"))
    paths = [hit.path for hit in library.search(query).hits]
    assert len(paths) == 5 and paths == sorted(paths)
    similar = library.search(Query.of(Question(like=(photos / "rosso.png",), order="nome"))).hits
    assert [hit.path for hit in similar] == paths[:2] + paths[3:]


def test_counting_looks_at_more_until_it_is_sure(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []

    def answer(session: object, query: Query, limit: int, **_: object) -> SearchResult:
        asked.append(limit)
        return replace(RESULT, total=4321 if limit > 4321 else None)

    monkeypatch.setattr("cercafoto.search.whole_answer.answer", answer)
    assert library.count(Query.parse(["rosso"])) == 4321
    assert asked == [1000, 10_000]
