"""Photos are read by the engine of tests."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from cercafoto.texts import processes
from tests.support import fake_engine


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Read with the engine of tests; called with what is to happen, by colour."""
    monkeypatch.setattr(processes, "ENGINE", fake_engine.MODULE)

    def behave(**happenings: str) -> None:
        monkeypatch.setenv(fake_engine.VARIABLE, json.dumps(happenings))

    behave()
    return behave
