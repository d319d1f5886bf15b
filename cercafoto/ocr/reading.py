"""Read the text in a picture: find lines, quickly first, turn them upright, read and order them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from cercafoto.ocr.reading_order import in_reading_order, text_rotation
from cercafoto.photos.preprocessing import fitting
from cercafoto.results.texts import ReadText, TextLine

if TYPE_CHECKING:
    from cercafoto.ocr.engine import Engine, Pixels, Quads

# Longer sides of the picture, in pixels. Lines may be found at a smaller size; they are cut out of
# the picture at DECODED. The quick search takes an eighth of the time of a search at all pixels and
# finds all lines of a book's page. It fails for pages of 80 lines or more, such as a newspaper's:
# it finds nothing, or one block. They need the close search, which takes three times as long.
DECODED = 2048
QUICK, CLOSE = 736, 1280
BLOCK = 0.25  # share of the picture; a box of this area is no line
# Height in pixels that small lines should have during the search. Smaller lines are found in boxes
# so loose that their letters become too small to read: with print of 17 pixels a line, 7 % of the
# letters were wrong if found at 13 pixels, none if found at 16.
CLEAR = 16.0
SMALL_LINES = 0.2  # quantile of the heights that counts as "small"

# Lines read in one picture, the largest first. Noise has thousands, a page of a newspaper some
# hundreds.
MOST_LINES = 600
TRIED = 8  # lines that decide whether the text is upside down
TALL = 1.5  # height / width from which a line counts as vertical
# Text below this confidence is dropped. One or two letters need more: textures look like them.
MIN_CONFIDENCE, MIN_CONFIDENCE_SHORT = 0.5, 0.8


def read(engine: Engine, picture: Image.Image, closely: bool = False) -> ReadText:
    """Return the text in a picture; without lines if no words are found.

    picture: RGB, turned upright by its metadata; its words may still lie on a side.
    closely: whether to search again at a larger size if a quick search finds no lines, as it
        happens with small print.
    """
    pixels = np.asarray(picture)
    quads = _find_lines(engine, picture, closely)
    if not len(quads):
        return ReadText(engine.name, ())
    flat, tall = _split_by_direction(quads)
    lines = _read_group(engine, pixels, quads[flat]) + _read_group(
        engine, pixels, np.roll(quads[tall], -1, axis=1)
    )
    height, width = pixels.shape[:2]
    turned = text_rotation([(quad, text) for quad, text, _ in lines])
    ordered = in_reading_order(lines, turned, (width, height))
    return ReadText(
        engine.name,
        tuple(
            TextLine(text, _shares(quad, width, height), round(sure, 4))
            for quad, text, sure in ordered
        ),
        turned,
    )


def _find_lines(engine: Engine, picture: Image.Image, closely: bool) -> Quads:
    """Return the corners of the lines, in pixels of the picture.

    If most lines are vertical, the picture is turned by a quarter and searched again: in a page on
    its side, half of the lines are missed.
    """
    quads = _find_in_orientation(engine, picture, closely)
    _, tall = _split_by_direction(quads)
    if 2 * tall.sum() <= len(quads):
        return quads
    turned = picture.transpose(Image.Transpose.ROTATE_90)
    quads = _find_in_orientation(engine, turned, closely)
    return np.stack([picture.width - quads[..., 1], quads[..., 0]], axis=-1)


def _find_in_orientation(engine: Engine, picture: Image.Image, closely: bool) -> Quads:
    """Return the corners of the lines, without turning the picture; search quickly first."""
    side, whole = QUICK, max(picture.size)
    quads = _find_at_size(engine, picture, side)
    if closely and whole > side and not _has_lines(quads, picture):
        side = CLOSE
        quads = _find_at_size(engine, picture, side)
    if not len(quads):
        return quads
    small = float(np.quantile(_sides(quads)[1], SMALL_LINES)) * min(1.0, side / whole)
    if small < CLEAR and whole > side:
        quads = _find_at_size(engine, picture, round(min(whole, side * CLEAR / max(small, 1.0))))
    largest_first = np.argsort(-_sides(quads).min(axis=0), kind="stable")
    return quads[np.sort(largest_first[:MOST_LINES])]


def _has_lines(quads: Quads, picture: Image.Image) -> bool:
    """Return True if there are boxes and each holds a single line, none a block of many lines."""
    if not len(quads):
        return False
    return float(_sides(quads).prod(axis=0).max()) < BLOCK * picture.width * picture.height


def _find_at_size(engine: Engine, picture: Image.Image, side: int) -> Quads:
    size = fitting(picture.size, side)
    if max(picture.size) < QUICK:  # enlarge: lines of small pictures would not be found
        times = QUICK / max(picture.size)
        size = round(picture.width * times), round(picture.height * times)
    shown = picture.resize(size, Image.Resampling.BILINEAR) if size != picture.size else picture
    quads = engine.find(np.asarray(shown))
    scale = np.array([picture.width / size[0], picture.height / size[1]], np.float32)
    return (quads * scale).astype(np.float32)


def _split_by_direction(quads: Quads) -> tuple[Quads, Quads]:
    """Return two masks, [n]: True for horizontal lines, and True for vertical lines."""
    across, down = _sides(quads, ordered=False)
    tall = down >= TALL * across
    return ~tall, tall


def _sides(quads: Quads, ordered: bool = True) -> Quads:
    """Return the longer and shorter sides of lines, [2, n]; unless `ordered`, width and height."""
    across = np.linalg.norm(quads[:, 1] - quads[:, 0], axis=1)
    down = np.linalg.norm(quads[:, 3] - quads[:, 0], axis=1)
    if not ordered:
        return np.stack([across, down])
    return np.stack([np.maximum(across, down), np.minimum(across, down)])


def _read_group(engine: Engine, pixels: Pixels, quads: Quads) -> list[tuple[Quads, str, float]]:
    """Return (corners, text, confidence) of each of these parallel lines that holds words.

    The corners begin at the upper left of the upright text.
    """
    strips = engine.strips(pixels, quads)
    if not strips:
        return []
    if _are_upside_down(engine, strips):
        strips = [np.ascontiguousarray(strip[::-1, ::-1]) for strip in strips]
        quads = np.roll(quads, -2, axis=1)
    return [
        (quad, " ".join(text.split()), sure)
        for quad, (text, sure) in zip(quads, engine.words(strips), strict=True)
        if _are_words(text, sure)
    ]


def _are_words(text: str, sure: float) -> bool:
    letters = sum(map(str.isalnum, text))
    return sure >= (MIN_CONFIDENCE if letters > 2 else MIN_CONFIDENCE_SHORT) and letters > 0


def _are_upside_down(engine: Engine, strips: Sequence[Pixels]) -> bool:
    """Return True if a group of lines is upside down.

    If the engine says so of any of the longest lines, all of these are read both ways, and the way
    that reads better decides.
    """
    tried = sorted(strips, key=lambda strip: -strip.shape[1] / strip.shape[0])[:TRIED]
    if not any(engine.upside_down(tried)):
        return False
    turned = [np.ascontiguousarray(strip[::-1, ::-1]) for strip in tried]
    return _readability(engine.words(turned)) > _readability(engine.words(tried))


def _readability(read: Sequence[tuple[str, float]]) -> float:
    return sum(len(text) * sure**2 for text, sure in read)


def _shares(quad: Quads, width: int, height: int) -> tuple[float, ...]:
    shares = np.clip(quad / np.array([width, height], np.float32), 0.0, 1.0)
    return tuple(round(float(share), 5) for share in shares.reshape(-1))
