"""Split a question into parts with weights: "spiaggia + tramonto:0.5", --come foto.jpg:0.5. An
example may also be a moment of a video: --come "festa.mp4 1:23"."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Generic, NamedTuple, TypeVar

from cercafoto.base.piped_picture import PipedPicture
from cercafoto.errors import UsageError

MOST = 20  # each is read and searched for on its own
_BETWEEN = re.compile(r" \+ ")
_WEIGHT = re.compile(r"(?<=[^/\\]):(\d+(?:[.,]\d+)?)$")
_MOMENT = re.compile(r"(.+) (?:(\d+):)?(\d+):(\d\d)")

T = TypeVar("T")


class Sought(NamedTuple, Generic[T]):
    """A phrase or an example photo that hits should resemble, and its weight."""

    what: T
    weight: float = 1.0


def phrases(sentence: str) -> list[Sought[str]]:
    """Return the phrases of a sentence, which is split at plus signs between spaces, with their
    weights. Without a plus sign the whole sentence is one phrase of weight 1, even if it ends like
    a weight ("alle 12:30").

    sentence: a text with single spaces.

    Raises UsageError if there are more than MOST phrases.
    """
    parts = [part for part in _BETWEEN.split(sentence.strip()) if part]
    if len(parts) < 2:
        return [Sought(sentence)]
    if len(parts) > MOST:
        raise UsageError(
            f"La domanda ha {len(parts)} parti unite da «+»: al massimo sono {MOST}.",
            "Togline qualcuna, oppure fai più domande.",
        )
    return [_with_weight(part) for part in parts]


def example(path: Path | PipedPicture) -> Sought[Path | PipedPicture]:
    """Return an example photo with its weight: 0.5 for "foto.jpg:0.5", 1 for "foto.jpg". If a file
    named "foto.jpg:0.5" exists, it is the example, with weight 1."""
    if isinstance(path, PipedPicture):
        return Sought(path, path.weight)
    if os.path.lexists(path) or named_moment(path)[1] is not None:
        return Sought(path)
    text, weight = _with_weight(os.fspath(path))
    return Sought(Path(text), weight)


def named_moment(path: Path) -> tuple[Path, float | None]:
    """Return the video and the time in seconds that "festa.mp4 1:23" names; the path itself and
    None for a path without a time, or if there is a file of this very name."""
    match = _MOMENT.fullmatch(os.fspath(path))
    if match is None or os.path.lexists(path):
        return path, None
    hours, minutes, seconds = (int(part or 0) for part in match.groups()[1:])
    return Path(match[1].rstrip()), float(3600 * hours + 60 * minutes + seconds)


def _with_weight(text: str) -> Sought[str]:
    """Split a text into a phrase and the weight at its end ("tramonto:0.5"), by default 1."""
    match = _WEIGHT.search(text)
    if match is None:
        return Sought(text)
    return Sought(text[: match.start()].strip(), float(match[1].replace(",", ".")))
