"""Find the part of a photo that matches a text by covering it up a part at a time.

A grey square slides over the photo, and wherever covering makes the photo say less of the words,
there they show. It takes the image tower a hundred passes where `heat_map` takes one, but asks
nothing of it: any model will do, one that knows of no patches too.

What falls is the cosine with the words, beyond that with the background captions, as `heat_map`
measures patches. The confidence would not do: that of a photo which shows the thing well hardly
falls while parts of it are covered.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from PIL import Image

from cercafoto.base.arrays import Floats
from cercafoto.models.encode.encoder import Encoder
from cercafoto.search.heat_map import Heat, heat_from_views

# Cells along each side of what the model sees; the square moves on by one cell at a time.
CELLS = 8
# Side of the square, in cells: half that of the photo. Smaller ones, and several sizes together,
# find things no better (docs/localisation.md).
SQUARE = 4
TOGETHER = 16  # covered copies held in memory at once
GREY = "#808080"


def locate_by_covering(encoder: Encoder, image: Image.Image, text: str) -> Heat:
    """Make a map as `heat_map.heat_of`, on other evidence."""

    def look(pixels: Floats, direction: Floats) -> tuple[Floats, Floats]:
        pictures = encoder.embed_pixels(pixels)
        losses = [
            _losses(encoder, view, float(picture @ direction), direction)
            for view, picture in zip(pixels, pictures, strict=True)
        ]
        return pictures, np.stack(losses)

    return heat_from_views(encoder, image, text, look)


def _losses(encoder: Encoder, view: Floats, uncovered: float, direction: Floats) -> Floats:
    """Measure what each cell is worth, row by row: the mean loss over the squares that cover it,
    [CELLS ** 2]. view: [3, H, W] as the model takes it."""
    size = encoder.preprocessing.size
    whole = replace(encoder.preprocessing, resize_to=size)
    grey = whole(Image.new("RGB", (size, size), GREY))
    edges = np.linspace(0, view.shape[1], CELLS + 1).round().astype(int)
    places = list(_places(SQUARE))
    total, times = np.zeros((2, CELLS, CELLS), np.float32)
    for at in range(0, len(places), TOGETHER):
        batch = places[at : at + TOGETHER]
        covered = np.repeat(view[None], len(batch), axis=0)
        for copy, (top, bottom, left, right) in zip(covered, batch, strict=True):
            square = np.s_[:, edges[top] : edges[bottom], edges[left] : edges[right]]
            copy[square] = grey[square]
        scores = encoder.embed_pixels(covered) @ direction
        for score, (top, bottom, left, right) in zip(scores, batch, strict=True):
            total[top:bottom, left:right] += uncovered - score
            times[top:bottom, left:right] += 1
    losses: Floats = total / times
    return losses.ravel()


def _places(side: int) -> Iterator[tuple[int, int, int, int]]:
    """List squares in cells: top, bottom, left, right. Some reach over the edge and are cut, so
    that a cell there is covered as often as one in the middle."""
    spans = [(max(start, 0), min(start + side, CELLS)) for start in range(1 - side, CELLS)]
    return ((*down, *across) for down in spans for across in spans)
