"""The file of the last answer: its shape on disk, and a question that comes back whole."""

from __future__ import annotations

import json
from dataclasses import fields, replace
from pathlib import Path

import pytest

from cercafoto.cli.last_answer import FILE, LastAnswer, load, save
from cercafoto.errors import UsageError
from cercafoto.question.filters.all_filters import OPTIONS
from cercafoto.question.question import Question
from tests.support.every_option import EVERY_OPTION

QUESTION = Question(
    words=("un", "gatto"),
    like=(Path("/foto/a.jpg:0.5"),),
    without=("cani", "persone"),
    typed=EVERY_OPTION,
    order="nome",
    literal=True,
    more=(b"/foto/\xff.jpg",),
    less=(b"/foto/b.jpg", b"/foto/c.jpg"),
)


def test_every_field_and_every_option_comes_back(tmp_path: Path) -> None:
    nothing = Question()
    for field in fields(Question):
        assert getattr(QUESTION, field.name) != getattr(nothing, field.name)
    assert set(QUESTION.typed) == {option.key for option in OPTIONS}
    for question in (QUESTION, nothing):
        answer = LastAnswer(question, (b"/foto/d\xfe.jpg", b"/foto/e.jpg"))
        save(tmp_path, answer)
        assert load(tmp_path) == answer


def test_a_file_from_before_there_was_an_option(tmp_path: Path) -> None:
    answer = LastAnswer(replace(QUESTION, typed=QUESTION.typed.but(outside=())), (b"/foto/e.jpg",))
    save(tmp_path, answer)
    assert "outside" not in json.loads((tmp_path / FILE).read_text("ascii"))["typed"]
    assert load(tmp_path) == answer


def test_a_file_with_an_option_that_there_is_not(tmp_path: Path) -> None:
    save(tmp_path, LastAnswer(QUESTION, (b"/foto/e.jpg",)))
    data = json.loads((tmp_path / FILE).read_text("ascii"))
    data["typed"]["altezza"] = "50 m"
    (tmp_path / FILE).write_text(json.dumps(data), "ascii")
    with pytest.raises(UsageError, match="ultima ricerca"):
        load(tmp_path)


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"words": []}', "\xff"])
def test_a_file_that_cannot_be_read_is_none(tmp_path: Path, text: str) -> None:
    (tmp_path / FILE).write_text(text, "latin-1")
    with pytest.raises(UsageError, match="ultima ricerca"):
        load(tmp_path)
