"""JSON files of an archive that came from anywhere: too large, too deep, of another shape."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from cercafoto import Settings
from cercafoto.archive.local.embeddings import state
from cercafoto.base.bounded_json import read_json
from cercafoto.cli import last_answer
from cercafoto.errors import UsageError
from cercafoto.models import model_choice


def huge(path: Path) -> None:
    """Make a file of a terabyte that takes no space."""
    with path.open("wb") as stream:
        stream.write(b"{")
        stream.truncate(1 << 40)


KINDS: dict[str, Callable[[Path], object]] = {
    "huge": huge,
    "deep": lambda path: path.write_text("[" * 60_000),
    "list": lambda path: path.write_text("[1, 2]"),
    "text": lambda path: path.write_text('"typed"'),
    "bytes": lambda path: path.write_bytes(b"\xff\xfe\0"),
    "pipe": lambda path: os.mkfifo(path),
    "folder": lambda path: path.mkdir(),
}


@pytest.mark.parametrize("kind", KINDS)
def test_a_crafted_file_is_none(kind: str, tmp_path: Path, settings: Settings) -> None:
    settings.archive.mkdir(parents=True, exist_ok=True)
    for path in (
        settings.archive / last_answer.FILE,
        settings.archive / model_choice.ANSWERS,
        tmp_path / state.STATE,
    ):
        KINDS[kind](path)
    with pytest.raises(UsageError, match="ultima ricerca"):
        last_answer.load(settings.archive)
    assert not model_choice.remembered(settings)
    assert state.read_state(tmp_path, 512) is None


def test_the_largest_file_that_is_read(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text('{"a": 1}')
    assert read_json(path, 8) == {"a": 1}
    with pytest.raises(ValueError, match="more than 7"):
        read_json(path, 7)
