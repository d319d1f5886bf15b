"""Clean captions for training."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable


def clean(text: str | None) -> str:
    """Return a caption on one line, with single spaces and composed accents ("e" + U+0300 -> "è").

    A text without letters says nothing about the photo: it becomes "".
    """
    line = " ".join(unicodedata.normalize("NFC", text or "").split())
    return line if any(c.isalpha() for c in line) else ""


def distinct(texts: Iterable[str | None]) -> tuple[str, ...]:
    """Return the clean texts, each once, in their order and without empty ones."""
    return tuple(dict.fromkeys(caption for text in texts if (caption := clean(text))))
