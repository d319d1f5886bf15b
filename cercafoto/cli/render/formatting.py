"""Parts that every result is made of: JSON, paths, tables, numbers and dates as Italians write
them."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable
from itertools import repeat
from typing import Any

from cercafoto.base.paths import printable


def as_json(data: Any, compact: bool = False) -> str:
    """Write JSON with Italian letters as they are; compact: in one line.

    What a terminal would obey is escaped. Bytes of a path that are not valid text become lone
    surrogate escapes, from which Python's json and os.fsencode give the exact path back.
    """
    text = json.dumps(data, ensure_ascii=False, indent=None if compact else 2)
    lines = text.split("\n")
    return "\n".join(line if line.isprintable() else _ascii(line) for line in lines) + "\n"


def _ascii(line: str) -> str:
    """Escape as JSON does the characters of a line that cannot be shown."""
    return "".join(c if c.isprintable() else json.dumps(c)[1:-1] for c in line)


def paths(items: Iterable[bytes], end: bytes) -> bytes:
    """Join paths, each followed by `end`: byte for byte as the disk has them, or, on a terminal,
    as they can be shown."""
    return b"".join(map(shown, items, repeat(end)))


def shown(value: bytes, end: bytes = b"") -> bytes:
    """Return what goes to stdout as it is, or escaped where that is a terminal, and `end`."""
    return (printable(value).encode() if sys.stdout.isatty() else value) + end


def day_taken(taken_at: str | None) -> str:
    """Write the day of a photo, 14/08/2019, or what is known of it: 08/2019, 2019."""
    return "/".join(reversed((taken_at or "")[:10].split("-")))


def decimal(number: float, digits: int) -> str:
    """Write a number as Italians do, with a comma."""
    return f"{number:.{digits}f}".replace(".", ",")


def count(number: int, singular: str, plural: str) -> str:
    return f"{number} {singular if number == 1 else plural}" if number else ""


def listed(parts: Iterable[str]) -> str:
    """Join what there is: "a", "a e b", "a, b e c"."""
    *first, last = [part for part in parts if part] or [""]
    return f"{', '.join(first)} e {last}" if first else last


def share(part: int, whole: int) -> str:
    return f"{part} ({100 * part // whole}%)" if part else "nessuna"


def copies(number: int) -> str:
    return f" (di cui {count(number, 'copia', 'copie')})" if number else ""


def space(size: int) -> str:
    """Write a number of bytes in the unit that suits it."""
    for unit, name in ((1e9, "GB"), (1e6, "MB"), (1e3, "kB")):
        if size >= unit * 0.9995:
            digits = 1 if size < 99.95 * unit and unit > 1e3 else 0
            return f"{decimal(size / unit, digits)} {name}"
    return f"{size} byte"


def reasons(items: Iterable[tuple[bytes, str]]) -> list[dict[str, str]]:
    return [{"path": os.fsdecode(path), "reason": why} for path, why in items]
