"""Shorten paths for a terminal: relative to the current folder or the home, with the middle left
out if there is no room."""

from __future__ import annotations

import os
import shutil
import sys
from contextlib import suppress
from pathlib import Path
from typing import TextIO

from cercafoto.base.paths import is_inside, printable

MIN_COLUMNS = 24  # a path is not made shorter than this: most file names fit
ELLIPSIS = "…"


def from_here(path: bytes | str | Path) -> str:
    """Return a path relative to the current folder, or as ~/… if it is in the home; otherwise in
    full."""
    raw = os.fsencode(path)
    with suppress(OSError):  # the current folder may have been deleted
        here = os.fsencode(Path.cwd())
        if here != b"/" and raw != here and is_inside(raw, here):
            return printable(raw[len(here) + 1 :])
    home = os.fsencode(Path("~").expanduser())
    if home != b"/" and raw != home and is_inside(raw, home):
        return f"~{printable(raw[len(home) :])}"
    return printable(raw)


def short(path: bytes | str | Path, room: int) -> str:
    """Return a path in at most `room` columns: folders in the middle are left out first, then part
    of the file name."""
    from rich.cells import cell_len

    text = from_here(path)
    if cell_len(text) <= room:
        return text
    first, *folders, name = text.split("/") if "/" in text else ("", text)
    if cell_len(f"{first}/{ELLIPSIS}/{name}") > room:
        shorter = f"{ELLIPSIS}/{name}"
        return shorter if folders and cell_len(shorter) <= room else without_middle(name, room)
    before, after = [first], [name]
    # Keep folders at the end first: they say more about a photo than folders at the start.
    while folders:
        if cell_len("/".join([*before, ELLIPSIS, folders[-1], *after])) <= room:
            after.insert(0, folders.pop())
        elif cell_len("/".join([*before, folders[0], ELLIPSIS, *after])) <= room:
            before.append(folders.pop(0))
        else:
            break
    return "/".join([*before, ELLIPSIS, *after])


def without_middle(text: str, room: int) -> str:
    """Return a text in at most `room` columns, with its middle left out if it is too wide."""
    from rich.cells import cell_len

    if cell_len(text) <= room:
        return text
    end = len(text)
    while end and cell_len(text[end - 1 :]) <= (room - 1) // 2:
        end -= 1
    start = 0
    while cell_len(text[: start + 1]) + 1 + cell_len(text[end:]) <= room:
        start += 1
    return text[:start] + ELLIPSIS + text[end:]


def in_line(path: bytes | str | Path, other_columns: int = 0, stream: TextIO | None = None) -> str:
    """Return a path to fit in a line: shortened on a terminal, in full elsewhere.

    other_columns: width of the rest of the line.
    stream: where the line is written; None: stdout.
    """
    if not (stream or sys.stdout).isatty():
        return printable(path)
    return short(path, max(MIN_COLUMNS, shutil.get_terminal_size().columns - other_columns))


def with_reason(path: bytes, why: str) -> str:
    """Return the line "path: why", with the path shortened on a terminal."""
    return f"{in_line(path, len(why) + 2)}: {why}\n"
