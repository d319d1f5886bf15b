"""The file of the last answer: its shape on disk, and a question that comes back whole."""

from __future__ import annotations

import json
from dataclasses import fields, replace
from pathlib import Path

import pytest

from cercafoto.cli.last_answer import FILE, LastAnswer, load, save
from cercafoto.errors import UsageError
from cercafoto.question.question import Question

QUESTION = Question(
    words=("un", "gatto"),
    like=(Path("/foto/a.jpg:0.5"),),
    folders=(Path("/foto/\udcff"),),
    outside=(Path("/foto/\udcff/bozze"), Path("/a")),
    labels=("mare",),
    since="2019",
    until="ieri",
    place="Roma",
    without=("cani", "persone"),
    camera="Canon",
    format="jpeg",
    orientation="quadrata",
    rating=3,
    keywords=("zia",),
    texts=("password wifi", "23,50"),
    order="nome",
    literal=True,
    more=(b"/foto/\xff.jpg",),
    less=(b"/foto/b.jpg", b"/foto/c.jpg"),
)


def test_every_field_of_a_question_comes_back(tmp_path: Path) -> None:
    nothing = Question()
    for field in fields(Question):
        assert getattr(QUESTION, field.name) != getattr(nothing, field.name)
    for question in (QUESTION, nothing):
        answer = LastAnswer(question, (b"/foto/d\xfe.jpg", b"/foto/e.jpg"))
        save(tmp_path, answer)
        assert load(tmp_path) == answer


def test_the_shape_of_the_file(tmp_path: Path) -> None:
    save(tmp_path, LastAnswer(QUESTION, (b"/foto/e.jpg",)))
    data = json.loads((tmp_path / FILE).read_text("ascii"))
    assert list(data) == ["asked", "found", "more", "less"]
    assert list(data["asked"]) == [
        "words",
        "like",
        "folders",
        "outside",
        "labels",
        "options",
        "literal",
    ]
    assert list(data["asked"]["options"]) == [
        "since",
        "until",
        "place",
        "without",
        "camera",
        "format",
        "orientation",
        "rating",
        "keywords",
        "texts",
        "order",
    ]


def test_a_file_from_before_there_was_a_field(tmp_path: Path) -> None:
    answer = LastAnswer(replace(QUESTION, outside=()), (b"/foto/e.jpg",))
    save(tmp_path, answer)
    data = json.loads((tmp_path / FILE).read_text("ascii"))
    del data["asked"]["outside"]
    (tmp_path / FILE).write_text(json.dumps(data), "ascii")
    assert load(tmp_path) == answer


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"asked": {"words": []}}', "\xff"])
def test_a_file_that_cannot_be_read_is_none(tmp_path: Path, text: str) -> None:
    (tmp_path / FILE).write_text(text, "latin-1")
    with pytest.raises(UsageError, match="ultima ricerca"):
        load(tmp_path)
