"""Break long lines between words, for a person who reads them on a terminal."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from typing import TextIO

NARROWEST = 24  # columns; a narrower terminal breaks lines itself
# A word, or a quoted command or name, which reads better on one line.
_WORD = re.compile(r"(?:«[^«»\n]*»|[^\s«]|«)+")
# What follows a colon up to the end of the line is a command to copy.
_COMMAND = re.compile(r"(?<=: )cercafoto .*")


def fitted(text: str, stream: TextIO, indent: int = 0) -> str:
    """Return lines for a stream: if it is a terminal, without lines that are wider, as far as there
    are spaces to break them at.

    indent: columns by which a broken line goes on farther to the right than it begins.
    """
    if not stream.isatty():
        return text
    columns = max(NARROWEST, shutil.get_terminal_size().columns)
    return "\n".join(broken(line, columns, indent) for line in text.split("\n"))


def broken(line: str, columns: int, indent: int = 0) -> str:
    """Return a line broken between words into lines of at most `columns`. Only a longer word, such
    as a path, makes a longer line. indent: see `fitted`."""
    if cell_width(line) <= columns:
        return line
    margin = " " * (len(line) - len(line.lstrip()) + indent)
    lines, start, end = list[str](), 0, 0
    for first, last in _pieces(line, columns - len(margin)):
        if end and cell_width((margin if lines else "") + line[start:last]) > columns:
            lines.append((margin if lines else "") + line[start:end])
            start = first
        end = last
    return "\n".join([*lines, (margin if lines else "") + line[start:end]])


def cell_width(text: str) -> int:
    """Return how many columns a text takes on a terminal."""
    if text.isascii():
        return len(text)
    from rich.cells import cell_len

    return cell_len(text)


def _pieces(line: str, room: int) -> Iterator[tuple[int, int]]:
    """Yield (start, end) of the parts between which a line may be broken. Commands and quoted names
    are broken only if they need more than `room` columns."""
    command = _COMMAND.search(line)
    whole = command is not None and cell_width(command[0]) <= room
    for word in _WORD.finditer(line):
        if whole and command is not None and word.start() >= command.start():
            yield command.span()
            return
        if cell_width(word[0]) <= room:
            yield word.span()
        else:
            for part in re.finditer(r"\S+", word[0]):
                yield word.start() + part.start(), word.start() + part.end()
