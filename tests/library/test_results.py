"""The words for a confidence."""

from __future__ import annotations

import pytest

from cercafoto.results import word


@pytest.mark.parametrize(
    ("confidence", "said"),
    [
        (1.0, "certa"),
        (0.75, "certa"),
        (0.7499, "probabile"),
        (0.5, "probabile"),
        (0.4999, "forse"),
        (0.0, "forse"),
    ],
)
def test_a_probability_in_a_word(confidence: float, said: str) -> None:
    assert word(confidence) == said
