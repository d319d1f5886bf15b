"""Format what every result contains: JSON, paths, and numbers and dates as Italians write them."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from itertools import repeat

from cercafoto.base.italian_counts import media, thousands
from cercafoto.base.paths import printable
from cercafoto.cli.line_breaks import fitted
from cercafoto.photos.decoding.file_kind import count_videos


def paths(items: Iterable[bytes], end: bytes) -> bytes:
    """Return the paths, each followed by `end`, as `shown` returns them."""
    return b"".join(map(shown, items, repeat(end)))


def shown(value: bytes, end: bytes = b"") -> bytes:
    """Return a path for stdout, followed by `end`: its exact bytes, with control characters escaped
    only if stdout is a terminal."""
    return (printable(value).encode() if sys.stdout.isatty() else value) + end


def day_taken(taken_at: str | None) -> str:
    """Return the day of a photo (14/08/2019), or as much as is known (08/2019, 2019, nothing).

    taken_at: date as in the archive: 2019-08-14, perhaps with a time; None if it is not known.
    """
    return "/".join(reversed((taken_at or "")[:10].split("-")))


def decimal(number: float, digits: int) -> str:
    """Return a number with a decimal comma and `digits` decimals."""
    return f"{number:.{digits}f}".replace(".", ",")


def count(number: int, singular: str, plural: str) -> str:
    """Return a number with its noun ("1 foto nuova", "1.678 foto nuove"); "" for 0."""
    return f"{thousands(number)} {singular if number == 1 else plural}" if number else ""


def media_of(paths: Iterable[bytes]) -> str:
    """Return how many photos and videos these are ("3 foto e 1 video")."""
    listed_paths = list(paths)
    return media(len(listed_paths), count_videos(listed_paths))


def listed(parts: Iterable[str]) -> str:
    """Join the non-empty parts as in a sentence ("a", "a e b", "a, b e c"); "" if there are
    none."""
    *first, last = [part for part in parts if part] or [""]
    return f"{', '.join(first)} e {last}" if first else last


def share(part: int, whole: int) -> str:
    """Return a part with its percentage of the whole ("3 (30%)"); "nessuna" for 0."""
    return f"{thousands(part)} ({100 * part // whole}%)" if part else "nessuna"


def copies(number: int) -> str:
    return f" (di cui {count(number, 'copia', 'copie')})" if number else ""


def space(size: int) -> str:
    """Return a number of bytes in the largest fitting unit ("1,2 GB", "34 kB")."""
    for unit, name in ((1e9, "GB"), (1e6, "MB"), (1e3, "kB")):
        if size >= unit * 0.9995:
            digits = 1 if size < 99.95 * unit and unit > 1e3 else 0
            return f"{decimal(size / unit, digits)} {name}"
    return f"{size} byte"


def wrapped(text: str, indent: int = 0) -> str:
    """Return a text for stdout, wrapped between words if stdout is a terminal.

    indent: columns before the text; the lines after the first begin with as many spaces.
    """
    return fitted(" " * indent + text, sys.stdout)[indent:]


def text_lines(lines: Iterable[str], indent: int = 0) -> str:
    """Return lines for stdout, with control characters escaped; on a terminal broken between words.

    indent: columns by which a broken line goes on farther to the right than it begins.
    """
    return "".join(f"{fitted(printable(line), sys.stdout, indent)}\n" for line in lines)
