"""An archive for the screens: photos of one colour, in folders that tell their years."""

from __future__ import annotations

from pathlib import Path

import pytest

from cercafoto import Library
from tests.conftest import PAINT, paint

YEARS = {"rosso": 2019, "verde": 2020, "blu": 2020, "giallo": 2021, "viola": 2021}


@pytest.fixture
def indexed(library: Library, tmp_path: Path) -> Path:
    """The folder; its photos bear no names that a question could be answered by."""
    folder = tmp_path / "foto"
    for number, (name, colour) in enumerate(PAINT.items()):
        paint(folder / str(YEARS[name]) / f"img{number}{name[0]}.png", colour)
    library.index([folder])
    return folder
