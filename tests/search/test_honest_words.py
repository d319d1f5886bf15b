"""Test that the verdict on an answer never contradicts the words for its rows."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest

from cercafoto import Library, Query, Question, Settings
from cercafoto.labels.label_file import parse_labels
from cercafoto.question.filters.filter import Filters
from cercafoto.results.answer import FOUND, NONE, WEAK, SearchResult
from tests.conftest import PAINT, paint

COLOURS = [*PAINT, "marrone", "nero", "bianco", "rosa", "unicorno"]
FEW = ["rosso", "blu", "rosa", "unicorno"]
ASKED = [
    *([words] for words in COLOURS),
    *([f"{words} e blu"] for words in FEW),
    *([words, "blu"] for words in FEW),
    *([f"{words} o giallo"] for words in FEW),
    *([f"una foto molto grande di un muro dipinto di {words}"] for words in FEW),
]


def contradicts(result: SearchResult) -> bool:
    """Whether the verdict contradicts the words of the rows."""
    words = {hit.word for hit in result.hits}
    if result.verdict == FOUND:
        return not words & {"alta", "media"}
    if result.verdict == WEAK:
        return "alta" in words
    return bool(words - {"bassa"})


@pytest.fixture(scope="module")
def photos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("foto")
    for name, colour in PAINT.items():
        paint(folder / f"{name}.png", colour)
    paint(folder / "gita al mare" / "azzurro.png", (60, 160, 230))
    return folder


@pytest.fixture(scope="module")
def asked_of(photos: Path, tiny: Path, tmp_path_factory: pytest.TempPathFactory) -> Library:
    archive = tmp_path_factory.mktemp("archivio")
    library = Library(Settings(archive, tiny.parent, "tiny", offline=True))
    library.index([photos])
    return library


@pytest.mark.parametrize("words", ASKED, ids=" + ".join)
def test_words(asked_of: Library, words: list[str]) -> None:
    for cut, limit in itertools.product((False, True), (1, 3, 10)):
        result = asked_of.search(Query.parse(words), limit, drop_unlikely=cut)
        assert not contradicts(result), (result.verdict, [hit.confidence for hit in result.hits])


def test_examples_labels_evidence_and_filters(asked_of: Library, photos: Path) -> None:
    asked_of.labels.tag(parse_labels("\n".join(PAINT), "f"), "f", threshold=0.01)
    red = photos / "rosso.png"
    queries = [
        *(Query.of(Question(like=(photos / f"{name}.png",))) for name in PAINT),
        *(Query.of(Question((name,), like=(red,))) for name in PAINT),
        *(Query.of(Question((name,), typed=Filters(labels=("blu",)))) for name in PAINT),
        *(Query.of(Question(typed=Filters(labels=(name,)))) for name in PAINT),
        *(
            Query.of(Question(typed=Filters(folders=(photos / part,))))
            for part in ("", "gita al mare")
        ),
        asked_of.parse(Question(("mare",))),
        asked_of.parse(Question(("gita al mare",))),
    ]
    results = [
        asked_of.search(query, limit, drop_unlikely=cut)
        for query in queries
        for limit in (1, 10)
        for cut in (False, True)
    ]
    assert {FOUND, WEAK, NONE} >= {result.verdict for result in results} >= {FOUND}
    for result in results:
        assert not contradicts(result), (result.query, result.verdict, result.hits)
