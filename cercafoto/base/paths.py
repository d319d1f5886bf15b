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
