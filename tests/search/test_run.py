"""Test the order of an answer: by the parts of the question, own words and limit."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from cercafoto import Library, Query, Question, Settings
from cercafoto.archive.local_archive import LocalArchive
from cercafoto.question.filters.filter import Filters
from cercafoto.search import ranking, shots
from tests.conftest import paint

# By the sum, the orange photo is nearest; only the yellow one is as green as it is red.
QUESTION = "fiore rosso rosso sul prato verde"

WithParts = Callable[[float], Library]


@pytest.fixture
def with_parts(settings: Settings, tiny: Path, home: Path) -> WithParts:
    """Return a function that opens the archive with a model calibrated for parts."""

    def open_library(weight: float) -> Library:
        model = settings.models / "tiny"
        if model.is_symlink():
            model.unlink()
            shutil.copytree(tiny, model)
        path = model / "model.json"
        description = json.loads(path.read_text())
        description["calibration"]["parts"] = weight
        path.write_text(json.dumps(description))
        return Library(settings)

    return open_library


@pytest.fixture
def many(tmp_path: Path) -> Path:
    """Return a folder of photos of sixty colours; the first two colours are in `QUESTION`."""
    folder = tmp_path / "foto"
    paint(folder / "giallo.png", (230, 230, 10))
    paint(folder / "arancione.png", (250, 90, 10))
    colours = np.random.default_rng(1).integers(0, 256, (58, 3)).tolist()
    for number, (red, green, blue) in enumerate(colours):
        paint(folder / f"n{number}.png", (red, green, blue))
    return folder


def answer(library: Library, question: Question | str, limit: int = 60) -> list[tuple[str, float]]:
    """Return the names and confidences of the photos found."""
    if isinstance(question, str):
        question = Question((question,))
    hits = library.search(Query.of(question), limit).hits
    return [(Path(hit.path.decode()).stem, hit.confidence) for hit in hits]


def order(library: Library, question: Question | str, limit: int = 60) -> list[str]:
    return [name for name, _ in answer(library, question, limit)]


def test_a_photo_that_shows_both_things_comes_before_one_that_shows_one(
    with_parts: WithParts, tmp_path: Path
) -> None:
    paint(tmp_path / "foto" / "giallo.png", (230, 230, 10))
    paint(tmp_path / "foto" / "arancione.png", (250, 90, 10))
    without = with_parts(0.0)
    without.index([tmp_path / "foto"])
    assert order(without, QUESTION) == ["arancione", "giallo"]
    both = answer(with_parts(1.0), QUESTION)
    assert [name for name, _ in both] == ["giallo", "arancione"]
    assert both[0][1] > both[1][1]  # surer, too


def test_parts_do_not_count_with_examples_or_without_parts(
    with_parts: WithParts, many: Path
) -> None:
    yellow = many / "giallo.png"
    questions = [
        Question((QUESTION,), literal=True),
        Question((f"{QUESTION} + blu",)),
        Question(("rosso verde",)),
        Question((QUESTION,), like=(yellow,)),
        Question((QUESTION,), more=(bytes(yellow),)),
        Question((QUESTION,), less=(bytes(many / "n3.png"),)),
    ]
    library = with_parts(0.0)
    library.index([many])
    plain = [order(library, question) for question in questions]
    library = with_parts(1.0)
    assert [order(library, question) for question in questions] == plain
    # The confidence in a photo does not depend on how many are requested.
    assert dict(answer(library, questions[4])) == dict(answer(library, QUESTION))


@pytest.mark.parametrize("own_words", [False, True])
@pytest.mark.parametrize("excluding", [(), ("blu",)])
def test_a_short_answer_is_the_beginning_of_a_long_one(
    with_parts: WithParts,
    many: Path,
    monkeypatch: pytest.MonkeyPatch,
    own_words: bool,
    excluding: tuple[str, ...],
) -> None:
    monkeypatch.setattr(ranking, "IN_ORDER", 8)
    monkeypatch.setattr(ranking, "WIDER", 2)
    monkeypatch.setattr(LocalArchive, "at_once", 2)
    monkeypatch.setattr(shots, "LOOKED_AT", 4)
    if own_words:
        for number in (10, 20, 30):
            photo = many / f"n{number}.png"
            photo.rename(many / f"fiore rosso prato verde {number}.png")
    library = with_parts(1.0)
    library.index([many])
    for folders in ((), (many,)):
        question = Question((QUESTION,), typed=Filters(folders=folders), without=excluding)
        everything = order(library, question)
        assert len(everything) == len(set(everything)) == 60 or excluding
        assert everything[0] == "giallo" or own_words
        for limit in (1, 3, 5, 8, 9, 20, 50):
            assert order(library, question, limit) == everything[:limit]


def test_either_of_two_things_is_enough(library: Library, tmp_path: Path) -> None:
    for name, colour in (("r", (250, 10, 10)), ("b", (10, 10, 250)), ("rb", (250, 10, 250))):
        paint(tmp_path / "foto" / f"{name}.png", colour)
    library.index([tmp_path / "foto"])
    either = dict(answer(library, "rosso o blu"))
    alone = [dict(answer(library, colour)) for colour in ("rosso", "blu")]
    assert either == {name: max(a[name] for a in alone) for name in either}
    assert set(order(library, "rosso o blu", 2)) == {"r", "b"}
    literally = Question(("rosso o blu",), literal=True)
    assert order(library, literally, 1) == ["rb"]


def test_a_list_has_the_order_asked_for(library: Library, tmp_path: Path) -> None:
    photos = ("b", "2020-05-01"), ("c", "2018-01-01"), ("a", "2019-01-01"), ("d", None)
    for number, (name, day) in enumerate(photos):
        at = tmp_path / "foto" / (f"{name} {day}.png" if day else f"{name}.png")
        paint(at, (10 * number, 200, 10))
        os.utime(at, (0, 10**9))  # 2001, which is the file's own
    library.index([tmp_path / "foto"])

    def names(words: str = "", **options: str) -> list[str]:
        return [name[0] for name in order(library, Question((words,), **options))]  # type: ignore[arg-type]

    assert names("le ultime foto") == ["b", "a", "c", "d"]
    assert names("le più vecchie") == ["c", "a", "b", "d"]
    assert names("tutte le foto", order="nome") == ["a", "b", "c", "d"]
    assert names("le più vecchie", order="data") == ["b", "a", "c", "d"]


def test_own_words_still_come_first(with_parts: WithParts, many: Path) -> None:
    library = with_parts(1.0)
    library.index([many])
    last = order(library, QUESTION)[-1]
    (many / f"{last}.png").rename(many / "fiore rosso prato verde.png")
    library.index([many])
    assert "fiore rosso prato verde" in order(library, QUESTION)[:2]


def test_filters_that_few_photos_or_none_fulfil(with_parts: WithParts, many: Path) -> None:
    few = many / "poche"
    few.mkdir()
    for name in ("arancione", "giallo"):
        (many / f"{name}.png").rename(few / f"{name}.png")
    library = with_parts(1.0)
    library.index([many])
    assert order(library, Question((QUESTION,), typed=Filters(folders=(few,)))) == [
        "giallo",
        "arancione",
    ]
    assert order(library, Question((QUESTION,), typed=Filters(format="gif"))) == []


def test_a_process_that_stays_up_gives_the_same_order(
    with_parts: WithParts, many: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    library = with_parts(1.0)
    library.index([many])
    alone = order(library, QUESTION)
    for graph_from in (10, 1000):
        monkeypatch.setattr("cercafoto.archive.local.embeddings.resident.GRAPH_FROM", graph_from)
        resident = Library(library.settings, archive=LocalArchive(library.settings, resident=True))
        for _ in range(2):
            assert order(resident, QUESTION) == alone
