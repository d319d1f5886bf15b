"""Words in the names of a file and of its folders."""

from __future__ import annotations

import os
from collections.abc import Sequence

from cercafoto.base.paths import is_inside
from cercafoto.base.word_stems import telling_words


def words_of_path(path: bytes, roots: Sequence[bytes]) -> str:
    """Join the telling words of a file's name and of its folders, up to the root it lies in."""
    top = next((root for root in roots if is_inside(path, root)), b"")
    inside = os.path.splitext(os.path.relpath(path, os.path.dirname(top)) if top else path)[0]
    return " ".join(map(telling_words, os.fsdecode(inside).split(os.sep)))
