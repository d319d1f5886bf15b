"""Paths: as the catalogue has them, as they can be shown, and which lies inside which."""

from __future__ import annotations

import os
import re
from pathlib import Path

# Python counts these as not printable: spaces of other kinds, and what joins the parts of an emoji.
_SPACES = "\u00a0\u202f\u3000\u200c\u200d"


def absolute(path: str | os.PathLike[str]) -> bytes:
    """Return an absolute path as the catalogue has it: bytes, links not resolved."""
    return os.fsencode(os.path.abspath(os.path.expanduser(path)))


def printable(path: bytes | str | Path) -> str:
    """Return a path, or any text that comes from a file, as it may be shown on one line of a
    terminal. Control characters, line breaks, and the invisible ones that turn the direction of
    writing are escaped; bytes that are no text stand as \ufffd, as file managers show them."""
    text = re.sub("[\ud800-\udfff]", "\ufffd", os.fsdecode(path))
    if text.isprintable():
        return text
    return "".join(
        c if c.isprintable() or c in _SPACES else c.encode("unicode_escape").decode() for c in text
    )


def printable_lines(text: str) -> str:
    """Return a text of several lines as it may be shown: see `printable`. Tabs stay."""
    return "\n".join("\t".join(map(printable, line.split("\t"))) for line in text.split("\n"))


def prefix_range(folder: bytes) -> tuple[bytes, bytes]:
    """Return the half-open range of the paths strictly under `folder`, for an index on path."""
    separator = os.fsencode(os.sep)
    base = folder.rstrip(separator) + separator
    return base, base[:-1] + bytes([base[-1] + 1])


def folder_of(path: bytes) -> bytes:
    """Return the folder in which a file or folder lies; the root of the system lies in itself."""
    return os.path.dirname(path)


def is_inside(path: bytes, folder: bytes) -> bool:
    """Tell whether `path` is `folder` or lies under it."""
    return path == folder or path.startswith(prefix_range(folder)[0])
