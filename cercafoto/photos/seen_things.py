"""Define what a photo shows: things with boxes, as a model sees them."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from cercafoto.base.arrays import Floats


class ThingBox(NamedTuple):
    """One thing in a photo.

    thing: position of its class in the model's list of classes.
    score: how sure the model is, 0..1.
    left, top, right, bottom: edges as shares of the photo's width and height, 0..1.
    """

    thing: int
    score: float
    left: float
    top: float
    right: float
    bottom: float


class SeenThings(NamedTuple):
    """Everything that a model saw in a photo.

    edition: edition of the model's list of classes.
    presence: for each class, the logit that the photo shows it, not calibrated [C].
    boxes: the things, the surest first.
    people: how many of the boxes are persons.
    """

    edition: str
    presence: Floats
    boxes: tuple[ThingBox, ...]
    people: int
