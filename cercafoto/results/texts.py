"""The words that OCR read in a photo."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class TextLine:
    """A line of text that OCR read in a photo.

    box: x, y of the four corners, as shares 0..1 of the upright photo's width and height: from the
        upper left corner of the text, clockwise.
    confidence: how sure the OCR is of the text, 0..1.
    """

    text: str
    box: tuple[float, ...]
    confidence: float


@dataclass(frozen=True)
class ReadText:
    """The text that OCR read in a photo.

    engine: name and version of the OCR engine.
    lines: in reading order; empty if the photo has no words.
    turned: degrees (0, 90, 180 or 270) to turn the photo clockwise for the words to be upright.
    """

    engine: str
    lines: tuple[TextLine, ...]
    turned: int = 0

    @property
    def text(self) -> str:
        """The texts of all lines, joined by line breaks."""
        return "\n".join(line.text for line in self.lines)
