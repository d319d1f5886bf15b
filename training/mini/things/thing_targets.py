"""The head's targets for a view of a photo, from what a detector saw in the photo."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from cercafoto.base.arrays import Floats, Ints
from cercafoto.training.mini.graphs.image_tower import LOOKS
from cercafoto.training.mini.things.detected import BOXED_FROM, PERSON, WHOLE, Box, Detected
from cercafoto.training.mini.things.tower_maps import View

# The log-odds that the detector is right are SLOPE times those of its score, plus START. Both were
# given with its labels, as the fit of its scores to judgments of photos.
SLOPE, START = 2.08, 0.16
VISIBLE = 0.35  # part of a thing's area that a view or look must show for the thing to have a place
OUT_OF_VIEW = 0.1  # factor on the likelihood of a class all of whose boxes lie outside of the view
COUNTED_FROM = 0.4  # likelihood from which a person counts
SURELY = 0.5  # likelihood of any person from which a photo without a counted one has one
PEOPLE = (0, 1, 2, 5)  # the largest count of each class but the last
SPREAD = 0.1  # deviation of a thing's heat, in parts of its sides, but at least NARROWEST cells
NARROWEST = 0.4


class Targets(NamedTuple):
    """The head's targets for N views: see `thing_head.Told`.

    weight [N, LOOKS, cells, cells]: likelihood of the thing whose centre lies in the cell, else 0;
        only there `boxes` means something.
    people [N]: index of the class of the count.
    """

    presence: Floats
    heat: Floats
    boxes: Floats
    weight: Floats
    people: Ints


def likelihood(score: float) -> float:
    """Return how likely the detector is right, 0 to 1."""
    clipped = min(0.99, max(0.01, score))
    return float(1 / (1 + np.exp(-(SLOPE * np.log(clipped / (1 - clipped)) + START))))


def targets(
    photos: Sequence[Detected], views: Sequence[View], kinds: Sequence[str], cells: int, middle: Box
) -> Targets:
    """Return the targets of one view of each photo.

    kinds: names of the classes.
    cells: of a look, on a side.
    middle: frame of the second look in the view.
    """
    column = {kind: at for at, kind in enumerate(kinds)}
    grid = (len(photos), LOOKS, cells, cells)
    wanted = Targets(
        np.zeros((len(photos), len(kinds)), np.float32),
        np.zeros((len(photos), LOOKS, len(kinds), cells, cells), np.float32),
        np.zeros((len(photos), LOOKS, 4, cells, cells), np.float32),
        np.zeros(grid, np.float32),
        np.zeros(len(photos), np.int64),
    )
    for at, (photo, view) in enumerate(zip(photos, views, strict=True)):
        scores: dict[str, float] = {}  # the best of what is left of each class in the view
        people = 0
        for kind, score, box in photo.things:
            share = box.share_in(view.frame)
            if share == 0:
                continue
            placed = share >= VISIBLE
            scores[kind] = max(scores.get(kind, 0.0), score if placed else score * share)
            if not placed:
                continue
            sure = likelihood(score)
            people += kind == PERSON and sure >= COUNTED_FROM
            inside = box.cut_to(view.frame).seen_from(view.frame)
            inside = inside.mirrored() if view.mirrored else inside
            for look, frame in enumerate((WHOLE, middle)):
                if (placed_box := _placed(inside.seen_from(frame))) is not None:
                    heat = wanted.heat[at, look, column[kind]]
                    _mark(placed_box, sure, heat, wanted.boxes[at, look], wanted.weight[at, look])
        for kind, score in photo.best.items():
            if view.frame == WHOLE:
                sure = likelihood(score)
            elif kind in scores:
                sure = likelihood(min(score, scores[kind]))
            else:  # without boxes it may be anywhere in the photo
                sure = likelihood(score)
                sure *= view.frame.area if score < BOXED_FROM else OUT_OF_VIEW
            wanted.presence[at, column[kind]] = sure
            people = max(people, int(kind == PERSON and sure > SURELY))
        wanted.people[at] = bisect_left(PEOPLE, people)
    return wanted


def _placed(box: Box) -> Box | None:
    """Return a box as a look places it: cut off if its centre lies outside of the look; None if too
    little of it lies inside."""
    if 0 <= (box.left + box.right) / 2 < 1 and 0 <= (box.top + box.bottom) / 2 < 1:
        return box
    return box.cut_to(WHOLE) if box.share_in(WHOLE) >= VISIBLE else None


def _mark(box: Box, sure: float, heat: Floats, boxes: Floats, weight: Floats) -> None:
    """Mark a thing in the targets of a look.

    heat, weight [cells, cells], boxes [4, cells, cells]: changed.
    """
    cells = len(heat)
    left, top, right, bottom = (cells * side for side in box)
    across, down = (left + right) / 2, (top + bottom) / 2
    places = np.arange(cells) + 0.5
    wide, high = (max(NARROWEST, SPREAD * side) for side in (right - left, bottom - top))
    bump = np.exp(
        -(((places[None, :] - across) / wide) ** 2 + ((places[:, None] - down) / high) ** 2) / 2
    )
    np.maximum(heat, sure * bump, out=heat, casting="same_kind")
    row, column = int(down), int(across)
    x, y = column + 0.5, row + 0.5
    boxes[:, row, column] = (left - x, top - y, right - x, bottom - y)
    weight[row, column] = sure
