"""Counts are written in one style, and videos are not called photos."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import cercafoto
from cercafoto.base.italian_counts import media, thousands

COUNTED = re.compile(
    r" (foto|file|video|volti|momenti|etichette|testi|copie|righe|domande|percorsi|lettere)\b"
)


@pytest.mark.parametrize(
    ("number", "text"), [(0, "0"), (999, "999"), (1678, "1.678"), (1_234_567, "1.234.567")]
)
def test_points_stand_between_thousands(number: int, text: str) -> None:
    assert thousands(number) == text


@pytest.mark.parametrize(
    ("number", "videos", "text"),
    [
        (0, 0, "0 foto"),
        (1, 0, "1 foto"),
        (1, 1, "1 video"),
        (1678, 2, "1.676 foto e 2 video"),
        (1678, None, "1.678 fra foto e video"),
    ],
)
def test_videos_are_told_apart(number: int, videos: int | None, text: str) -> None:
    assert media(number, videos) == text


def test_no_message_counts_in_another_style() -> None:
    found = [each for path in Path(cercafoto.__file__).parent.rglob("*.py") for each in plain(path)]
    assert found == []


def plain(path: Path) -> Iterator[str]:
    """Yield the places of a module where a number stands before what it counts, and is not written
    by a function."""
    for text in ast.walk(ast.parse(path.read_text("utf-8"))):
        if not isinstance(text, ast.JoinedStr):
            continue
        for piece, after in zip(text.values, text.values[1:], strict=False):
            said = after.value if isinstance(after, ast.Constant) else ""
            if isinstance(piece, ast.FormattedValue) and COUNTED.match(str(said)):
                value = piece.value
                written = ast.unparse(value)  # constants are small
                if written.startswith("len(") or not (
                    isinstance(value, ast.Call) or written.isupper()
                ):
                    yield f"{path.name}:{piece.lineno}: {written}{said}"
