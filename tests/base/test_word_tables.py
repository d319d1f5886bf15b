"""Lists of words kept as text."""

from __future__ import annotations

from pathlib import Path

from cercafoto.base.word_tables import read_phrase_lists, read_word_lists, read_words


def test_comments_are_not_words(tmp_path: Path) -> None:
    path = tmp_path / "words.txt"
    path.write_text("# a comment\n\nmare lago\nsci\n", encoding="utf-8")
    assert read_words(path) == {"mare", "lago", "sci"}


def test_a_list_continues_over_several_lines(tmp_path: Path) -> None:
    path = tmp_path / "lists.txt"
    path.write_text("# a comment\nin e:\n    onde rose\n    case\n\nmass: neve\n", encoding="utf-8")
    assert read_word_lists(path) == {"in e": {"onde", "rose", "case"}, "mass": {"neve"}}


def test_each_line_is_one_phrase(tmp_path: Path) -> None:
    path = tmp_path / "phrases.txt"
    path.write_text("# a comment\n\nb:\n    un caffè\n    a: sé\na:\n    neve\n", encoding="utf-8")
    assert read_phrase_lists(path) == {"b": ["un caffè", "a: sé"], "a": ["neve"]}
