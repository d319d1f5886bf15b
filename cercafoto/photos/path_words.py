"""The names of a file and of its folders, and the words in them."""

from __future__ import annotations

import os
from collections.abc import Sequence

from cercafoto.base.paths import is_inside
from cercafoto.base.word_stems import telling_words


def names_of(path: bytes, roots: Sequence[bytes]) -> tuple[str, ...]:
    """List the names of the folders that a file lies in, from the root's own on, and its own,
    without its ending. Of a file in none of the roots, all of them."""
    top = next((root for root in roots if is_inside(path, root)), b"")
    inside = os.path.splitext(os.path.relpath(path, os.path.dirname(top)) if top else path)[0]
    return tuple(os.fsdecode(inside).split(os.sep))


def words_in(names: Sequence[str]) -> str:
    """Join the telling words of names of folders and files."""
    return " ".join(filter(None, map(telling_words, names)))
