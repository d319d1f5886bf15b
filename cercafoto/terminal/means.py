"""Detect the terminal's image protocol, from the environment or by asking it."""

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

# Any terminal answers this one, so that it is waited for long enough for a slow line: an answer
# that comes late would end on the person's prompt.
WHO_ARE_YOU, _WHO = b"\x1b[c", re.compile(rb"\x1b\[\?([\d;]*)c")
PATIENCE = 2.0
# The largest Sixel picture in pixels: XTSMGRAPHICS of xterm, which cuts off what
# is larger. Where the terminal does not say (tmux): what xterm allows by default.
HOW_LARGE, _SIZE = b"\x1b[?2;1;0S", re.compile(rb"\x1b\[\?2;0;(\d{1,6});(\d{1,6})S")
USUAL_SIXEL = 1000
_USUAL_CELL = 10, 20


@dataclass(frozen=True)
class Terminal:
    """A terminal that pictures are written to.

    means: KITTY, ITERM2, SIXEL, or BLOCKS where there are characters only, SHADES where these are
        to have no colour.
    columns: of characters that a picture may cover.
    cell: pixels of a character, width and height.
    wrap: what a sequence goes through on its way to the terminal.
    most: pixels of the largest picture, width and height.
    """

    means: str
    columns: int
    cell: tuple[int, int] = _USUAL_CELL
    wrap: Callable[[str], str] = lambda sequence: sequence
    most: tuple[int, int] = (100_000, 100_000)

    @property
    def has_pixels(self) -> bool:
        """Whether pictures are more than characters."""
        return self.means in (KITTY, ITERM2, SIXEL)


def this_terminal() -> Terminal:
    """Return the terminal that stdout goes to."""
    columns = shutil.get_terminal_size().columns
    cell = _cell()
    if "TMUX" in os.environ:
        if _tmux("#{client_termname}") in ("xterm-kitty", "xterm-ghostty") and _passes():
            return Terminal(KITTY, columns, cell, _through_tmux)
        # tmux always answers that it can; the terminal around it may not.
        has_sixel = "sixel" in _tmux("#{client_termfeatures}").split(",")
        return _with_sixel(columns, cell) if has_sixel else Terminal(BLOCKS, columns, cell)
    means = by_surroundings(os.environ)
    return _with_sixel(columns, cell) if means is None else Terminal(means, columns, cell)


def by_surroundings(environ: Mapping[str, str]) -> str | None:
    """Return the means that the environment names, None where it names none. (WezTerm and Konsole
    have kitty's graphics too, without its placeholders.)"""
    term, program = environ.get("TERM", ""), environ.get("TERM_PROGRAM", "")
    if term in ("xterm-kitty", "xterm-ghostty") or program == "ghostty":
        return KITTY
    if program in ("iTerm.app", "WezTerm", "mintty") or environ.get("LC_TERMINAL") == "iTerm2":
        return ITERM2
    if "KONSOLE_VERSION" in environ:
        return ITERM2
    # Nobody would answer, or GNU screen would, for a terminal that it does not let through.
    return BLOCKS if term in ("", "dumb", "linux") or term.startswith("screen") else None


def _with_sixel(columns: int, cell: tuple[int, int]) -> Terminal:
    """Return a Sixel terminal as wide as a picture may be, which is not its whole width, or one
    of characters where it has no Sixel."""
    identity = _WHO.search(_answer_to(WHO_ARE_YOU))
    if identity is None or b"4" not in identity[1].split(b";"):
        return Terminal(BLOCKS, columns, cell)
    size = _SIZE.search(_answer_to(HOW_LARGE + WHO_ARE_YOU))
    width, height = ((size and int(size[at])) or USUAL_SIXEL for at in (1, 2))
    return Terminal(SIXEL, max(1, min(columns, width // cell[0])), cell, most=(width, height))


def _answer_to(question: bytes) -> bytes:
    """Return what the terminal answers to a question that ends with WHO_ARE_YOU, b"" where there
    is no terminal."""
    if sys.platform == "win32" or not (sys.stdin.isatty() and sys.stdout.isatty()):
        return b""
    import termios
    import tty

    keyboard = sys.stdin.fileno()
    before = termios.tcgetattr(keyboard)
    answer = b""
    try:
        tty.setcbreak(keyboard, termios.TCSANOW)  # what was typed ahead stays to be read
        sys.stdout.flush()
        os.write(sys.stdout.fileno(), question)
        until = time.monotonic() + PATIENCE
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
    """Tell whether tmux lets through what is not for itself."""
    return _tmux("#{allow-passthrough}") in ("on", "all", "1")


def _through_tmux(sequence: str) -> str:
    return "\x1bPtmux;" + sequence.replace("\x1b", "\x1b\x1b") + "\x1b\\"


def _tmux(variable: str) -> str:
    """Return the value of a variable of tmux, an empty text where tmux does not answer."""
    try:
        completed = subprocess.run(
            ["tmux", "display-message", "-p", variable], capture_output=True, text=True, timeout=2
        )
    except (OSError, subprocess.SubprocessError):
        return ""
    return completed.stdout.strip()
