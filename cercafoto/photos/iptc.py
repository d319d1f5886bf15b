"""IPTC record of a picture (IPTC-IIM 4.2)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from PIL import Image, ImageFile, IptcImagePlugin

TITLE, KEYWORDS = (2, 5), (2, 25)
HEADLINE, CAPTION = (2, 105), (2, 120)

Record = Mapping[Any, Any]


def record_of(image: Image.Image) -> Record | None:
    """Read the IPTC record of an opened picture. May raise anything on damage."""
    return IptcImagePlugin.getiptcinfo(image) if isinstance(image, ImageFile.ImageFile) else None


def texts_of(record: Record, tag: tuple[int, int]) -> list[str]:
    """Decode the texts of a tag: UTF-8 where the record says so, and often where it does not."""
    value = record.get(tag)
    texts = []
    for item in value if isinstance(value, list) else [value]:
        if isinstance(item, bytes):
            try:
                texts.append(item.decode("utf-8"))
            except UnicodeError:
                texts.append(item.decode("cp1252", "replace"))
    return texts
