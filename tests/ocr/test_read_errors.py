"""OCR is measured by the number of wrong letters, regardless of the order of lines."""

from __future__ import annotations

import pytest

from tests.bench.read_errors import distance, errors, letters

RECEIPT = ("TRATTORIA DA GIGI", "Caffè 1,20", "Pane e coperto 7,14", "Pasta 37,14")


@pytest.mark.parametrize(
    ("one", "other", "far"),
    [("", "", 0), ("caffè", "caffè", 0), ("caffè", "caffe", 1), ("", "tre", 3), ("tre", "", 3),
     ("gattino", "mattoni", 3), ("1,20", "120", 1), ("sera", "serra", 1)],
)  # fmt: skip
def test_what_is_put_in_taken_out_or_changed_is_counted(one: str, other: str, far: int) -> None:
    assert distance(one, other) == distance(other, one) == far


@pytest.mark.parametrize(
    ("read", "wrong"),
    [
        (RECEIPT, 0),
        (RECEIPT[::-1], 0),
        # The two ends of a row read apart, in any order; one price is a part of another.
        (("7,14", "Pasta", "Caffè", "37,14", "1,20", "TRATTORIA DA GIGI", "Pane e coperto"), 0),
        (("TRATTORIA  DA GIGI", "Caffè 1,20", "Pane e coperto 7,14", "Pasta 3714"), 1),
        (("Caffè 1,20", "Pane e coperto 7,14", "Pasta 37,14"), len("TRATTORIA DA GIGI")),
        ((*RECEIPT, "zzzzzz"), 6),
        ((), letters(RECEIPT)),
        # Two rows read as one.
        (("TRATTORIA DA GIGI", "Caffè 1,20 Pane e coperto 7,14", "Pasta 37,14"), 21),
    ],
)
def test_the_order_of_lines_does_not_count(read: tuple[str, ...], wrong: int) -> None:
    assert errors(RECEIPT, read) == wrong


def test_a_line_that_is_there_twice_is_to_be_read_twice() -> None:
    assert errors(("uguale", "uguale"), ("uguale", "uguale")) == 0
    assert errors(("uguale", "uguale"), ("uguale",)) == 6


def test_typographers_signs_are_the_plain_ones() -> None:
    assert errors(("L\u2019acqua \u2013 100 km",), ("L'acqua - 100 km",)) == 0
