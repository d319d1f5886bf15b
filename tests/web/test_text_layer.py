"""The words of a photo are placed over it: position, size, angle."""

from __future__ import annotations

import pytest

from cercafoto.browse.text_rows import WrittenLine
from cercafoto.web.text_layer import place_line

WIDTH, HEIGHT = 400, 200
# The same line of 200 x 20 pixels, its middle in the middle of the photo: corners from its own
# upper left, clockwise.
FLAT = ((100, 90), (300, 90), (300, 110), (100, 110))
ON_ITS_HEAD = ((300, 110), (100, 110), (100, 90), (300, 90))
DOWNWARDS = ((210, 0), (210, 200), (190, 200), (190, 0))
UPWARDS = ((190, 200), (190, 0), (210, 0), (210, 200))


def line(corners: tuple[tuple[int, int], ...], *found: tuple[int, int]) -> WrittenLine:
    box = tuple(share for x, y in corners for share in (x / WIDTH, y / HEIGHT))
    return WrittenLine("mmmmmmmmmm", box, found)


@pytest.mark.parametrize(
    ("corners", "place"),
    [
        (FLAT, "25.00 45.00 5.00 50.00 0.00"),
        (ON_ITS_HEAD, "75.00 55.00 5.00 50.00 180.00"),
        (DOWNWARDS, "52.50 0.00 5.00 50.00 90.00"),
        (UPWARDS, "47.50 100.00 5.00 50.00 -90.00"),
    ],
)
def test_a_line_lies_in_its_box_turned_as_it_is(
    corners: tuple[tuple[int, int], ...], place: str
) -> None:
    assert place_line(line(corners), WIDTH, HEIGHT).place == place


def test_what_was_asked_for_is_marked_where_its_letters_are() -> None:
    assert place_line(line(FLAT, (0, 5), (8, 10)), WIDTH, HEIGHT).marks == (
        "100.0,90.0 200.0,90.0 200.0,110.0 100.0,110.0",
        "260.0,90.0 300.0,90.0 300.0,110.0 260.0,110.0",
    )
    turned = place_line(line(UPWARDS, (5, 10)), WIDTH, HEIGHT)
    assert turned.marks == ("190.0,100.0 190.0,0.0 210.0,0.0 210.0,100.0",)


def test_narrow_letters_take_less_of_a_line() -> None:
    found = place_line(WrittenLine("ilililMMMMMM", line(FLAT).box, ((0, 6),)), WIDTH, HEIGHT)
    end = float(found.marks[0].split()[1].split(",")[0])
    assert 100 < end < 180  # half of them, less than half of the line


def test_a_line_without_extent_is_not_placed() -> None:
    found = place_line(line(((5, 5),) * 4, (0, 2)), WIDTH, HEIGHT)
    assert (found.place, found.marks) == ("", ())
