"""The verbs that say what someone does in a photo, listed in verbs.txt."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from cercafoto.base.word_tables import read_words


@cache
def verbs() -> frozenset[str]:
    """Return the folded verbs, all in the third person."""
    return read_words(Path(__file__).with_suffix(".txt"))
