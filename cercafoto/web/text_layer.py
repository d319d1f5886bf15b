"""Place the words read in a photo over the photo, for `testo.js`, and mark the words asked for."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from PIL import ImageFont

from cercafoto.browse.text_rows import WrittenLine

Point = tuple[float, float]


@dataclass(frozen=True)
class PlacedLine:
    """A line and its place on a photo.

    place: five numbers as text: left and top of the line's upper left corner, in hundredths of the
        photo's width and height; height and length of the line, in hundredths of the photo's
        width; degrees clockwise. "" if the line has no extent.
    marks: for each piece of the line that was asked for, the four corners around the piece, as
        points of an SVG polygon, in pixels of the photo.
    """

    line: WrittenLine
    place: str
    marks: tuple[str, ...]


def place_line(line: WrittenLine, width: int, height: int) -> PlacedLine:
    """Return a line placed on a photo. width, height: size of the photo in pixels."""
    corners = [(x * width, y * height) for x, y in zip(line.box[::2], line.box[1::2], strict=True)]
    upper_left, upper_right, lower_right, lower_left = corners
    begin, end = _middle(upper_left, lower_left), _middle(upper_right, lower_right)
    length = math.dist(begin, end)
    size = math.dist(_middle(upper_left, upper_right), _middle(lower_left, lower_right))
    if length < 1 or size < 1:
        return PlacedLine(line, "", ())
    angle = math.atan2(end[1] - begin[1], end[0] - begin[0])
    numbers = (
        100 * (begin[0] + math.sin(angle) * size / 2) / width,
        100 * (begin[1] - math.cos(angle) * size / 2) / height,
        100 * size / width,
        100 * length / width,
        math.degrees(angle),
    )
    place = " ".join(f"{round(number, 2) + 0.0:.2f}" for number in numbers)  # no "-0.00"
    marks = tuple(_corners_of_part(corners, *_shares(line.text, *span)) for span in line.found)
    return PlacedLine(line, place, marks)


def _corners_of_part(corners: Sequence[Point], start: float, end: float) -> str:
    """Return the corners of a part of a line, as points of an SVG polygon.

    corners: the corners of the line, clockwise from the upper left.
    start, end: where the part begins and ends, as shares of the line's length.
    """
    upper_left, upper_right, lower_right, lower_left = corners
    part = (
        _between(upper_left, upper_right, start),
        _between(upper_left, upper_right, end),
        _between(lower_left, lower_right, end),
        _between(lower_left, lower_right, start),
    )
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in part)


def _shares(text: str, start: int, end: int) -> tuple[float, float]:
    """Return where text[start:end] begins and ends, as shares of the length of the line `text`.

    The widths of letters are taken from Pillow's font.
    """
    font = _font()
    whole = font.getlength(text) or 1.0
    return font.getlength(text[:start]) / whole, font.getlength(text[:end]) / whole


@cache
def _font() -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    # Any font will do: wide and narrow letters are much the same in all.
    return ImageFont.load_default(32)


def _middle(one: Point, other: Point) -> Point:
    return _between(one, other, 0.5)


def _between(one: Point, other: Point, share: float) -> Point:
    return one[0] + (other[0] - one[0]) * share, one[1] + (other[1] - one[1]) * share
