"""Draw a row of thumbnails for a terminal, with the best graphics it supports.

A row is one image (a strip), so every protocol draws one image at a time: kitty's graphics,
iTerm2's inline images, Sixel, and otherwise half-blocks, two coloured pixels per character.

Not textual-image, which does much of this: it queries the terminal on import and waits only a tenth
of a second, so that over a slow line the answer appears at the person's prompt; it does not support
iTerm2; and its query changes the title of a tmux pane.
"""

from __future__ import annotations

import io
import random
import re
from base64 import b64encode
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from cercafoto.terminal.graphics import ITERM2, KITTY, SIXEL, Terminal

TILE = 24, 9  # columns and rows of a thumbnail: about 4:3, as characters are twice as high as wide
GAP = 2  # columns between thumbnails

# kitty's placeholder character, and the diacritics that number the rows of an image: "Unicode
# placeholders" in the docs of its graphics protocol, and rowcolumn-diacritics.txt.
_PLACEHOLDER = "\U0010eeee"
_ROWS = (
    "\u0305\u030d\u030e\u0310\u0312\u033d\u033e\u033f\u0346\u034a\u034b\u034c"
    "\u0350\u0351\u0352\u0357\u035b\u0363\u0364\u0365\u0366\u0367\u0368\u0369"
    "\u036a\u036b\u036c\u036d\u036e\u036f\u0483\u0484\u0485\u0486\u0487\u0592"
    "\u0593\u0594\u0595\u0597\u0598\u0599\u059c\u059d\u059e\u059f\u05a0\u05a1"
    "\u05a8\u05a9\u05ab\u05ac\u05af\u05c4\u0610\u0611\u0612\u0613\u0614\u0615"
    "\u0616\u0617\u0657\u0658\u0659\u065a\u065b\u065d\u065e\u06d6\u06d7\u06d8"
    "\u06d9\u06da\u06db\u06dc\u06df\u06e0\u06e1\u06e2\u06e4\u06e7\u06e8\u06eb"
    "\u06ec\u0730\u0732\u0733\u0735\u0736\u073a\u073d\u073f\u0740\u0741\u0743"
    "\u0745\u0747\u0749\u074a\u07eb\u07ec\u07ed\u07ee\u07ef\u07f0\u07f1\u07f3"
    "\u0816\u0817\u0818\u0819\u081b\u081c\u081d\u081e\u081f\u0820\u0821\u0822"
)
MOST_ROWS = len(_ROWS)

Pixels = NDArray[np.uint8]
_RUN = re.compile(r"(.)\1{3,}")


def tile_width(terminal: Terminal) -> int:
    return min(TILE[0], terminal.columns)


def tiles_a_row(terminal: Terminal) -> int:
    return max(1, (terminal.columns + GAP) // (tile_width(terminal) + GAP))


def strip(pictures: Sequence[Image.Image | None], terminal: Terminal) -> Image.Image:
    """Return images in a row on a transparent background (RGBA), each centred in its tile; None
    leaves a tile empty."""
    width, height = terminal.cell if terminal.graphics else (1, 2)
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
    """Return the text that shows a strip (see `strip`) and leaves the cursor on the line below."""
    cells = -(-picture.width // (terminal.cell[0] if terminal.graphics else 1))
    if terminal.graphics == KITTY:
        return kitty(picture, cells, terminal.wrap)
    if terminal.graphics == ITERM2:
        return iterm2(picture, cells) + "\n"
    if terminal.graphics == SIXEL:
        return sixel(picture) + "\n"
    return half_blocks(picture)


def kitty(picture: Image.Image, columns: int, wrap: Callable[[str], str]) -> str:
    """Return the text that shows an image with kitty's graphics protocol.

    The image is sent first, then placeholder characters show it: they scroll, and stay in their
    tmux pane, as text does.
    """
    number, sent = kitty_sent(picture, columns, TILE[1], wrap)
    colour = f"\x1b[38;2;{number >> 16};{number >> 8 & 255};{number & 255}m"
    lines = (f"{colour}{line}\x1b[39m\n" for line in kitty_lines(columns, TILE[1]))
    return "".join((sent, *lines))


def kitty_sent(
    picture: Image.Image, columns: int, rows: int, wrap: Callable[[str], str]
) -> tuple[int, str]:
    """Return the number of an image, which its placeholders have as their colour, and the sequence
    that sends the image."""
    number = random.randrange(1, 1 << 24)
    data = b64encode(_png(picture)).decode("ascii")
    chunks = [data[at : at + 4096] for at in range(0, len(data), 4096)]
    parts = []
    for at, chunk in enumerate(chunks):
        head = f"a=T,U=1,i={number},f=100,c={columns},r={rows},q=2," if at == 0 else "q=2,"
        parts.append(wrap(f"\x1b_G{head}m={int(at + 1 < len(chunks))};{chunk}\x1b\\"))
    return number, "".join(parts)


def kitty_lines(columns: int, rows: int) -> list[str]:
    """Return the placeholders of an image, a string for each row."""
    return [f"{_PLACEHOLDER}{row}{_PLACEHOLDER * (columns - 1)}" for row in _ROWS[:rows]]


def iterm2(picture: Image.Image, columns: int, rows: int = TILE[1]) -> str:
    content = _png(picture)
    how = f"inline=1;size={len(content)};width={columns};height={rows};preserveAspectRatio=0"
    return f"\x1b]1337;File={how}:{b64encode(content).decode('ascii')}\x07"


def sixel(picture: Image.Image, most_colours: int = 255) -> str:
    """Return the Sixel sequence of an RGBA image: bands of six pixel rows, and in each band a line
    of characters for every colour."""
    indexed = picture.convert("RGB").quantize(most_colours, dither=Image.Dither.FLOYDSTEINBERG)
    colours = np.array(indexed.getpalette(), int).reshape(-1, 3) * 100 // 255
    pixels = np.asarray(indexed).astype(int)
    pixels[np.asarray(picture.getchannel("A")) < 128] = -1
    height, width = pixels.shape
    parts = [f'\x1bP0;1q"1;1;{width};{height}']  # 1: transparent pixels keep the background
    used = [int(number) for number in np.unique(pixels) if number >= 0]
    parts += [f"#{n};2;{colours[n][0]};{colours[n][1]};{colours[n][2]}" for n in used]
    across = np.arange(width)
    for top in range(0, height, 6):
        band = pixels[top : top + 6]
        lines = np.full((256, width), 63, np.uint8)
        for row, numbers in enumerate(band):
            lines[numbers, across] += np.uint8(1 << row)  # -1, transparent, is the unused last line
        for number in np.unique(band[band >= 0]).tolist():
            line = _RUN.sub(_run_length, lines[number].tobytes().decode("ascii").rstrip("?"))
            parts.append(f"#{number}{line}$")
        parts.append("-")
    return "".join((*parts, "\x1b\\"))


def _run_length(run: re.Match[str]) -> str:
    """Return a run of one character in Sixel's run-length encoding ("!5?" for "?????")."""
    return f"!{len(run[0])}{run[1]}"


def half_blocks(picture: Image.Image) -> str:
    """Return an RGBA image as half-block characters, each two pixels one above the other, in as
    many colours as the terminal has."""
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
