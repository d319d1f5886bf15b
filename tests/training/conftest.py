"""Test runs draw no curves and cut no teacher's vocabulary from thousands of words: both take
longer than the runs.
"""

from __future__ import annotations

import signal
from collections.abc import Iterator

import pytest


@pytest.fixture(scope="session", autouse=True)
def fonts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Let Matplotlib list the machine's fonts once, not in every new home."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MPLCONFIGDIR", str(tmp_path_factory.mktemp("matplotlib")))
        yield


@pytest.fixture(autouse=True)
def own_handlers() -> Iterator[None]:
    """Take back the handlers of signals that torchrun leaves: a child of this process would have
    them too, and not end when it is told to."""
    names = ("SIGTERM", "SIGINT", "SIGHUP", "SIGQUIT")  # Windows has two of them
    kinds = [signal.Signals[name] for name in names if hasattr(signal, name)]
    before = [(kind, signal.getsignal(kind)) for kind in kinds]
    yield
    for kind, handler in before:
        signal.signal(kind, handler)


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
