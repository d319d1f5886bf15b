"""Tables of words: one syntax, and errors that name their line."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

import cercafoto.training
from cercafoto.training.mini.named_lists import read_table
from cercafoto.training.mini.photo_texts import FUNCTION_WORDS, TEMPLATES
from cercafoto.training.training_errors import InputError

TRAINING = Path(cercafoto.training.__file__).parent
TABLES = sorted((TRAINING / "mini").rglob("*.txt"))


def test_an_indented_line_goes_on(tmp_path: Path) -> None:
    path = tmp_path / "table.txt"
    path.write_text("# animals\ngatti, micio: gatto,\n    gatta\n\ncani: cane, can\n    barbone\n")
    assert read_table(path) == {"gatti, micio": ["gatto", "gatta"], "cani": ["cane", "can barbone"]}


@pytest.mark.parametrize(
    ("text", "reason"), [("a: b\nc\n", "line 2: no colon"), ("a: b,\n c\na: d\n", "line 3: 'a'")]
)
def test_a_wrong_line_is_named(text: str, reason: str, tmp_path: Path) -> None:
    path = tmp_path / "table.txt"
    path.write_text(text)
    with pytest.raises(InputError, match=reason):
        read_table(path)


@pytest.mark.parametrize("path", TABLES, ids=lambda path: path.stem)
def test_every_table_can_be_read_and_is_installed(path: Path) -> None:
    table = read_table(path)
    assert table
    for name, items in table.items():
        assert name and all(items), name
        assert len(set(items)) == len(items), f"{name}: an item twice"
    project = tomllib.loads((TRAINING.parent / "pyproject.toml").read_text("utf-8"))
    package = ".".join(("cercafoto.training", *path.relative_to(TRAINING).parts[:-1]))
    assert "*.txt" in project["tool"]["setuptools"]["package-data"][package]


def test_there_are_tables() -> None:
    assert {path.stem for path in TABLES} >= {"concepts", "literal_names", "text_words"}
    assert {"della", "più"} <= FUNCTION_WORDS
    assert all(template.count("{}") == 1 for template in TEMPLATES)
