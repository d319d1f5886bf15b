"""Test runs draw no curves and cut no teacher's vocabulary from thousands of words: both take
longer than the runs.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest


@pytest.fixture(scope="session", autouse=True)
def fonts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Let Matplotlib list the machine's fonts once, not in every new home."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MPLCONFIGDIR", str(tmp_path_factory.mktemp("matplotlib")))
        yield


@pytest.fixture
def curves() -> None:
    """Draw curves, as outside of tests."""


@pytest.fixture(autouse=True)
def no_curves(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if "curves" not in request.fixturenames:
        monkeypatch.setattr("cercafoto.training.clip_italian.monitor.plots.draw", lambda folder: [])


@pytest.fixture(autouse=True)
def no_words(monkeypatch: pytest.MonkeyPatch) -> None:
    name = "cercafoto.training.weights.cut_tokenizer.frequent_words"
    monkeypatch.setattr(name, lambda count: [])
