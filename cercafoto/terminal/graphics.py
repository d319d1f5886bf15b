"""Detect how the terminal can show images, from the environment or by querying the terminal."""

from __future__ import annotations

import os
import re
import select
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

KITTY, ITERM2, SIXEL, BLOCKS = "kitty", "iterm2", "sixel", ""
SHADES = "shades"  # characters without colours

# Device attributes (DA1): every terminal answers this query, so it is worth waiting long enough for
# a slow line. An answer that comes too late would appear at the person's prompt.
WHO_ARE_YOU, _WHO = b"\x1b[c", re.compile(rb"\x1b\[\?([\d;]*)c")
TIMEOUT = 2.0  # seconds
# XTSMGRAPHICS: the largest Sixel image in pixels. xterm cuts off larger ones. If the terminal does
# not answer (tmux), xterm's default is assumed.
HOW_LARGE, _SIZE = b"\x1b[?2;1;0S", re.compile(rb"\x1b\[\?2;0;(\d{1,6});(\d{1,6})S")
USUAL_SIXEL = 1000
_USUAL_CELL = 10, 20  # pixels of a character, if the terminal does not say


@dataclass(frozen=True)
class Terminal:
    """A terminal to show images in.

    graphics: KITTY, ITERM2 or SIXEL graphics; BLOCKS for coloured characters, SHADES for characters
        without colours.
    columns: width available for an image, in characters.
    cell: width and height of a character, in pixels.
    wrap: function that prepares a sequence for the terminal (inside tmux).
    most: width and height of the largest possible image, in pixels.
    """

    graphics: str
    columns: int
    cell: tuple[int, int] = _USUAL_CELL
    wrap: Callable[[str], str] = lambda sequence: sequence
    most: tuple[int, int] = (100_000, 100_000)

    @property
    def has_pixels(self) -> bool:
        """Whether images are shown as pixels, not as characters."""
        return self.graphics in (KITTY, ITERM2, SIXEL)


def this_terminal() -> Terminal:
    """Return the terminal that stdout is connected to. May query it, up to TIMEOUT seconds."""
    columns = shutil.get_terminal_size().columns
    cell = _cell()
    if "TMUX" in os.environ:
        if _tmux("#{client_termname}") in ("xterm-kitty", "xterm-ghostty") and _passes():
            return Terminal(KITTY, columns, cell, _through_tmux)
        # Not by a query: tmux always answers that it has Sixel, even if the outer terminal has not.
        has_sixel = "sixel" in _tmux("#{client_termfeatures}").split(",")
        return _with_sixel(columns, cell) if has_sixel else Terminal(BLOCKS, columns, cell)
    graphics = from_environment(os.environ)
    return _with_sixel(columns, cell) if graphics is None else Terminal(graphics, columns, cell)


def from_environment(environ: Mapping[str, str]) -> str | None:
    """Return the graphics that the terminal has according to environment variables, None if these
    do not say. (WezTerm and Konsole also support kitty's graphics, but not its placeholders.)"""
    term, program = environ.get("TERM", ""), environ.get("TERM_PROGRAM", "")
    if term in ("xterm-kitty", "xterm-ghostty") or program == "ghostty":
        return KITTY
    if program in ("iTerm.app", "WezTerm", "mintty") or environ.get("LC_TERMINAL") == "iTerm2":
        return ITERM2
    if "KONSOLE_VERSION" in environ:
        return ITERM2
    # These would not answer a query; GNU screen would, but does not pass images on.
    return BLOCKS if term in ("", "dumb", "linux") or term.startswith("screen") else None


def _with_sixel(columns: int, cell: tuple[int, int]) -> Terminal:
    """Return the terminal with Sixel graphics if it answers that it supports them, otherwise with
    block characters. A terminal with Sixel gets no more columns than its widest image."""
    identity = _WHO.search(_answer_to(WHO_ARE_YOU))
    if identity is None or b"4" not in identity[1].split(b";"):
        return Terminal(BLOCKS, columns, cell)
    size = _SIZE.search(_answer_to(HOW_LARGE + WHO_ARE_YOU))
    width, height = ((size and int(size[at])) or USUAL_SIXEL for at in (1, 2))
    return Terminal(SIXEL, max(1, min(columns, width // cell[0])), cell, most=(width, height))


def _answer_to(question: bytes) -> bytes:
    """Return the terminal's answer to a query that ends with WHO_ARE_YOU, as far as it arrived
    within TIMEOUT seconds; b"" if stdin or stdout is not a terminal."""
    if sys.platform == "win32" or not (sys.stdin.isatty() and sys.stdout.isatty()):
        return b""
    import termios
    import tty

    keyboard = sys.stdin.fileno()
    before = termios.tcgetattr(keyboard)
    answer = b""
    try:
        tty.setcbreak(keyboard, termios.TCSANOW)  # NOW: keeps what was typed ahead
        sys.stdout.flush()
        os.write(sys.stdout.fileno(), question)
        until = time.monotonic() + TIMEOUT
        while (seconds := until - time.monotonic()) > 0 and not _WHO.search(answer):
            if select.select([keyboard], [], [], seconds)[0]:
                answer += os.read(keyboard, 1)
    finally:
        termios.tcsetattr(keyboard, termios.TCSANOW, before)
    return answer


def _cell() -> tuple[int, int]:
    if sys.platform == "win32":
        return _USUAL_CELL
    import fcntl
    import struct
    import termios

    try:
        size = fcntl.ioctl(sys.stdout.fileno(), termios.TIOCGWINSZ, bytes(8))
    except OSError:
        return _USUAL_CELL
    rows, columns, width, height = struct.unpack("HHHH", size)
    if not (rows and columns and width and height):
        return _USUAL_CELL
    return max(1, width // columns), max(1, height // rows)


def _passes() -> bool:
    """Return True if tmux passes sequences on to the terminal around it."""
    return _tmux("#{allow-passthrough}") in ("on", "all", "1")


def _through_tmux(sequence: str) -> str:
    return "\x1bPtmux;" + sequence.replace("\x1b", "\x1b\x1b") + "\x1b\\"


def _tmux(variable: str) -> str:
    """Return the value of a tmux variable, "" if tmux does not answer."""
    try:
        completed = subprocess.run(
            ["tmux", "display-message", "-p", variable], capture_output=True, text=True, timeout=2
        )
    except (OSError, subprocess.SubprocessError):
        return ""
    return completed.stdout.strip()
