"""Fixtures that the tests of the command line share."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conftest import Cli


@pytest.fixture
def indexed(cli: Cli, photos: Path) -> Path:
    assert cli("index", photos)[0] == 0
    return photos
