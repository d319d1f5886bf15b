"""See the things in photos with the graph `things.onnx`, which also computes their vectors.

The graph looks twice: at the whole photo, and closer at its middle. In each look it gives every
class a map of heat, which is zero except at the centres of things, and every cell of the map a box.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from cercafoto.base.arrays import Floats
from cercafoto.models.encode.encoder import Encoder
from cercafoto.models.model_folder import THINGS
from cercafoto.models.things_model import PERSON, ThingsModel, things_model
from cercafoto.photos.seen_things import SeenThings, ThingBox

if TYPE_CHECKING:
    from onnxruntime import InferenceSession

# A centre this hot is a thing; chosen together with the graph, so that numbers of persons fit best.
MIN_HEAT = 0.25
# Two boxes of a class are one thing if they share so much of their union, or of the smaller box.
SAME_UNION, SAME_SMALLER = 0.35, 0.8
MOST_BOXES = 30
# Only so many of the hottest centres are compared: the time grows with the square of their number.
MOST_CENTRES = 128
# The second look: the middle of the photo, from `CLOSER_FROM` on, `CLOSER` wide and high.
CLOSER, CLOSER_FROM = 0.7, 0.15
_OUTPUTS = ("image_embeds", "thing_presence", "thing_peaks", "thing_boxes")


class ThingsEncoder(Encoder):
    """Embeds images and sees the things in them, in one run. See `Encoder`."""

    def __init__(self, model: ThingsModel, threads: int | None = None) -> None:
        super().__init__(model.folder, threads)
        self.model = model

    def open(self) -> None:
        """Load the graph, so that `see` does not wait for it. Raises ModelError."""
        _ = self._things

    def see(self, pictures: Sequence[bytes]) -> tuple[Floats, list[SeenThings]]:
        """Return the unit vectors of cropped images, float32 [N, D], and the things in each.

        pictures: RGB bytes of images cropped by `Preprocessing.crop`.

        Raises ModelError if the graph cannot be loaded.
        """
        parts = self._in_pieces(self._see, pictures, self._things)
        vectors = [part[0] for part in parts]
        return (
            np.concatenate([np.empty((0, self.dimension), np.float32), *vectors]),
            [things for part in parts for things in part[1]],
        )

    def _see(self, pictures: Sequence[bytes]) -> tuple[Floats, list[SeenThings]]:
        pixels = self.preprocessing.normalised(pictures)
        vectors, presence, heat, edges = self._things.run(_OUTPUTS, {"pixel_values": pixels})
        logits = np.log(np.clip(presence, 1e-6, 1.0)) - np.log(np.clip(1.0 - presence, 1e-6, 1.0))
        return vectors, [
            self._seen(*one) for one in zip(logits.astype(np.float32), heat, edges, strict=True)
        ]

    def _seen(self, presence: Floats, heat: Floats, edges: Floats) -> SeenThings:
        boxes = boxes_in(heat, edges)
        people = sum(self.model.classes[box.thing] == PERSON for box in boxes)
        return SeenThings(self.model.edition, presence, boxes, people)

    @cached_property
    def _things(self) -> InferenceSession:
        return self._session(THINGS, prepack=True, threads=1)


def things_encoder(threads: int | None = None) -> ThingsEncoder | None:
    """Return the encoder that sees things; None if the package has no model for it."""
    model = things_model()
    return ThingsEncoder(model, threads) if model else None


def boxes_in(heat: Floats, edges: Floats) -> tuple[ThingBox, ...]:
    """Return the things in one photo, the surest first; at most MOST_BOXES.

    heat: heat of each class in each cell of both looks [2, C, side, side].
    edges: left, top, right and bottom of each cell's box, in cells from its centre
        [2, 4, side, side].
    """
    found = np.nonzero(heat >= MIN_HEAT)
    order = np.argsort(-heat[found], kind="stable")[:MOST_CENTRES]
    look, thing, row, column = (places[order] for places in found)
    score = heat[look, thing, row, column]
    centres = np.stack([column, row, column, row], axis=1) + 0.5
    boxes = (edges[look, :, row, column] + centres) / heat.shape[-1]
    boxes = np.clip(np.where(look[:, None] == 1, boxes * CLOSER + CLOSER_FROM, boxes), 0.0, 1.0)
    same = _are_same(boxes) & (thing[:, None] == thing)
    kept: list[int] = []
    for at in range(len(order)):
        if not same[at, kept].any():
            kept.append(at)
    kept = kept[:MOST_BOXES]
    return tuple(ThingBox(int(thing[at]), float(score[at]), *map(float, boxes[at])) for at in kept)


def _are_same(boxes: Floats) -> np.ndarray[tuple[int, int], np.dtype[np.bool_]]:
    """Return, for each two boxes [n, 4], whether they are so alike that they show one thing."""
    first, last = boxes[:, None, :2], boxes[:, None, 2:]
    shared = np.minimum(last, boxes[:, 2:]) - np.maximum(first, boxes[:, :2])
    common = shared.clip(0.0).prod(axis=2)
    areas = (boxes[:, 2:] - boxes[:, :2]).clip(0.0).prod(axis=1)
    union = areas[:, None] + areas - common
    smaller = np.minimum(areas[:, None], areas)
    result: np.ndarray[tuple[int, int], np.dtype[np.bool_]] = (common > SAME_UNION * union) | (
        common > SAME_SMALLER * smaller
    )
    return result
