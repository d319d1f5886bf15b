"""What is written in a photo, line by line: where each stands, and what in it was asked for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from cercafoto.catalog.records import ReadText

Span = tuple[int, int]  # letters, from and up to

NOT_READ = "Le parole di questa foto non sono state lette: lo fa «cercafoto leggi»."
NO_WORDS = "In questa foto non ci sono parole che si leggano."


@dataclass(frozen=True)
class WrittenLine:
    """box: see `TextLine`. found: where in the text what was asked for stands, in order."""

    text: str
    box: tuple[float, ...]
    found: tuple[Span, ...] = ()

    @property
    def pieces(self) -> Iterator[tuple[str, bool]]:
        """Give the text in pieces, each with whether it was asked for."""
        at = 0
        for start, end in self.found:
            if at < start:
                yield self.text[at:start], False
            yield self.text[start:end], True
            at = end
        if at < len(self.text):
            yield self.text[at:], False


def written_lines(text: ReadText, found: Sequence[Span]) -> tuple[WrittenLine, ...]:
    """Part what was found in a text, `ReadText.text`, among its lines; what goes on over the end
    of a line is in both."""
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
    return tuple(lines)
