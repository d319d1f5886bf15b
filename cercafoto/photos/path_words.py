"""Split a path into the names of its folders and file, and extract their words."""

from __future__ import annotations

import os
from collections.abc import Sequence

from cercafoto.base.paths import is_inside
from cercafoto.base.word_stems import telling_words


def names_of(path: bytes, roots: Sequence[bytes]) -> tuple[str, ...]:
    """Return the names of a file's folders, from its root folder on, and then the file's name
    without extension. If none of `roots` contains the file, return the names of all its folders."""
    top = next((root for root in roots if is_inside(path, root)), b"")
    inside = os.path.splitext(os.path.relpath(path, os.path.dirname(top)) if top else path)[0]
    return tuple(os.fsdecode(inside).split(os.sep))


def words_in(names: Sequence[str]) -> str:
    """Return the `telling_words` of folder and file names, joined by spaces."""
    return " ".join(filter(None, map(telling_words, names)))
