"""An OCR engine for tests: it reads the name of a picture's colour; in a black picture, nothing.

The variable CERCAFOTO_FINTO (JSON) says what happens when a picture of a colour is read.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from cercafoto.ocr.engine import EngineError
from tests.support.colours import PAINT  # the conftest would load what takes a second

if TYPE_CHECKING:
    from cercafoto.ocr.engine import Pixels, Quads

NAME = "finto 1"
MODULE = "tests.support.fake_engine"
VARIABLE = "CERCAFOTO_FINTO"


def open_engine() -> FakeEngine:
    """Return the engine. Raises EngineError if the test wants it missing."""
    if behaviour("motore") == "manca":
        raise EngineError("Il motore finto manca.", "Aggiungilo.")
    return FakeEngine()


def behaviour(colour: str) -> str:
    """Return what is to happen for a colour."""
    return str(json.loads(os.environ.get(VARIABLE, "{}")).get(colour, ""))


class FakeEngine:
    """An `Engine`."""

    def __init__(self) -> None:
        self.name = behaviour("nome") or NAME

    def find(self, picture: Pixels) -> Quads:
        if picture.max() < 20:
            return np.empty((0, 4, 2), np.float32)
        height, width = picture.shape[:2]
        return np.array([[[0, 0], [width, 0], [width, height], [0, height]]], np.float32)

    def strips(self, picture: Pixels, quads: Quads) -> list[Pixels]:
        return [picture for _ in quads]

    def upside_down(self, strips: Sequence[Pixels]) -> list[bool]:
        return [False for _ in strips]

    def words(self, strips: Sequence[Pixels]) -> list[tuple[str, float]]:
        return [(self._word(strip), 0.9) for strip in strips]

    def _word(self, strip: Pixels) -> str:
        mean = strip.reshape(-1, 3).mean(axis=0)
        colour = min(PAINT, key=lambda name: float(np.abs(mean - PAINT[name]).sum()))
        match behaviour(colour):
            case "crolla":
                os.abort()
            case "si blocca":
                time.sleep(1000)
            case "sbaglia":
                raise RuntimeError(f"ho letto {colour}")
            case "riempie":
                bytearray(10**12)
            case "scrive":
                os.write(1, b"avviso: non JSON\n")
            case "lento":
                time.sleep(0.2)
        return colour
