"""Parts that every result is made of: JSON, paths, tables, numbers and dates as Italians write
them."""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cercafoto.base.paths import printable

if TYPE_CHECKING:
    from rich.table import Table


def as_json(data: Any) -> str:
    """Write JSON with Italian letters as they are. Bytes of a path that are not valid text become
    lone surrogate escapes, from which Python's json and os.fsencode give the exact path back."""
    text = json.dumps(data, ensure_ascii=False, indent=2)
    return re.sub("[\ud800-\udfff]", lambda m: f"\\u{ord(m[0]):04x}", text) + "\n"


def paths(items: Iterable[bytes], end: bytes) -> bytes:
    """Join paths as the disk has them, byte for byte, each followed by `end`."""
    return b"".join(path + end for path in items)


def new_table(*columns: str | tuple[str, str]) -> Table:
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in columns:
        name, justify = column if isinstance(column, tuple) else (column, "left")
        table.add_column(name, justify=justify, overflow="fold")  # type: ignore[arg-type]
    return table


def printed(table: Table) -> str:
    """Print the table into a text: coloured and folded for a terminal, plain and unfolded in a
    pipe."""
    from rich.console import Console

    terminal = sys.stdout.isatty()
    console = Console(file=sys.stdout, width=None if terminal else 100_000)
    with console.capture() as capture:
        console.print(table)
    text = capture.get()
    return text if terminal else "".join(f"{line.rstrip()}\n" for line in text.splitlines())


def plain_table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Write a table as `printed` does in a pipe, of any number of rows: Rich takes a minute for
    what an archive of some hundred thousand photos has."""
    from rich.cells import cell_len

    def width(cell: str) -> int:
        return len(cell) if cell.isascii() else cell_len(cell)

    lines = [header, *rows]
    widths = [max(map(width, column)) for column in zip(*lines, strict=True)]
    padded = (
        "  ".join(
            cell + " " * (most - width(cell)) for cell, most in zip(line, widths, strict=True)
        )
        for line in lines
    )
    return "".join(f"{line.rstrip()}\n" for line in padded)


def linked(path: bytes) -> Any:
    """Write a path for a table, clickable where the terminal can."""
    from rich.text import Text

    text = Text(printable(path))
    if sys.stdout.isatty():
        text.stylize(f"link {Path(os.fsdecode(path)).as_uri()}")
    return text


def day_taken(taken_at: str | None) -> str:
    """Write the day of a photo, 14/08/2019, or what is known of it: 08/2019, 2019."""
    return "/".join(reversed((taken_at or "")[:10].split("-")))


def decimal(number: float, digits: int) -> str:
    """Write a number as Italians do, with a comma."""
    return f"{number:.{digits}f}".replace(".", ",")


def count(number: int, singular: str, plural: str) -> str:
    return f"{number} {singular if number == 1 else plural}" if number else ""


def share(part: int, whole: int) -> str:
    return f"{part} ({100 * part // whole}%)" if part else "nessuna"


def copies(number: int) -> str:
    return f" (di cui {count(number, 'copia', 'copie')})" if number else ""


def megabytes(size: int) -> str:
    return f"{decimal(size / 1e6, 1)} MB"


def reasons(items: Iterable[tuple[bytes, str]]) -> list[dict[str, str]]:
    return [{"path": os.fsdecode(path), "reason": why} for path, why in items]
