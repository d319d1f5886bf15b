"""Captions cleaned for training."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable


def clean(text: str | None) -> str:
    """Put a caption on one line with single spaces and composed accents ("e" + U+0300 -> "è").

    Return "" for a text without letters, which says nothing about the photo.
    """
    line = " ".join(unicodedata.normalize("NFC", text or "").split())
    return line if any(c.isalpha() for c in line) else ""


def distinct(texts: Iterable[str | None]) -> tuple[str, ...]:
    """Clean texts and keep each caption once, in their order."""
    return tuple(dict.fromkeys(caption for text in texts if (caption := clean(text))))
