"""A picture that is no file: it came through a pipe, or was dropped on the page."""

from __future__ import annotations

from dataclasses import dataclass, field

MOST_BYTES = 80_000_000  # a RAW of the largest cameras


@dataclass(frozen=True)
class PipedPicture:
    """The content of a picture, in any format that is read, where a path might stand.

    weight: of an example beside others, as "foto.jpg:0.5" gives one to a path.
    """

    content: bytes = field(repr=False)
    weight: float = 1.0

    # As messages and readings name it.
    name = "la foto ricevuta"

    def __str__(self) -> str:
        return "-"
