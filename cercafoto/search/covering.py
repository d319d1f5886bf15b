"""Find the part of a photo that matches a text by covering one part of the photo after another.

A grey square slides over the photo. Where covering makes the photo fit the words less, the thing
is there. This takes a hundred passes of the image tower and `heat_map` takes one, but it works with
any model, even one that gives no vectors of patches.

What is measured is the cosine with the words minus the mean cosine with the background captions, as
`heat_map` does for patches. The confidence cannot be used: if a photo shows the thing well, its
confidence hardly falls while a part of the thing is covered.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from PIL import Image

from cercafoto.base.arrays import Floats
from cercafoto.models.encode.encoder import Encoder
from cercafoto.search.heat_map import Heat, heat_from_views

# Cells along each side of what the model sees; the square moves on by one cell at a time.
CELLS = 8
# Side of the square, in cells: half the side of the photo. Smaller squares, or squares of several
# sizes together, find things no better (docs/localisation.md).
SQUARE = 4
BATCH = 16  # covered copies held in memory at once
GREY = "#808080"


def locate_by_covering(encoder: Encoder, image: Image.Image, text: str) -> Heat:
    """Return the heat map of a photo for a text, as `heat_map.heat_of` does, but by covering."""

    def look(pixels: Floats, direction: Floats) -> tuple[Floats, Floats]:
        vectors = encoder.embed_pixels(pixels)
        losses = [
            _losses(encoder, view, float(vector @ direction), direction)
            for view, vector in zip(pixels, vectors, strict=True)
        ]
        return vectors, np.stack(losses)

    return heat_from_views(encoder, image, text, look)


def _losses(encoder: Encoder, view: Floats, uncovered: float, direction: Floats) -> Floats:
    """Return how much the score of a view falls, on average, when a grey square covers a cell: one
    number for each cell, row by row, [CELLS ** 2]. The score is the product of the view's vector
    and `direction`.

    view: pixels as the model takes them, [3, H, W].
    uncovered: the score of the view without a square.
    direction: vector [D] of the words.
    """
    size = encoder.preprocessing.size
    whole = encoder.preprocessing._replace(resize_to=size)
    grey = whole(Image.new("RGB", (size, size), GREY))
    edges = np.linspace(0, view.shape[1], CELLS + 1).round().astype(int)
    places = list(_places(SQUARE))
    total, times = np.zeros((2, CELLS, CELLS), np.float32)
    for at in range(0, len(places), BATCH):
        batch = places[at : at + BATCH]
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
    """Yield the squares to cover, in cells: top, bottom, left, right. Squares that reach over an
    edge are cut there, so that cells at the edge are covered as often as the others."""
    spans = [(max(start, 0), min(start + side, CELLS)) for start in range(1 - side, CELLS)]
    return ((*down, *across) for down in spans for across in spans)
