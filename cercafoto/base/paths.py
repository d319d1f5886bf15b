"""Paths as the catalogue keeps them, and as they can be shown."""

from __future__ import annotations

import os
from pathlib import Path


def absolute(path: str | os.PathLike[str]) -> bytes:
    """An absolute path as the catalogue keeps it: bytes, links not resolved."""
    return os.fsencode(os.path.abspath(os.path.expanduser(path)))


def printable(path: bytes | str | Path) -> str:
    """A path as it can be shown on one line: what is not valid text, and control characters,
    become escapes."""
    text = os.fsdecode(path).encode("utf-8", "backslashreplace").decode("utf-8")
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def prefix_range(folder: bytes) -> tuple[bytes, bytes]:
    """The half-open range of paths strictly under `folder`, for an index on path."""
    separator = os.fsencode(os.sep)
    base = folder.rstrip(separator) + separator
    return base, base[:-1] + bytes([base[-1] + 1])


def is_inside(path: bytes, folder: bytes) -> bool:
    """True when `path` is `folder` or lies under it."""
    return path == folder or path.startswith(prefix_range(folder)[0])
