"""A path on a terminal: from where the person is, and where there is no room without its middle."""

from __future__ import annotations

import os
import shutil
import sys
from contextlib import suppress
from pathlib import Path
from typing import TextIO

from cercafoto.base.paths import is_inside, printable

LEAST = 24  # columns that a path takes where it has to be shortened: most names of files fit
CUT = "…"


def from_here(path: bytes | str | Path) -> str:
    """Write a path from the current folder or from the home where it lies inside."""
    raw = os.fsencode(path)
    with suppress(OSError):  # the current folder may be gone
        here = os.fsencode(Path.cwd())
        if here != b"/" and raw != here and is_inside(raw, here):
            return printable(raw[len(here) + 1 :])
    home = os.fsencode(Path("~").expanduser())
    if home != b"/" and raw != home and is_inside(raw, home):
        return f"~{printable(raw[len(home) :])}"
    return printable(raw)


def short(path: bytes | str | Path, room: int) -> str:
    """Write a path in at most `room` columns: folders in its middle go first, its name last."""
    from rich.cells import cell_len

    text = from_here(path)
    if cell_len(text) <= room:
        return text
    first, *folders, name = text.split("/") if "/" in text else ("", text)
    if cell_len(f"{first}/{CUT}/{name}") > room:
        shorter = f"{CUT}/{name}"
        return shorter if folders and cell_len(shorter) <= room else without_middle(name, room)
    before, after = [first], [name]
    # From the end, whose folders say more of a photo than those at the start, and then from there.
    while folders:
        if cell_len("/".join([*before, CUT, folders[-1], *after])) <= room:
            after.insert(0, folders.pop())
        elif cell_len("/".join([*before, folders[0], CUT, *after])) <= room:
            before.append(folders.pop(0))
        else:
            break
    return "/".join([*before, CUT, *after])


def without_middle(text: str, room: int) -> str:
    """Cut a text that is too wide in its middle, so that its beginning and end stay."""
    from rich.cells import cell_len

    if cell_len(text) <= room:
        return text
    end = len(text)
    while end and cell_len(text[end - 1 :]) <= (room - 1) // 2:
        end -= 1
    start = 0
    while cell_len(text[: start + 1]) + 1 + cell_len(text[end:]) <= room:
        start += 1
    return text[:start] + CUT + text[end:]


def in_line(path: bytes | str | Path, beside: int = 0, stream: TextIO | None = None) -> str:
    """Write a path for a line that has `beside` other columns: short on a terminal, in full
    elsewhere. stream: what the line goes to, stdout unless it is given."""
    if not (stream or sys.stdout).isatty():
        return printable(path)
    return short(path, max(LEAST, shutil.get_terminal_size().columns - beside))


def with_reason(path: bytes, why: str) -> str:
    """Write a path and what is the matter with it as one line, short on a terminal."""
    return f"{in_line(path, beside=len(why) + 2)}: {why}\n"
