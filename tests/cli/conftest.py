"""Fixtures that the tests of the command line share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest


@pytest.fixture
def indexed(cli: Callable[..., tuple[int, str, str]], photos: Path) -> Path:
    assert cli("index", photos)[0] == 0
    return photos
