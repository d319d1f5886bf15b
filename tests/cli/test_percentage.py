"""How a confidence may be written on the command line."""

from __future__ import annotations

import pytest

from cercafoto.cli.percentage import CONFIDENCE
from cercafoto.errors import UsageError


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        *(("0", 0), ("1", 1), ("0.3", 0.3), ("0,3", 0.3), (",5", 0.5), ("1,0", 1)),
        *(("50%", 0.5), ("50 %", 0.5), ("100%", 1), ("1%", 0.01)),
        *(("12,5%", 0.125), (0.3, 0.3)),
    ],
)
def test_ways_of_writing_it(written: object, meant: float) -> None:
    assert CONFIDENCE.convert(written, None, None) == pytest.approx(meant)


@pytest.mark.parametrize(
    "written", ["", "-1", "1,5", "2", "50", "101", "150%", "metà", "0.3.1", "nan", "inf"]
)
def test_wrong_confidences_are_refused(written: str) -> None:
    with pytest.raises(UsageError, match="da 0 a 1, non «") as caught:
        CONFIDENCE.convert(written, None, None)
    assert "30%" in caught.value.hint
