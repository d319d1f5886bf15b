"""Fixtures that the tests of an archive share."""

from __future__ import annotations

from pathlib import Path

import pytest

from cercafoto import Library
from cercafoto.labels.label_file import Label
from tests.conftest import PAINT


@pytest.fixture
def tagged(library: Library, photos: Path) -> Path:
    """Return an indexed folder with photos of five colours, labelled by colour."""
    library.index([photos])
    library.labels.tag([Label(colour) for colour in PAINT], "/e.txt")
    return photos
