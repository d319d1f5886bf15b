"""The words that OCR read in a photo."""

from __future__ import annotations

from dataclasses import dataclass

from cercafoto.base.json_keys import Key, json_keys


@json_keys("text", Key("confidence", digits=2), Key("box", "corners"))
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

    @property
    def corners(self) -> list[tuple[float, ...]]:
        """x and y of each corner."""
        return [self.box[i : i + 2] for i in range(0, 8, 2)]


@json_keys("engine turned text lines")
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
