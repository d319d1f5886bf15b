"""The panel of keys and docs/sfoglia.md list the same keys."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

pytest.importorskip("textual")

from cercafoto.terminal.screens.help import KEYS

PAGE = Path(__file__).parents[2] / "docs" / "sfoglia.md"


def test_the_page_tells_the_keys_of_the_screen() -> None:
    page = re.findall(r"^\| (.+?) \| (.+?) \|$", PAGE.read_text("utf-8"), re.M)
    told = {said for _, said in page}
    assert [said for _, said in KEYS if said not in told] == []
