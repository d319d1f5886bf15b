"""What is written in a photo, row by row: where each line stands, and what in it was asked for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from cercafoto.base.excerpt import Span, excerpt
from cercafoto.base.paths import printable
from cercafoto.ocr.reading_order import rows
from cercafoto.results import WRITTEN, Hit, ReadText

NOT_READ = "Le parole di questa foto non sono ancora state lette: le legge «cercafoto leggi»."
NO_WORDS = "Nessuna scritta leggibile in questa foto."

Piece = tuple[str, bool]  # of a text, and whether it was asked for


@dataclass(frozen=True)
class WrittenLine:
    """box: see `TextLine`. found: where in the text what was asked for stands, in order."""

    text: str
    box: tuple[float, ...]
    found: tuple[Span, ...] = ()

    @property
    def pieces(self) -> Iterator[Piece]:
        return _pieces(self.text, self.found)


WrittenRow = tuple[WrittenLine, ...]  # lines that stand beside each other, as in a table
BETWEEN = "  "  # lines of a row


def row_text(row: WrittenRow) -> str:
    return BETWEEN.join(line.text for line in row)


def written_rows(text: ReadText, found: Sequence[Span]) -> tuple[WrittenRow, ...]:
    """Part what was found in a text, `ReadText.text`, among its lines, and gather these into rows;
    what goes on over the end of a line is in both."""
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
    """Cut out of what is written in a photo found what was asked for, of about `room` letters;
    nothing where something else speaks for the photo."""
    if hit.evidence != WRITTEN or not hit.found:
        return ()
    piece = excerpt(hit.text or "", hit.found, room)
    return tuple(_pieces(piece.text, piece.marks))


def _pieces(text: str, found: Sequence[Span]) -> Iterator[Piece]:
    at = 0
    for start, end in found:
        if at < start:
            yield printable(text[at:start]), False
        yield printable(text[start:end]), True
        at = end
    if at < len(text):
        yield printable(text[at:]), False
