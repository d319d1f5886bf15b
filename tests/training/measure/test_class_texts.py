"""Test reading files of JSON lines."""

from __future__ import annotations

from pathlib import Path

import pytest

from cercafoto.training.measure.class_texts import read_json_lines
from cercafoto.training.training_errors import InputError


def test_only_line_feeds_end_a_line(tmp_path: Path) -> None:
    path = tmp_path / "coppie.jsonl"
    path.write_bytes('{"a": "x\u2028y\x85z"}\r\n\n{"a": "w"}\n'.encode())
    assert read_json_lines(path) == [{"a": "x\u2028y\x85z"}, {"a": "w"}]
    path.write_text('{"a": "x\u2028y"}\n{"a"}\n', "utf-8")
    with pytest.raises(InputError, match=r"coppie\.jsonl, line 2"):
        read_json_lines(path)
