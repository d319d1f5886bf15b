"""Numbers and dates are written as Italians write them."""

from __future__ import annotations

import pytest

from cercafoto.cli.render.formatting import listed, space


@pytest.mark.parametrize(
    ("size", "text"),
    [
        (0, "0 byte"),
        (999, "999 byte"),
        (12_345, "12 kB"),
        (999_700, "1,0 MB"),
        (4_650_000, "4,7 MB"),
        (99_960_000, "100 MB"),
        (796_000_000, "796 MB"),
        (2_340_000_000, "2,3 GB"),
    ],
)
def test_a_size_has_the_unit_that_suits_it(size: int, text: str) -> None:
    assert space(size) == text


def test_non_empty_parts_are_listed() -> None:
    assert [listed(parts) for parts in ([], [""], ["a"], ["a", "", "b"], ["a", "b", "c"])] == [
        "", "", "a", "a e b", "a, b e c"
    ]  # fmt: skip
