"""Questions of several parts with weights: "spiaggia + tramonto:0.5", --come foto.jpg:0.5."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Generic, NamedTuple, TypeVar

from cercafoto.base.piped_picture import PipedPicture

_BETWEEN = re.compile(r"\s+\+\s+")
_WEIGHT = re.compile(r":(\d+(?:[.,]\d+)?)$")

T = TypeVar("T")


class Sought(NamedTuple, Generic[T]):
    """What a photo should resemble, a phrase or another photo, and how much that counts."""

    what: T
    weight: float = 1.0


def phrases(sentence: str) -> list[Sought[str]]:
    """Split a sentence at plus signs that stand alone into phrases with their weights.

    A sentence without any is one phrase, whole ("alle 12:30" has no weight).
    """
    parts = [part for part in _BETWEEN.split(sentence.strip()) if part]
    if len(parts) < 2:
        return [Sought(sentence)]
    return [_parted(part) for part in parts]


def example(path: Path | PipedPicture) -> Sought[Path | PipedPicture]:
    """Split a path into photo and weight; a file whose name ends like a weight is that file."""
    if isinstance(path, PipedPicture):
        return Sought(path, path.weight)
    if os.path.lexists(path):
        return Sought(path)
    text, weight = _parted(os.fspath(path))
    return Sought(Path(text), weight)


def _parted(text: str) -> Sought[str]:
    match = _WEIGHT.search(text)
    if match is None:
        return Sought(text)
    return Sought(text[: match.start()].strip(), float(match[1].replace(",", ".")))
