"""Arrange the words read in a photo in rows, with the places that have words of a question."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from cercafoto.base.excerpt import Span, excerpt
from cercafoto.base.paths import printable
from cercafoto.ocr.reading_order import rows
from cercafoto.results.answer import WRITTEN, Hit
from cercafoto.results.texts import ReadText

NOT_READ = (
    "Le parole di questa foto non sono ancora state lette: le legge «cercafoto leggi», e nei "
    "momenti dei video «cercafoto leggi --video»."
)
NO_WORDS = "Nessuna scritta leggibile in questa foto."

Piece = tuple[str, bool]  # a piece of a text, and whether it has words of the question


@dataclass(frozen=True)
class WrittenLine:
    """A line read in a photo.

    box: see `TextLine`.
    found: the places in the text that have words of the question, in order.
    """

    text: str
    box: tuple[float, ...]
    found: tuple[Span, ...] = ()

    @property
    def pieces(self) -> Iterator[Piece]:
        """The text in pieces, so that words of the question can be marked."""
        return _pieces(self.text, self.found)


WrittenRow = tuple[WrittenLine, ...]  # lines beside each other, as in a table
BETWEEN = "  "  # between the lines of a row


def row_text(row: WrittenRow) -> str:
    """Return the text of a row."""
    return BETWEEN.join(line.text for line in row)


def written_rows(text: ReadText, found: Sequence[Span]) -> tuple[WrittenRow, ...]:
    """Return the lines of a text in rows, each with the places found in it. A place that goes over
    the end of a line is in both lines.

    found: places in `ReadText.text`.
    """
    lines = iter(_lines(text, found))
    return tuple(tuple(islice(lines, len(row))) for row in rows(text.lines, text.turned))


def _lines(text: ReadText, found: Sequence[Span]) -> list[WrittenLine]:
    lines, begin = list[WrittenLine](), 0
    for line in text.lines:
        end = begin + len(line.text)
        here = [
            (max(start, begin) - begin, min(stop, end) - begin)
            for start, stop in found
            if start < end and begin < stop
        ]
        lines.append(WrittenLine(line.text, line.box, tuple(sorted(here))))
        begin = end + 1
    return lines


def said(hit: Hit, room: int) -> tuple[Piece, ...]:
    """Return an excerpt of about `room` letters from the text of a hit, around words of the
    question, in pieces; () if the evidence for the hit is not its text."""
    if hit.evidence != WRITTEN or not hit.found:
        return ()
    piece = excerpt(hit.text or "", hit.found, room)
    return tuple(_pieces(piece.text, piece.marks))


def _pieces(text: str, found: Sequence[Span]) -> Iterator[Piece]:
    """Yield a text in pieces, split at the places in `found`."""
    at = 0
    for start, end in found:
        if at < start:
            yield printable(text[at:start]), False
        yield printable(text[start:end]), True
        at = end
    if at < len(text):
        yield printable(text[at:]), False
