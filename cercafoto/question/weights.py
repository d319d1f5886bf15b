"""Questions of several parts with weights: "spiaggia + tramonto:0.5", --come foto.jpg:0.5."""

from __future__ import annotations

import os
import re
from pathlib import Path

_BETWEEN = re.compile(r"\s+\+\s+")
_WEIGHT = re.compile(r":(\d+(?:[.,]\d+)?)$")

Weighted = tuple[str, float]


def phrases(sentence: str) -> list[Weighted]:
    """The phrases between plus signs that stand alone, and their weights; a sentence without is
    one phrase, whole ("alle 12:30" has no weight)."""
    parts = [part for part in _BETWEEN.split(sentence.strip()) if part]
    if len(parts) < 2:
        return [(sentence, 1.0)]
    return [_parted(part) for part in parts]


def example(path: Path) -> tuple[Path, float]:
    """The photo and its weight; a file whose name ends like a weight is that file."""
    if os.path.lexists(path):
        return path, 1.0
    text, weight = _parted(os.fspath(path))
    return Path(text), weight


def _parted(text: str) -> Weighted:
    found = _WEIGHT.search(text)
    if found is None:
        return text, 1.0
    return text[: found.start()].strip(), float(found[1].replace(",", "."))
