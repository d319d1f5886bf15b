"""Runs killed at random moments and restarted end like uninterrupted ones: the short version of
`python -m tests.bench.interruptions`."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from cercafoto import Settings
from tests.bench import interruptions

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGKILL")


@pytest.mark.slow
@pytest.mark.parametrize("story", [interruptions.first_index, interruptions.refresh])
def test_a_killed_run_loses_a_batch_and_no_more(
    settings: Settings, tmp_path: Path, story: object
) -> None:
    outcome = story(tmp_path / "storia", settings, kills=2, photos=150, seed=7)  # type: ignore[operator]
    assert outcome.kills == 2
