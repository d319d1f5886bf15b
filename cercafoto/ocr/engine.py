"""Define the interface of an OCR engine. `rapid` has the real one; tests use another.

`ocr_processes.ENGINE` names the engine's module, whose `open_engine()` is called in the process
that reads.
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
    """The engine cannot be opened: it is not installed, or one of its files is damaged."""


class Engine(Protocol):
    """Finds lines of words and reads them. Used by one thread.

    name: name and version of the engine and its models, as the catalogue stores it.
    """

    name: str

    def find(self, picture: Pixels) -> Quads:
        """Return the lines in a picture, which is not resized."""
        ...

    def strips(self, picture: Pixels, quads: Quads) -> list[Pixels]:
        """Return each line cut out, with the side from its first to its second corner on top."""
        ...

    def upside_down(self, strips: Sequence[Pixels]) -> list[bool]:
        """Return for each strip whether it seems to be upside down."""
        ...

    def words(self, strips: Sequence[Pixels]) -> list[tuple[str, float]]:
        """Return the text of each upright strip, and its confidence from 0 to 1."""
        ...
