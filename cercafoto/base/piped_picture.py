"""Define `PipedPicture`, an example picture from a pipe or an upload instead of a file."""

from __future__ import annotations

from dataclasses import dataclass, field

MOST_BYTES = 80_000_000  # enough for a RAW of the largest cameras


@dataclass(frozen=True)
class PipedPicture:
    """A picture given as bytes, in any supported format, instead of as a path.

    weight: how much the picture counts among several examples, like the 0.5 of "foto.jpg:0.5".
    """

    content: bytes = field(repr=False)
    weight: float = 1.0

    # What messages call it.
    name = "la foto ricevuta"

    def __str__(self) -> str:
        return "-"
