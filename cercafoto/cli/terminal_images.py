"""Small pictures in the terminal, by the best means that it has.

A row of thumbnails is made into one strip, so that every means has one picture at a time to show:
kitty's graphics, iTerm2's inline images, Sixel, and elsewhere half-blocks, two coloured pixels to
a character. (textual-image would do much of this. But it asks the terminal as soon as it is
imported and waits for a tenth of a second, so that over a slow line the answer ends on the
person's prompt; it knows nothing of iTerm2; and its question changes the title of a tmux pane.)
"""

from __future__ import annotations

import io
import random
from base64 import b64encode
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from cercafoto.cli.terminal import ITERM2, KITTY, SIXEL, Terminal

TILE = 24, 9  # columns and rows of a thumbnail: about 4 to 3, as a character is twice as high
GAP = 2  # columns between two

# kitty's placeholder, and what marks the first rows of a picture: docs of its graphics protocol,
# "Unicode placeholders", and rowcolumn-diacritics.txt.
_PLACEHOLDER = "\U0010eeee"
_ROWS = "\u0305\u030d\u030e\u0310\u0312\u033d\u033e\u033f\u0346\u034a\u034b\u034c"

Pixels = NDArray[np.uint8]


def tile_width(terminal: Terminal) -> int:
    return min(TILE[0], terminal.columns)


def tiles_a_row(terminal: Terminal) -> int:
    return max(1, (terminal.columns + GAP) // (tile_width(terminal) + GAP))


def strip(pictures: Sequence[Image.Image | None], terminal: Terminal) -> Image.Image:
    """Put pictures in a row on a transparent ground, RGBA, each in the middle of its tile."""
    width, height = terminal.cell if terminal.means else (1, 2)
    step = (tile_width(terminal) + GAP) * width
    room = tile_width(terminal) * width, TILE[1] * height
    result = Image.new("RGBA", (step * len(pictures) - GAP * width, room[1]))
    for at, picture in enumerate(pictures):
        if picture is None:
            continue
        scale = min(room[0] / picture.width, room[1] / picture.height)
        size = (max(1, round(picture.width * scale)), max(1, round(picture.height * scale)))
        small = picture.convert("RGB").resize(size, Image.Resampling.LANCZOS)
        result.paste(small, (step * at + (room[0] - size[0]) // 2, (room[1] - size[1]) // 2))
    return result


def drawn(picture: Image.Image, terminal: Terminal) -> str:
    """Return the text that shows a strip; the cursor is on the next line after it."""
    cells = -(-picture.width // (terminal.cell[0] if terminal.means else 1))
    if terminal.means == KITTY:
        return kitty(picture, cells, terminal.wrap)
    if terminal.means == ITERM2:
        return iterm2(picture, cells)
    if terminal.means == SIXEL:
        return sixel(picture) + "\n"
    return half_blocks(picture)


def kitty(picture: Image.Image, columns: int, wrap: Callable[[str], str]) -> str:
    """Draw with kitty's graphics. The picture is sent first and shown where placeholders stand:
    they are text, and scroll and stay in their pane as text does."""
    number = random.randrange(1, 1 << 24)
    data = b64encode(_png(picture)).decode("ascii")
    chunks = [data[at : at + 4096] for at in range(0, len(data), 4096)]
    parts = []
    for at, chunk in enumerate(chunks):
        head = f"a=T,U=1,i={number},f=100,c={columns},r={TILE[1]},q=2," if at == 0 else "q=2,"
        parts.append(wrap(f"\x1b_G{head}m={int(at + 1 < len(chunks))};{chunk}\x1b\\"))
    colour = f"\x1b[38;2;{number >> 16};{number >> 8 & 255};{number & 255}m"
    lines = [f"{colour}{_PLACEHOLDER}{row}{_PLACEHOLDER * (columns - 1)}\x1b[39m\n"
             for row in _ROWS[: TILE[1]]]  # fmt: skip
    return "".join((*parts, *lines))


def iterm2(picture: Image.Image, columns: int) -> str:
    content = _png(picture)
    how = f"inline=1;size={len(content)};width={columns};height={TILE[1]};preserveAspectRatio=0"
    return f"\x1b]1337;File={how}:{b64encode(content).decode('ascii')}\x07\n"


def sixel(picture: Image.Image) -> str:
    """Draw with Sixel: bands of six rows, in each a line of characters for every colour in it."""
    indexed = picture.convert("RGB").quantize(255, dither=Image.Dither.FLOYDSTEINBERG)
    colours = np.array(indexed.getpalette(), int).reshape(-1, 3) * 100 // 255
    pixels = np.asarray(indexed).astype(int)
    pixels[np.asarray(picture.getchannel("A")) < 128] = -1
    height, width = pixels.shape
    parts = [f'\x1bP0;1q"1;1;{width};{height}']  # 1: what no colour touches stays as it is
    used = [int(number) for number in np.unique(pixels) if number >= 0]
    parts += [f"#{n};2;{colours[n][0]};{colours[n][1]};{colours[n][2]}" for n in used]
    for top in range(0, height, 6):
        band = pixels[top : top + 6]
        bits = 1 << np.arange(len(band))[:, None]
        for number in np.unique(band):
            if number >= 0:
                line = ((band == number) * bits).sum(axis=0) + 63
                parts.append(f"#{number}{_repeated(line)}$")
        parts.append("-")
    return "".join((*parts, "\x1b\\"))


def _repeated(codes: NDArray[np.int_]) -> str:
    """Shorten runs of one character as Sixel does: !5? for ?????."""
    starts = np.flatnonzero(np.diff(codes, prepend=-1))
    lengths = np.diff(starts, append=len(codes))
    return "".join(
        f"!{length}{chr(codes[start])}" if length > 3 else chr(codes[start]) * length
        for start, length in zip(starts.tolist(), lengths.tolist(), strict=True)
    )


def half_blocks(picture: Image.Image) -> str:
    """Draw with characters, two pixels to each, one over the other, in as many colours as the
    terminal has."""
    from rich.color import Color
    from rich.console import Console
    from rich.segment import Segment, Segments
    from rich.style import Style

    pixels: Pixels = np.asarray(picture)
    console = Console(width=picture.width + 1)
    segments = []
    for upper, lower in zip(pixels[::2].tolist(), pixels[1::2].tolist(), strict=True):
        for above, below in zip(upper, lower, strict=True):
            front, back = (
                Color.from_rgb(*pixel[:3]) if pixel[3] >= 128 else None for pixel in (above, below)
            )
            if front is None and back is None:
                segments.append(Segment(" "))
            elif front is None:
                segments.append(Segment("▄", Style(color=back)))
            else:
                segments.append(Segment("▀", Style(color=front, bgcolor=back)))
        segments.append(Segment.line())
    with console.capture() as capture:
        console.print(Segments(segments), end="", soft_wrap=True)
    return capture.get()


def _png(picture: Image.Image) -> bytes:
    stream = io.BytesIO()
    picture.save(stream, "PNG", compress_level=1)
    return stream.getvalue()
