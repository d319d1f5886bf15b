"""`--riquadro`: two opposite corners, also across the 180th meridian, and values that are none."""

from __future__ import annotations

from datetime import date

import pytest

from cercafoto.errors import UsageError
from cercafoto.question.filters.filter import Filters, Typed
from cercafoto.question.filters.rectangle import RECTANGLE, read_rectangle
from cercafoto.question.values import Rectangle


@pytest.mark.parametrize(
    ("text", "rectangle"),
    [
        ("43.2,11.1,43.5,11.5", (43.2, 11.1, 43.5, 11.5)),
        ("43.5, 11.5, 43.2, 11.1", (43.2, 11.1, 43.5, 11.5)),
        ("43.5 11.1 43.2 11.5", (43.2, 11.1, 43.5, 11.5)),
        ("43.2;11.5;43.5;11.1", (43.2, 11.1, 43.5, 11.5)),
        ("-20,170,-10,-170", (-20, 170, -10, -170)),
        ("-10,170,-20,-170", (-20, 170, -10, -170)),
        ("-90,-180,90,180", (-90, -180, 90, 180)),
        ("-60,-100,60,100", (-60, -100, 60, 100)),
    ],
)
def test_a_rectangle_is_read_from_two_opposite_corners(
    text: str, rectangle: tuple[float, ...]
) -> None:
    typed = Typed(Filters(rectangle=text), date(2026, 3, 1), None)
    assert RECTANGLE.parse(typed) == read_rectangle(text) == Rectangle(*rectangle)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("43,11", "vuole due angoli"),
        ("43,11,44,boh", "non «43,11,44,boh»"),
        ("43,11,44,nan", "vuole due angoli"),
        ("43,11,44,12,", "vuole due angoli"),
        ("95,11,44,12", "95 non è una latitudine"),
        ("43,11,44,181", "181 non è una longitudine"),
    ],
)
def test_what_is_no_rectangle_is_told(text: str, told: str) -> None:
    with pytest.raises(UsageError, match=told):
        read_rectangle(text)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("43.2,11.1,43.5,11.5", "da 43,2° N 11,1° E a 43,5° N 11,5° E"),
        ("-20.123456,170,-10,-170", "da 20,12° S 170° E a 10° S 170° O"),
        ("43.31234567,11.3,43.32,11.34", "da 43,3123° N 11,3° E a 43,32° N 11,34° E"),
    ],
)
def test_a_chip_says_the_rounded_corners(text: str, said: str) -> None:
    (chip,) = RECTANGLE.chips(Filters(rectangle=text))
    assert (chip.kind, chip.meaning) == ("in questo riquadro", said)
    assert RECTANGLE.say(read_rectangle(text)) == f"nel riquadro {said}"
