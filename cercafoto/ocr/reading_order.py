"""Put lines in the order in which a person reads them: columns one by one, tables row by row.

Boxes are turned upright first, and levelled if the page was photographed at a slant.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, TypeVar

import numpy as np

if TYPE_CHECKING:
    from cercafoto.ocr.engine import Quads
    from cercafoto.results.texts import TextLine

Read = tuple["Quads", str, float]
T = TypeVar("T")

# In a column of prose half of the lines are at least so many times as long as high (some 20
# letters). Shorter lines are the cells of a table, which is read across.
PROSE = 9.0
LINES_OF_PROSE = 3  # lines that a column has at least
GAP = 0.8  # smallest gap between two columns, in heights of a line
WIDE = 0.6  # share of the whole width; wider lines stand above columns, not in one


def text_rotation(lines: Sequence[tuple[Quads, str]]) -> int:
    """Return the turn (0, 90, 180 or 270 degrees clockwise) that makes most letters upright.

    lines: (corners beginning at the upper left of the upright text, text).
    """
    votes = dict.fromkeys((0, 90, 180, 270), 0)
    for quad, text in lines:
        across, down = quad[1] - quad[0]
        if abs(across) >= abs(down):
            votes[0 if across > 0 else 180] += len(text)
        else:
            votes[270 if down > 0 else 90] += len(text)
    return max(votes, key=lambda turn: votes[turn])


def in_reading_order(lines: Sequence[Read], turned: int, size: tuple[int, int]) -> list[Read]:
    """Return the lines in reading order.

    lines: (corners in pixels, text, confidence).
    turned: the turn from `text_rotation`.
    size: width and height of the picture, in pixels.
    """
    if not lines:
        return []
    quads = _upright(np.stack([quad for quad, _, _ in lines]), turned, size)
    boxes = _levelled(quads)
    return [lines[at] for at in _ordered(boxes, list(range(len(lines))))]


def rows(lines: Sequence[TextLine], turned: int) -> list[list[TextLine]]:
    """Return lines, given in reading order, grouped into rows as in a table; [] without lines.

    Consecutive lines at the same height, from left to right, form a row.

    turned: the turn from `text_rotation`.
    """
    if not lines:
        return []
    quads = np.array([line.box for line in lines], np.float32).reshape(-1, 4, 2)
    boxes = _levelled(_upright(quads, turned, (1, 1)))
    gathered = [[lines[0]]]
    for at in range(1, len(lines)):
        if _same_row(boxes[at - 1], boxes[at]) and boxes[at][0] >= boxes[at - 1][0]:
            gathered[-1].append(lines[at])
        else:
            gathered.append([lines[at]])
    return gathered


def _upright(quads: Quads, turned: int, size: tuple[int, int]) -> Quads:
    """Return the corners after the turn `turned` of a picture of `size` (width, height)."""
    width, height = size
    across, down = quads[..., 0], quads[..., 1]
    if turned == 90:
        across, down = height - down, across
    elif turned == 180:
        across, down = width - across, height - down
    elif turned == 270:
        across, down = down, width - across
    return np.stack([across, down], axis=-1)


def _levelled(quads: Quads) -> Quads:
    """Return the bounds of each line, [n, 4]: left, top, right, bottom.

    The slant of the page, measured on the longer half of the lines, is removed first.
    """
    along = quads[:, 1] - quads[:, 0]
    length = np.abs(along[:, 0])
    slant = 0.0
    if length.max() > 0:
        long = length >= np.quantile(length, 0.5)
        slant = float(np.median(along[long, 1] / np.maximum(length[long], 1e-9)))
    middle_top = (quads[:, 0] + quads[:, 1]) / 2
    middle_bottom = (quads[:, 3] + quads[:, 2]) / 2
    left, right = quads[..., 0].min(axis=1), quads[..., 0].max(axis=1)
    top = middle_top[:, 1] - slant * middle_top[:, 0]
    bottom = middle_bottom[:, 1] - slant * middle_bottom[:, 0]
    return np.stack([left, np.minimum(top, bottom), right, np.maximum(top, bottom)], axis=1)


def _ordered(boxes: Quads, which: list[int]) -> list[int]:
    """Return the indices `which` of boxes in reading order: by columns if there are any, else by
    rows."""
    columns = _columns(boxes, which)
    if columns is None:
        return _row_by_row(boxes, which)
    above, sides, below = columns
    ordered = _row_by_row(boxes, above)
    for side in sides:
        ordered += _ordered(boxes, side)
    return ordered + (_ordered(boxes, below) if below else [])


def _columns(boxes: Quads, which: list[int]) -> tuple[list[int], list[list[int]], list[int]] | None:
    """Divide the indices `which` into (boxes above, columns of prose, boxes below). Return None if
    there are no columns."""
    part = boxes[which]
    width = part[:, 2].max() - part[:, 0].min()
    wide = [at for at in which if boxes[at][2] - boxes[at][0] > WIDE * width]
    narrow = [at for at in which if at not in wide]
    # Look between wide lines; the first stretch that has columns counts.
    limits = [-np.inf, *sorted(float(boxes[at][1]) for at in wide), np.inf]
    for start, end in pairwise(limits):
        stretch = [at for at in narrow if start < boxes[at][1] <= end]
        sides = _sides(boxes, stretch)
        if sides is not None:
            above = [at for at in which if boxes[at][1] <= start]
            below = [at for at in which if boxes[at][1] > end or (at in wide and at not in above)]
            return above, sides, below
    return None


def _sides(boxes: Quads, stretch: list[int]) -> list[list[int]] | None:
    """Return the indices `stretch` of boxes, split at the gaps that run from top to bottom; None
    unless all parts are columns of prose."""
    if len(stretch) < 2 * LINES_OF_PROSE:
        return None
    part = boxes[stretch]
    height = float(np.median(part[:, 3] - part[:, 1]))
    order = sorted(stretch, key=lambda at: float(boxes[at][0]))
    sides, reach = [[order[0]]], float(boxes[order[0]][2])
    for at in order[1:]:
        if boxes[at][0] - reach > GAP * height:
            sides.append([])
        sides[-1].append(at)
        reach = max(reach, float(boxes[at][2]))
    if len(sides) < 2:
        return None
    for side in sides:
        lengths = (boxes[side][:, 2] - boxes[side][:, 0]) / height
        if len(side) < LINES_OF_PROSE or float(np.median(lengths)) < PROSE:
            return None
    return sides


def _row_by_row(boxes: Quads, which: list[int]) -> list[int]:
    """Return the indices `which` of boxes from top to bottom, within a row from left to right."""
    middle = {at: float(boxes[at][1] + boxes[at][3]) / 2 for at in which}
    gathered: list[list[int]] = []
    for at in sorted(which, key=lambda at: middle[at]):
        row = next((row for row in gathered[-3:] if _same_row(boxes[row[-1]], boxes[at])), None)
        if row is not None and not any(_overlap(boxes[other], boxes[at]) for other in row):
            row.append(at)
        else:
            gathered.append([at])
    return [at for row in gathered for at in sorted(row, key=lambda at: float(boxes[at][0]))]


def _same_row(one: Quads, other: Quads) -> bool:
    """Return True if two boxes are at about the same height."""
    height = min(one[3] - one[1], other[3] - other[1])
    return bool(abs((one[1] + one[3]) - (other[1] + other[3])) / 2 < 0.5 * height)


def _overlap(one: Quads, other: Quads) -> bool:
    """Return True if two boxes share half of the narrower box's width, as lines of a column do."""
    shared = min(one[2], other[2]) - max(one[0], other[0])
    return bool(shared > 0.5 * min(one[2] - one[0], other[2] - other[0]))
