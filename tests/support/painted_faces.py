"""Fake faces: a one-colour photo has one face, whose vector depends on the colour; nearly equal
colours have nearly equal vectors.
"""

from __future__ import annotations

import numpy as np
from PIL import Image

from cercafoto.base.arrays import Floats, unit
from cercafoto.faces.face_models import DIMENSION, Face

BOX = (0.25, 0.25, 0.5, 0.5)


def vector(colour: tuple[int, ...]) -> Floats:
    """Return the vector of a colour: near colours have a cosine near 1, others near 0."""
    hue = np.argmax(colour) + 3 * (np.argsort(colour)[1] if min(colour) < 200 else 0)
    found = np.random.default_rng(int(hue)).normal(size=DIMENSION)
    found += 0.1 * np.random.default_rng(sum(colour)).normal(size=DIMENSION)
    return unit(found.astype(np.float32))


class PaintedFaces:
    """Replaces `FaceModels`: a photo wider than high has its colour's face; others have none."""

    def faces(self, picture: Image.Image, turned_by_file: bool) -> list[Face]:
        if picture.width <= picture.height:
            return []
        colour = picture.resize((1, 1)).getpixel((0, 0))
        assert isinstance(colour, tuple)
        return [Face(BOX, 0.9, vector(colour))]


def interrupted_at(number: int) -> type[PaintedFaces]:
    """Return a `PaintedFaces` during whose picture `number`, from 1, the person presses Ctrl-C."""

    class Interrupted(PaintedFaces):
        seen = 0

        def faces(self, picture: Image.Image, turned_by_file: bool) -> list[Face]:
            Interrupted.seen += 1
            if Interrupted.seen == number:
                raise KeyboardInterrupt
            return super().faces(picture, turned_by_file)

    return Interrupted
