"""Define the interface of an OCR engine. `rapid` has the real engine; tests use another.

`ocr_processes.ENGINE` names the engine's module. An OCR process calls `open_engine()` of that
module.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol, TypeAlias

from cercafoto.errors import CercafotoError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Pixels: TypeAlias = NDArray[np.uint8]  # RGB, [H, W, 3]
    Quads: TypeAlias = NDArray[np.float32]  # corners of boxes in pixels, [n, 4, 2], clockwise from
    # the upper left


class EngineError(CercafotoError):
    """The OCR engine cannot be opened: it is not installed, or one of its files is damaged."""


class Engine(Protocol):
    """Finds lines of words in a picture and reads these lines. Used by one thread.

    name: name and version of the engine and its models, as the catalogue stores it.
    """

    name: str

    def find(self, picture: Pixels) -> Quads:
        """Return the corners of each line in a picture, [n, 4, 2]. The picture is not resized."""
        ...

    def strips(self, picture: Pixels, quads: Quads) -> list[Pixels]:
        """Return a picture of each line of `quads`, with its first and second corner on top."""
        ...

    def upside_down(self, strips: Sequence[Pixels]) -> list[bool]:
        """Return True for each strip of `strips` that seems to be upside down, else False."""
        ...

    def words(self, strips: Sequence[Pixels]) -> list[tuple[str, float]]:
        """Return (text, confidence from 0 to 1) for each strip, all of which must be upright."""
        ...
