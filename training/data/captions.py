"""A caption as it goes into training."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable


def clean(text: str | None) -> str:
    """One line, single spaces, composed accents ("e" + U+0300 -> "è"); "" where there is no
    letter, since nothing is then said of the photo."""
    line = " ".join(unicodedata.normalize("NFC", text or "").split())
    return line if any(c.isalpha() for c in line) else ""


def distinct(texts: Iterable[str | None]) -> tuple[str, ...]:
    """The captions among `texts`, cleaned, each once, in their order."""
    return tuple(dict.fromkeys(caption for text in texts if (caption := clean(text))))
