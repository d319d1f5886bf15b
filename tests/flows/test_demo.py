"""The demo's photos and questions, with the real embedded model."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from cercafoto import Library, Query, Question, Settings
from cercafoto.labels.label_file import Label
from cercafoto.question.filters.filter import Filters
from tests.demo import LABELS, QUESTIONS, WRITTEN, collect

pytest.importorskip("skimage", reason="the demo's photos are in the scikit-image wheel")
pytest.importorskip("sklearn", reason="the demo's photos are in the scikit-learn wheel")


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Library:
    folder = tmp_path_factory.mktemp("demo")
    library = Library(Settings(archive=folder / "archive", models=folder / "m", model="mini"))
    library.index([collect(folder / "foto")])
    return library


@pytest.mark.parametrize("question", QUESTIONS)
def test_every_question_of_the_demo_is_answered_first(library: Library, question: str) -> None:
    result = library.search(Query.parse([question]))
    # A temple is by far the likeliest of sixteen photos, and still only likely.
    assert result.verdict == ("weak" if question == "un tempio" else "found")
    assert Path(os.fsdecode(result.hits[0].path)).name == QUESTIONS[question]


def test_the_page_among_its_pictures_is_read_and_found(library: Library) -> None:
    pytest.importorskip("rapidocr", reason="the words are read by RapidOCR")
    library.texts.read()
    for phrase, name in WRITTEN.items():
        result = library.search(library.parse(Question(typed=Filters(texts=(phrase,)))))
        assert [Path(os.fsdecode(hit.path)).name for hit in result.hits] == [name]


@pytest.mark.parametrize("question", ["una pizza", "un cane", "una nave", "una spiaggia"])
def test_what_no_photo_shows_is_not_claimed(library: Library, question: str) -> None:
    result = library.search(Query.parse([question]), drop_unlikely=True)
    assert result.verdict != "found"
    assert all(hit.word == "bassa" for hit in result.hits)


def test_labels_are_given_to_the_right_photos(library: Library) -> None:
    names = [line.split(":")[0] for line in LABELS.splitlines() if not line.startswith("#")]
    result = library.labels.tag([Label(name) for name in names], "etichette.txt")
    given = {Path(os.fsdecode(p.path)).name: [t[0] for t in p.tags] for p in result.photos}
    assert given["chelsea.png"][:1] == ["gatto"]
    assert given["coffee.png"][:1] == ["caffè"]
    assert given["motorcycle_left.png"][:1] == ["moto"]
