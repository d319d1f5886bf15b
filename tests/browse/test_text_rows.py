"""Test the rows of words read in a photo, with the places found."""

from __future__ import annotations

from dataclasses import replace

import pytest

from cercafoto.browse.text_rows import WrittenLine, row_text, said, written_rows
from cercafoto.results.answer import FOLDER, WRITTEN, Hit
from cercafoto.results.texts import ReadText, TextLine

BOX = (0.1, 0.1, 0.9, 0.1, 0.9, 0.2, 0.1, 0.2)
BELOW = (0.1, 0.4, 0.9, 0.4, 0.9, 0.5, 0.1, 0.5)
TEXT = ReadText("motore", (TextLine("da Gigi", BOX, 0.9), TextLine("Tavolo 30", BELOW, 0.9)))


@pytest.mark.parametrize(
    ("found", "lines"),
    [
        ([], [(), ()]),
        ([(3, 7)], [((3, 7),), ()]),
        ([(8, 14), (15, 17)], [(), ((0, 6), (7, 9))]),
        ([(3, 14)], [((3, 7),), ((0, 6),)]),  # over the end of a line
        ([(0, 7)], [((0, 7),), ()]),  # up to it
    ],
)
def test_places_found_are_split_among_the_lines(
    found: list[tuple[int, int]], lines: list[tuple[tuple[int, int], ...]]
) -> None:
    assert [line.found for (line,) in written_rows(TEXT, found)] == lines


def test_lines_beside_each_other_are_a_row() -> None:
    boxes = ((0.1, 0.1, 0.5, 0.1, 0.5, 0.2, 0.1, 0.2), (0.7, 0.1, 0.9, 0.1, 0.9, 0.2, 0.7, 0.2),
             (0.1, 0.4, 0.5, 0.4, 0.5, 0.5, 0.1, 0.5))  # fmt: skip
    said = ("Caffè", "1,20", "Grazie")
    lines = tuple(TextLine(text, box, 0.9) for text, box in zip(said, boxes, strict=True))
    rows = written_rows(ReadText("motore", lines), [(6, 10)])
    assert [row_text(row) for row in rows] == ["Caffè  1,20", "Grazie"]
    assert [line.found for row in rows for line in row] == [(), ((0, 4),), ()]


def test_a_line_in_pieces_is_the_line() -> None:
    line = WrittenLine("Trattoria da Gigi", BOX, ((0, 9), (13, 17)))
    assert list(line.pieces) == [("Trattoria", True), (" da ", False), ("Gigi", True)]
    assert list(WrittenLine("vino", BOX).pieces) == [("vino", False)]


def test_the_excerpt_is_around_the_words_found() -> None:
    def hit(evidence: str, found: tuple[tuple[int, int], ...]) -> Hit:
        bare = Hit(b"/a.jpg", 1, b"", 0.1, 0.9, None, None, 10, 10, (), evidence)
        return replace(bare, text="Trattoria da Gigi\nTavolo 30", found=found)

    pieces = said(hit(WRITTEN, ((13, 17),)), 40)
    assert ("Gigi", True) in pieces
    assert "".join(text for text, _ in pieces).startswith("Trattoria da Gigi")
    assert said(hit(FOLDER, ((13, 17),)), 40) == ()
    assert said(hit(WRITTEN, ()), 40) == ()
