"""A confidence is called alta, media or bassa."""

from __future__ import annotations

import pytest

from cercafoto.results.answer import confidence_word


@pytest.mark.parametrize(
    ("confidence", "said"),
    [
        (1.0, "alta"),
        (0.7, "alta"),
        (0.6999, "media"),
        (0.2, "media"),
        (0.1999, "bassa"),
        (0.0, "bassa"),
    ],
)
def test_a_probability_in_a_word(confidence: float, said: str) -> None:
    assert confidence_word(confidence) == said
