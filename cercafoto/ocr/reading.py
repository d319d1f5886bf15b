"""One picture -> what is written in it: a quick look, a look at the size that the words deserve,
which way they stand, the reading, the order of the lines."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from cercafoto.ocr.reading_order import in_reading_order, standing
from cercafoto.photos.preprocessing import fitting
from cercafoto.results import ReadText, TextLine

if TYPE_CHECKING:
    from cercafoto.ocr.engine import Engine, Pixels, Quads

# Longer sides, in pixels. Lines are cut out of the picture as it was decoded, whichever size they
# were found at. At a glance, an eighth of the time of a look at all pixels, the page of a book is
# found whole; one of 80 lines or more, of a newspaper say, has none that can be told apart, or is
# one block: it takes a closer look, three times as long.
DECODED = 2048
QUICK, CLOSE = 736, 1280
BLOCK = 0.25  # of the picture: no line is so large
# Height in pixels that small lines are to have where they are found. Those of less are found too,
# but in boxes so loose that their letters become too small to read: of print of 17 pixels a line,
# found with 13, 7 % of the letters were wrong, found with 16 none.
CLEAR = 16.0
SMALL_LINES = 0.2  # the share of lines that "small" is about

# Lines that are read of one picture, the largest first: noise has thousands, a page of a newspaper
# some hundreds.
MOST_LINES = 600
TRIED = 8  # lines by which the way they stand is told
TALL = 1.5  # times as high as wide: words that run from top to bottom
# What is read with less confidence are no words; for one or two letters, as textures have them, it
# takes more.
LEAST_SURE, LEAST_SURE_OF_TWO = 0.5, 0.8


def read(engine: Engine, picture: Image.Image, closely: bool = False) -> ReadText:
    """Read a picture, RGB, upright as far as its metadata could tell.

    closely: whether to look again where a glance finds nothing, as it does of small print.
    """
    pixels = np.asarray(picture)
    quads = _found(engine, picture, closely)
    if not len(quads):
        return ReadText(engine.name, ())
    flat, tall = _level(quads)
    lines = _read_group(engine, pixels, quads[flat]) + _read_group(
        engine, pixels, np.roll(quads[tall], -1, axis=1)
    )
    height, width = pixels.shape[:2]
    turned = standing([(quad, text) for quad, text, _ in lines])
    ordered = in_reading_order(lines, turned, (width, height))
    return ReadText(
        engine.name,
        tuple(
            TextLine(text, _shares(quad, width, height), round(sure, 4))
            for quad, text, sure in ordered
        ),
        turned,
    )


def _found(engine: Engine, picture: Image.Image, closely: bool) -> Quads:
    """Find the lines, in pixels of the picture. Of a page that lies on its side half of them are
    missed, hence another look at it as it is read."""
    quads = _found_as_it_lies(engine, picture, closely)
    _, tall = _level(quads)
    if 2 * tall.sum() <= len(quads):
        return quads
    turned = picture.transpose(Image.Transpose.ROTATE_90)
    quads = _found_as_it_lies(engine, turned, closely)
    return np.stack([picture.width - quads[..., 1], quads[..., 0]], axis=-1)


def _found_as_it_lies(engine: Engine, picture: Image.Image, closely: bool) -> Quads:
    """Find the lines at a glance, where they are large enough for it."""
    side, whole = QUICK, max(picture.size)
    quads = _found_at(engine, picture, side)
    if closely and whole > side and not _are_apart(quads, picture):
        side = CLOSE
        quads = _found_at(engine, picture, side)
    if not len(quads):
        return quads
    small = float(np.quantile(_sides(quads)[1], SMALL_LINES)) * min(1.0, side / whole)
    if small < CLEAR and whole > side:
        quads = _found_at(engine, picture, round(min(whole, side * CLEAR / max(small, 1.0))))
    largest_first = np.argsort(-_sides(quads).min(axis=0), kind="stable")
    return quads[np.sort(largest_first[:MOST_LINES])]


def _are_apart(quads: Quads, picture: Image.Image) -> bool:
    """Tell whether there are lines, and not a block that is made of many."""
    if not len(quads):
        return False
    return float(_sides(quads).prod(axis=0).max()) < BLOCK * picture.width * picture.height


def _found_at(engine: Engine, picture: Image.Image, side: int) -> Quads:
    size = fitting(picture.size, side)
    if max(picture.size) < QUICK:  # what is small is found when it is larger
        times = QUICK / max(picture.size)
        size = round(picture.width * times), round(picture.height * times)
    shown = picture.resize(size, Image.Resampling.BILINEAR) if size != picture.size else picture
    quads = engine.find(np.asarray(shown))
    scale = np.array([picture.width / size[0], picture.height / size[1]], np.float32)
    return (quads * scale).astype(np.float32)


def _level(quads: Quads) -> tuple[Quads, Quads]:
    """Part lines that run across from those that run from top to bottom: two masks, [n]."""
    across, down = _sides(quads, ordered=False)
    tall = down >= TALL * across
    return ~tall, tall


def _sides(quads: Quads, ordered: bool = True) -> Quads:
    """Measure lines, [2, n]: lengths and heights; not ordered: sides on top and on the left."""
    across = np.linalg.norm(quads[:, 1] - quads[:, 0], axis=1)
    down = np.linalg.norm(quads[:, 3] - quads[:, 0], axis=1)
    if not ordered:
        return np.stack([across, down])
    return np.stack([np.maximum(across, down), np.minimum(across, down)])


def _read_group(engine: Engine, pixels: Pixels, quads: Quads) -> list[tuple[Quads, str, float]]:
    """Read lines that run the same way, or the opposite one: corners from the words' own upper
    left, text, confidence."""
    strips = engine.strips(pixels, quads)
    if not strips:
        return []
    if _on_their_head(engine, strips):
        strips = [np.ascontiguousarray(strip[::-1, ::-1]) for strip in strips]
        quads = np.roll(quads, -2, axis=1)
    return [
        (quad, " ".join(text.split()), sure)
        for quad, (text, sure) in zip(quads, engine.words(strips), strict=True)
        if _are_words(text, sure)
    ]


def _are_words(text: str, sure: float) -> bool:
    letters = sum(map(str.isalnum, text))
    return sure >= (LEAST_SURE if letters > 2 else LEAST_SURE_OF_TWO) and letters > 0


def _on_their_head(engine: Engine, strips: Sequence[Pixels]) -> bool:
    """Tell by the longest lines whether all stand on their head: where the guess says so of any,
    by what is read better."""
    tried = sorted(strips, key=lambda strip: -strip.shape[1] / strip.shape[0])[:TRIED]
    if not any(engine.upside_down(tried)):
        return False
    turned = [np.ascontiguousarray(strip[::-1, ::-1]) for strip in tried]
    return _sense(engine.words(turned)) > _sense(engine.words(tried))


def _sense(read: Sequence[tuple[str, float]]) -> float:
    return sum(len(text) * sure**2 for text, sure in read)


def _shares(quad: Quads, width: int, height: int) -> tuple[float, ...]:
    shares = np.clip(quad / np.array([width, height], np.float32), 0.0, 1.0)
    return tuple(round(float(share), 5) for share in shares.reshape(-1))
