"""Draw an image for an area of the screen, in the best way that the terminal supports."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from PIL import Image
from rich.color import Color
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from cercafoto.terminal.graphics import ITERM2, KITTY, SHADES, SIXEL, Terminal
from cercafoto.terminal.images import (
    MOST_ROWS,
    Pixels,
    iterm2,
    kitty_lines,
    kitty_sent,
    sixel,
)

SIXEL_COLOURS = 128  # half of the possible 255, in half the time
# From dark to light, for terminals without colours.
_SHADES = " ░▒▓█"


@dataclass(frozen=True, eq=False)
class Drawing:
    """An image, ready to be shown.

    columns, rows: size in characters.
    lines: text that shows the image, one strip per row; empty if `placed` shows the image.
    sent: sequence to send to the terminal once, before it gets `lines`; "" for none.
    placed: sequence that draws the image at the cursor; "" if `lines` show the image.
    """

    columns: int
    rows: int
    lines: Sequence[Strip] = field(default=(), repr=False)
    sent: str = field(default="", repr=False)
    placed: str = field(default="", repr=False)


def pixels_of(columns: int, rows: int, terminal: Terminal) -> tuple[int, int]:
    """Return the width and height in pixels of an area of characters. A terminal without pixel
    graphics has 1 by 2 pixels in a character."""
    width, height = terminal.cell if terminal.has_pixels else (1, 2)
    return columns * width, rows * height


def draw(picture: Image.Image, columns: int, rows: int, terminal: Terminal) -> Drawing:
    """Draw an RGB image as large as fits into an area of `columns` by `rows` characters."""
    rows = min(rows, MOST_ROWS)
    width, height = terminal.cell if terminal.has_pixels else (1, 2)
    columns = min(columns, max(terminal.most[0] // width, 1))
    rows = min(rows, max(terminal.most[1] // height, 1))
    room = pixels_of(columns, rows, terminal)
    scale = min(room[0] / picture.width, room[1] / picture.height)
    columns = max(1, min(columns, round(picture.width * scale / width)))
    rows = max(1, min(rows, round(picture.height * scale / height)))
    small = picture.resize((columns * width, rows * height), Image.Resampling.LANCZOS)
    if terminal.graphics == KITTY:
        number, sent = kitty_sent(small, columns, rows, terminal.wrap)
        style = Style(color=Color.from_rgb(number >> 16, number >> 8 & 255, number & 255))
        lines = [Strip([Segment(line, style)], columns) for line in kitty_lines(columns, rows)]
        return Drawing(columns, rows, lines, sent)
    if terminal.graphics == ITERM2:
        return Drawing(columns, rows, placed=iterm2(small, columns, rows))
    if terminal.graphics == SIXEL:
        # Only whole bands of six pixel rows: part of a band would spill into the line below.
        whole = max(small.height // 6 * 6, 6)
        bands = small.crop((0, 0, small.width, whole)).convert("RGBA")
        return Drawing(columns, rows, placed=sixel(bands, SIXEL_COLOURS))
    pixels = np.asarray(small)
    lines = shades(pixels) if terminal.graphics == SHADES else half_blocks(pixels)
    return Drawing(columns, rows, lines)


def half_blocks(pixels: Pixels) -> list[Strip]:
    """Draw pixels [2 * rows, columns, 3] as a strip per row. Each character shows two pixels, one
    above the other."""
    return [
        Strip(
            [
                Segment("▀", Style(color=Color.from_rgb(*above), bgcolor=Color.from_rgb(*below)))
                for above, below in zip(upper, lower, strict=True)
            ],
            pixels.shape[1],
        )
        for upper, lower in zip(pixels[::2].tolist(), pixels[1::2].tolist(), strict=True)
    ]


def shades(pixels: Pixels) -> list[Strip]:
    """Draw pixels [2 * rows, columns, 3] as a strip per row, with characters of five densities and
    no colours."""
    grey = pixels.astype(np.float32).mean(axis=2)
    grey = (grey[::2] + grey[1::2]) / 2
    # Stretched to all five densities: a dark or pale image would otherwise use only one or two.
    low, high = float(grey.min()), float(grey.max())
    steps = (grey - low) / max(high - low, 1.0) * (len(_SHADES) - 1)
    return [
        Strip([Segment("".join(_SHADES[step] for step in row), Style())], len(row))
        for row in steps.round().astype(int).tolist()
    ]
