"""What reads words, as `reading` asks it; `rapid` is the one that people have, tests bring another.

A module that has one is named by `processes.ENGINE`; its `open_engine()` is called in the process
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
    Quads: TypeAlias = NDArray[np.float32]  # boxes in pixels, [n, 4, 2], from the upper left


class EngineError(CercafotoError):
    """The engine cannot be opened at all: it is not installed, or a file of it is damaged."""


class Engine(Protocol):
    """Finds lines of words and reads them. Used by one thread.

    name: with its version and that of its models, as the catalogue keeps it.
    """

    name: str

    def find(self, picture: Pixels) -> Quads:
        """Find the lines, at the size that the picture has."""
        ...

    def strips(self, picture: Pixels, quads: Quads) -> list[Pixels]:
        """Cut lines out, each with the side from its first to its second corner on top."""
        ...

    def upside_down(self, strips: Sequence[Pixels]) -> list[bool]:
        """Guess of each whether it stands on its head."""
        ...

    def words(self, strips: Sequence[Pixels]) -> list[tuple[str, float]]:
        """Read lines that stand upright: text, confidence 0..1."""
        ...
