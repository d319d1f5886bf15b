"""Results as JSON: only the declared keys, in their order."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import pytest

from cercafoto.base.json_keys import MODEL, PROBLEMS, Key, as_data, as_json, json_keys, within


@json_keys("photos files")
class Numbers(NamedTuple):
    files: int
    secret: str
    photos: int


@json_keys(
    "path",
    Key("score", digits=3),
    MODEL,
    *within("numbers", "photos"),
    Key("first", "numbers.files"),
    Key("twice", lambda report: 2 * report.numbers.files),
    "numbers",
    PROBLEMS,
    Key("away", columns=("path", Key("share", digits=1))),
    Key("note", unless=""),
    Key("start", "other.files", unless=None),
)
@dataclass(frozen=True)
class Report:
    path: bytes
    score: float
    model: str
    fingerprint: str
    numbers: Numbers
    people: tuple[str, ...] = ("Ada",)
    problems: tuple[tuple[bytes, str], ...] = ()
    away: dict[bytes, float] | None = None
    note: str = ""
    other: Numbers | None = None


REPORT = Report(
    b"/foto/\xff.jpg",
    0.123456,
    "mini",
    "7a98",
    Numbers(3, "no", 2),
    problems=((b"/b.jpg", "rotta"),),
    away={b"/disco": 0.25},
)


def test_only_declared_keys_in_their_order() -> None:
    assert list(as_data(REPORT).items()) == [
        ("path", "/foto/\udcff.jpg"),
        ("score", 0.123),
        ("model", {"name": "mini", "fingerprint": "7a98"}),
        ("photos", 2),
        ("first", 3),
        ("twice", 6),
        ("numbers", {"photos": 2, "files": 3}),
        ("problems", [{"path": "/b.jpg", "reason": "rotta"}]),
        ("away", [{"path": "/disco", "share": 0.2}]),
    ]


def test_a_value_that_says_nothing_is_left_out() -> None:
    told = as_data(
        Report(b"", 0, "", "", Numbers(0, "", 0), away={}, note="sì", other=REPORT.numbers)
    )
    assert (told["note"], told["start"]) == ("sì", 3)
    assert told["problems"] == told["away"] == [] and told["score"] == 0


@dataclass
class Undeclared:
    name: str = "Ada"


class Pair(NamedTuple):
    name: str
    content_id: int


@pytest.mark.parametrize("value", [Undeclared(), Pair("Ada", 7), {1, 2}, object()])
def test_what_declares_no_keys_is_refused(value: object) -> None:
    for inside in (value, [value], {"here": value}):
        with pytest.raises(TypeError, match=type(value).__name__):
            as_data(inside)


def test_columns_fit_their_tuples() -> None:
    @json_keys(Key("rows", columns="one two"))
    class Rows(NamedTuple):
        rows: tuple[tuple[int, ...], ...]

    with pytest.raises(ValueError, match="zip"):
        as_data(Rows(((1, 2, 3),)))


def test_the_text_is_readable_and_gives_back_the_bytes_of_a_path() -> None:
    text = as_json({"path": "caffè\x1b\n".encode() + b"\xe8", "folder": Path("/foto")})
    assert text == '{\n  "path": "caffè\\u001b\\n\\udce8",\n  "folder": "/foto"\n}\n'
    assert os.fsencode(json.loads(text)["path"]) == "caffè\x1b\n".encode() + b"\xe8"
    assert as_json([1, None, True], one_line=True) == "[1, null, true]\n"
