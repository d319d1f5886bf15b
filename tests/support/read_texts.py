"""Made-up recognised words."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence

from cercafoto import Library
from cercafoto.results.texts import ReadText, TextLine

ENGINE = "lettore di prova 1"


def text_of_lines(lines: Sequence[str], engine: str = ENGINE, turned: int = 0) -> ReadText:
    """Make a text of lines, each below the one before it over the whole width."""
    share = 1 / max(len(lines), 1)
    boxes = [(0.0, at * share, 1.0, at * share, 1.0, (at + 1) * share, 0.0, (at + 1) * share)
             for at in range(len(lines))]  # fmt: skip
    read = tuple(TextLine(line, box, 0.97) for line, box in zip(lines, boxes, strict=True))
    return ReadText(engine, read, turned)


def write_texts(library: Library, texts: Mapping[str, Sequence[str]]) -> None:
    """Store words as if they had been read in the photos of these names."""
    with library.archive.writing() as catalog, catalog.transaction():
        for path, content in catalog.photos.paths():
            name = os.fsdecode(path).rpartition(os.sep)[2]
            if name in texts:
                catalog.texts.write(content, text_of_lines(texts[name]))
