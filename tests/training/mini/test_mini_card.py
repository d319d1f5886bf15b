"""The card of the embedded model."""

from __future__ import annotations

import json
from pathlib import Path

import cercafoto.models
from cercafoto.training.mini import mini_card

SHIPPED = Path(cercafoto.models.__file__).parent / "mini"


def test_the_shipped_card_is_the_one_that_is_written() -> None:
    description = json.loads((SHIPPED / "model.json").read_text(encoding="utf-8"))
    assert (SHIPPED / "README.md").read_text(encoding="utf-8") == mini_card.text(description)
