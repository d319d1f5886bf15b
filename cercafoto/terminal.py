"""What the terminal can show besides text. Its surroundings tell of most; the rest are asked."""

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

# Any terminal answers this one, so that it is waited for long enough for a slow line: an answer
# that comes late would end on the person's prompt.
_WHO_ARE_YOU, _ANSWER = b"\x1b[c", re.compile(rb"\x1b\[\?([\d;]*)c")
PATIENCE = 2.0
_USUAL_CELL = 10, 20


@dataclass(frozen=True)
class Terminal:
    """means: KITTY, ITERM2, SIXEL, or BLOCKS where there are characters only. cell: pixels of a
    character, width and height. wrap: what a sequence goes through on its way to the terminal."""

    means: str
    columns: int
    cell: tuple[int, int] = _USUAL_CELL
    wrap: Callable[[str], str] = lambda sequence: sequence


def this_terminal() -> Terminal:
    """The one that stdout goes to."""
    columns = shutil.get_terminal_size().columns
    cell = _cell()
    if "TMUX" in os.environ:
        if _tmux("#{client_termname}") in ("xterm-kitty", "xterm-ghostty") and _passes():
            return Terminal(KITTY, columns, cell, _through_tmux)
        # tmux always answers that it can; the terminal around it may not.
        shown = "sixel" in _tmux("#{client_termfeatures}").split(",") and _sixel()
        return Terminal(SIXEL if shown else BLOCKS, columns, cell)
    means = by_surroundings(os.environ)
    if means is None:
        means = SIXEL if _sixel() else BLOCKS
    return Terminal(means, columns, cell)


def by_surroundings(environ: Mapping[str, str]) -> str | None:
    """None where they do not tell. (WezTerm and Konsole have kitty's graphics too, without its
    placeholders.)"""
    term, program = environ.get("TERM", ""), environ.get("TERM_PROGRAM", "")
    if term in ("xterm-kitty", "xterm-ghostty") or program == "ghostty":
        return KITTY
    if program in ("iTerm.app", "WezTerm", "mintty") or environ.get("LC_TERMINAL") == "iTerm2":
        return ITERM2
    if "KONSOLE_VERSION" in environ:
        return ITERM2
    # Nobody would answer, or GNU screen would, for a terminal that it does not let through.
    return BLOCKS if term in ("", "dumb", "linux") or term.startswith("screen") else None


def _sixel() -> bool:
    """Whether 4 is among the terminal's attributes."""
    return "4" in attributes().split(";")


def attributes() -> str:
    """The terminal's primary attributes as it tells them, "" where it does not."""
    if sys.platform == "win32" or not (sys.stdin.isatty() and sys.stdout.isatty()):
        return ""
    import termios
    import tty

    keyboard = sys.stdin.fileno()
    before = termios.tcgetattr(keyboard)
    heard = b""
    try:
        tty.setcbreak(keyboard, termios.TCSANOW)  # what was typed ahead stays to be read
        sys.stdout.flush()
        os.write(sys.stdout.fileno(), _WHO_ARE_YOU)
        until = time.monotonic() + PATIENCE
        while (left := until - time.monotonic()) > 0:
            if not select.select([keyboard], [], [], left)[0]:
                break
            heard += os.read(keyboard, 1)
            if found := _ANSWER.search(heard):
                return found[1].decode("ascii")
    finally:
        termios.tcsetattr(keyboard, termios.TCSANOW, before)
    return ""


def _cell() -> tuple[int, int]:
    if sys.platform == "win32":
        return _USUAL_CELL
    import fcntl
    import struct
    import termios

    try:
        told = fcntl.ioctl(sys.stdout.fileno(), termios.TIOCGWINSZ, bytes(8))
    except OSError:
        return _USUAL_CELL
    rows, columns, width, height = struct.unpack("HHHH", told)
    if not (rows and columns and width and height):
        return _USUAL_CELL
    return max(1, width // columns), max(1, height // rows)


def _passes() -> bool:
    """Whether tmux lets through what is not for itself."""
    return _tmux("#{allow-passthrough}") in ("on", "all", "1")


def _through_tmux(sequence: str) -> str:
    return "\x1bPtmux;" + sequence.replace("\x1b", "\x1b\x1b") + "\x1b\\"


def _tmux(what: str) -> str:
    try:
        asked = subprocess.run(
            ["tmux", "display-message", "-p", what], capture_output=True, text=True, timeout=2
        )
    except (OSError, subprocess.SubprocessError):
        return ""
    return asked.stdout.strip()
