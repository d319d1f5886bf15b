"""Test reading files of JSON lines."""

from __future__ import annotations

from pathlib import Path

import pytest

from cercafoto.training.measure.class_texts import LEFT_OUT, TRAIN, photos_of, read_json_lines
from cercafoto.training.training_errors import InputError


def test_only_line_feeds_end_a_line(tmp_path: Path) -> None:
    path = tmp_path / "coppie.jsonl"
    path.write_bytes('{"a": "x\u2028y\x85z"}\r\n\n{"a": "w"}\n'.encode())
    assert read_json_lines(path) == [{"a": "x\u2028y\x85z"}, {"a": "w"}]
    path.write_text('{"a": "x\u2028y"}\n{"a"}\n', "utf-8")
    with pytest.raises(InputError, match=r"coppie\.jsonl, line 2"):
        read_json_lines(path)


def test_photos_of_a_measured_scene_are_not_learned_from(tmp_path: Path) -> None:
    near = min(LEFT_OUT)
    rows = [f'{{"image_path": "{path}", "captions": ["un gatto"]}}' for path in (near, "foto/1")]
    (tmp_path / TRAIN[0]).write_text("\n".join(rows), "utf-8")
    assert [photo.path for photo in photos_of(tmp_path, TRAIN, [])] == ["foto/1"]
