"""Questions of several parts with weights: "spiaggia + tramonto:0.5", --come foto.jpg:0.5."""

from __future__ import annotations

import os
import re
from pathlib import Path

_BETWEEN = re.compile(r"\s+\+\s+")
_WEIGHT = re.compile(r":(\d+(?:[.,]\d+)?)$")

Weighted = tuple[str, float]


def phrases(sentence: str) -> list[Weighted]:
    """Split a sentence at plus signs that stand alone into phrases with their weights.

    A sentence without any is one phrase, whole ("alle 12:30" has no weight).
    """
    parts = [part for part in _BETWEEN.split(sentence.strip()) if part]
    if len(parts) < 2:
        return [(sentence, 1.0)]
    return [_parted(part) for part in parts]


def example(path: Path) -> tuple[Path, float]:
    """Split a path into photo and weight; a file whose name ends like a weight is that file."""
    if os.path.lexists(path):
        return path, 1.0
    text, weight = _parted(os.fspath(path))
    return Path(text), weight


def _parted(text: str) -> Weighted:
    match = _WEIGHT.search(text)
    if match is None:
        return text, 1.0
    return text[: match.start()].strip(), float(match[1].replace(",", "."))
