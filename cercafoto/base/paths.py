"""Convert paths for the catalogue and for display, and test whether one lies inside another."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from pathlib import Path

# Shown although Python calls them not printable: special spaces, and the joiners inside emoji.
_SPACES = "\u00a0\u202f\u3000\u200c\u200d"


def absolute(path: str | os.PathLike[str]) -> bytes:
    """Return the absolute path as bytes, as the catalogue stores it. "~" is expanded; links are not
    resolved."""
    return os.fsencode(os.path.abspath(os.path.expanduser(path)))


def typed_path(text: str) -> Path:
    """Return the path that a person typed. `Path` would turn "./-", a file, into "-", which stands
    for standard input: the path of such a file is absolute."""
    path = Path(text)
    is_file = not text.startswith("-") and str(path).startswith("-")
    return Path(os.path.abspath(text)) if is_file else path


def printable(path: bytes | str | Path) -> str:
    """Return a path, or any text from a file, in a form that is safe to show on one terminal line.

    Control characters, line breaks and invisible characters that change the writing direction are
    escaped. Bytes that are not valid text become \ufffd, as in file managers.
    """
    text = re.sub("[\ud800-\udfff]", "\ufffd", os.fsdecode(path))
    if text.isprintable():
        return text
    return "".join(
        c if c.isprintable() or c in _SPACES else c.encode("unicode_escape").decode() for c in text
    )


def printable_lines(text: str) -> str:
    """Return a text of several lines in a form that is safe to show: see `printable`. Tabs stay."""
    return "\n".join("\t".join(map(printable, line.split("\t"))) for line in text.split("\n"))


def prefix_range(folder: bytes) -> tuple[bytes, bytes]:
    """Return (first, end): every path strictly under `folder` sorts in first <= path < end."""
    separator = os.fsencode(os.sep)
    base = folder.rstrip(separator) + separator
    return base, base[:-1] + bytes([base[-1] + 1])


def folder_of(path: bytes) -> bytes:
    """Return the parent folder of a path; the parent of the root is the root."""
    return os.path.dirname(path)


def is_inside(path: bytes, folder: bytes) -> bool:
    """Return True if `path` is `folder` or lies under it."""
    return path == folder or path.startswith(prefix_range(folder)[0])


def is_inside_any(path: bytes, folders: Iterable[bytes]) -> bool:
    """Return True if `path` really lies in one of these folders, whatever links lead to them or
    from them."""
    real = os.path.join(os.path.realpath(folder_of(path)), os.path.basename(path))
    return any(is_inside(real, os.path.realpath(folder)) for folder in folders)


def file_address(path: bytes) -> str:
    """Return the address of a file for a browser or terminal, which begins with "file:"; "" for a
    path in a shared archive whose folder is not known on this machine."""
    file = Path(os.fsdecode(path))
    return file.as_uri() if file.is_absolute() else ""
