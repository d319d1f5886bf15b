"""The archive of the screen tests: photos of one colour each, in folders named by year."""

from __future__ import annotations

from pathlib import Path

import pytest

from cercafoto import Library
from tests.conftest import PAINT, paint

YEARS = {"rosso": 2019, "verde": 2020, "blu": 2020, "giallo": 2021, "viola": 2021}


@pytest.fixture
def indexed(library: Library, tmp_path: Path) -> Path:
    """Return the folder of an indexed archive whose file names answer no question."""
    folder = tmp_path / "foto"
    for number, (name, colour) in enumerate(PAINT.items()):
        paint(folder / str(YEARS[name]) / f"img{number}{name[0]}.png", colour)
    library.index([folder])
    return folder
