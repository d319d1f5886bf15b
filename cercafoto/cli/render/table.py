"""Lay out tables: as wide as needed in a pipe; on a terminal fitted to its width, by leaving out
columns and shortening paths."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Sequence
from itertools import zip_longest
from textwrap import wrap
from typing import NamedTuple

from cercafoto.base.paths import file_address, printable
from cercafoto.cli.line_breaks import cell_width, fitted
from cercafoto.cli.render.short_path import MIN_COLUMNS, from_here, short

GAP = "  "
MIN_FOLDED = 16  # a column that wraps its words is not made narrower than this


class PathCell(NamedTuple):
    """A path in a table; a link if the terminal supports links.

    after: text that follows the path in its cell.
    """

    path: bytes
    after: str = ""


class MarkedCell(NamedTuple):
    """A text in a table, parts of which are bold if the terminal supports styles.

    marks: (start, end) of the bold parts, in order.
    """

    text: str
    marks: tuple[tuple[int, int], ...]


Cell = str | PathCell | MarkedCell
Row = Sequence[Cell]
Style = Callable[[str], str]


class Column(NamedTuple):
    """A column of a table.

    right: align cells to the right.
    folds: wrap the words of a cell if the terminal is too narrow.
    expendable: leave the column out if the terminal is too narrow, the highest number first; 0:
        never.
    """

    name: str = ""
    right: bool = False
    folds: bool = False
    expendable: int = 0


def table(columns: Sequence[Column], rows: Sequence[Row | str]) -> str:
    """Return a table as text. A row that is a string is a remark below the row before it."""
    styled = False
    if sys.stdout.isatty():
        styled = _has_styles()
        columns, rows, room = _fitting(columns, rows, shutil.get_terminal_size().columns)
        # A list of lines for each cell.
        cells = [
            [_fitted(*of) for of in zip(columns, row, room, strict=True)]
            for row in rows
            if not isinstance(row, str)
        ]
    else:
        cells = [[[_in_full(cell)] for cell in row] for row in rows if not isinstance(row, str)]
    widths = [
        max([cell_width(column.name), *(cell_width(line) for row in cells for line in row[i])])
        for i, column in enumerate(columns)
    ]
    names = _aligned(columns, [column.name for column in columns], widths)
    lines = [_bold(names) if styled and names else names]
    following = iter(cells)
    for row in rows:
        if isinstance(row, str):
            lines.append(fitted(" " * (widths[0] + len(GAP)) + printable(row), sys.stdout))
            continue
        styles = [_style(cell) if styled else _plain for cell in row]
        for texts in zip_longest(*next(following), fillvalue=""):
            lines.append(_aligned(columns, texts, widths, styles))
            styles = []
    return "".join(f"{line}\n" for line in lines)


def fits(columns: Sequence[Column], rows: Sequence[Row | str]) -> bool:
    """Whether a table fits without leaving out or shortening anything; always True in a
    pipe."""
    if not sys.stdout.isatty():
        return True
    room = shutil.get_terminal_size().columns
    widths = [cell_width(column.name) for column in columns]
    for row in rows:
        if not isinstance(row, str):
            of_row = map(cell_width, map(_from_here, row))
            widths = [max(of) for of in zip(widths, of_row, strict=True)]
    return sum(widths) + len(GAP) * (len(columns) - 1) <= room


def _aligned(
    columns: Sequence[Column],
    texts: Sequence[str],
    widths: Sequence[int],
    styles: Sequence[Style] = (),
) -> str:
    line = ""
    for i, (column, text, width) in enumerate(zip(columns, texts, widths, strict=True)):
        space = " " * (width - cell_width(text))
        shown = styles[i](text) if styles else text
        line += (GAP if i else "") + (space + shown if column.right else shown + space)
    return line.rstrip()


def _fitting(
    columns: Sequence[Column], rows: Sequence[Row | str], room: int
) -> tuple[list[Column], list[Row | str], list[int]]:
    """Leave out columns until the table fits in `room` characters, and shrink others.

    Return the remaining columns, the rows with only these columns, and the width of each column.
    """
    kept = list(range(len(columns)))
    natural = [cell_width(column.name) for column in columns]
    least = list(natural)
    for row in rows:
        if not isinstance(row, str):
            for i, cell in enumerate(row):
                wide = cell_width(_from_here(cell))
                natural[i] = max(natural[i], wide)
                shrunk = MIN_COLUMNS if isinstance(cell, PathCell) else MIN_FOLDED
                can_shrink = isinstance(cell, PathCell) or columns[i].folds
                least[i] = max(least[i], min(wide, shrunk) if can_shrink else wide)
    gaps = len(GAP) * (len(kept) - 1)
    while sum(least[i] for i in kept) + gaps > room:
        expendable = [i for i in kept if columns[i].expendable]
        if not expendable:
            break
        kept.remove(max(expendable, key=lambda i: columns[i].expendable))
        gaps -= len(GAP)
    widths = {i: natural[i] for i in kept}
    # Shrink columns that fold to half of the terminal, then paths, then columns that fold further.
    for folds, floor in ((True, room // 2), (False, 0), (True, 0)):
        for i in kept:
            over = sum(widths.values()) + gaps - room
            if columns[i].folds is folds and over > 0:
                widths[i] = min(widths[i], max(least[i], floor, widths[i] - over))
    shown: list[Row | str] = [
        row if isinstance(row, str) else [row[i] for i in kept] for row in rows
    ]
    return [columns[i] for i in kept], shown, [widths[i] for i in kept]


def _fitted(column: Column, cell: Cell, width: int) -> list[str]:
    if isinstance(cell, PathCell):
        return [short(cell.path, width - cell_width(cell.after)) + cell.after]
    text = _text(cell)
    if column.folds and cell_width(text) > width:
        return wrap(text, width, break_long_words=False, break_on_hyphens=False) or [""]
    return [text]


def _in_full(cell: Cell) -> str:
    if isinstance(cell, PathCell):
        return printable(cell.path) + cell.after
    return _text(cell)


def _from_here(cell: Cell) -> str:
    if isinstance(cell, PathCell):
        return from_here(cell.path) + cell.after
    return _text(cell)


def _text(cell: str | MarkedCell) -> str:
    # A MarkedCell stays unescaped, for its marks to fit: it is text from a photo, which has no
    # control characters.
    return printable(cell) if isinstance(cell, str) else cell.text


def _style(cell: Cell) -> Style:
    """Return a function that adds the styles of a cell to its text."""
    if isinstance(cell, PathCell):
        address = file_address(cell.path)
        return (lambda text: _link(text, address)) if address else _plain
    if isinstance(cell, MarkedCell):
        return lambda text: _with_bold(text, cell.marks)
    return _plain


def _plain(text: str) -> str:
    return text


def _with_bold(text: str, marks: Sequence[tuple[int, int]]) -> str:
    shown, last = "", 0
    for start, end in marks:
        shown += text[last:start] + _bold(text[start:end])
        last = end
    return shown + text[last:]


def _has_styles() -> bool:
    """Whether the terminal supports bold text and links."""
    if sys.platform == "win32":
        from rich.console import detect_legacy_windows

        return not detect_legacy_windows()
    return os.environ.get("TERM", "") not in ("", "dumb")


def _bold(text: str) -> str:
    return f"\x1b[1m{text}\x1b[0m"


def _link(text: str, address: str) -> str:
    return f"\x1b]8;;{address}\x1b\\{text}\x1b]8;;\x1b\\"
