"""Test runs cut no teacher's vocabulary from thousands of words: it takes longer than the runs."""

from __future__ import annotations

import signal
from collections.abc import Iterator

import pytest


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


@pytest.fixture(autouse=True)
def no_words(monkeypatch: pytest.MonkeyPatch) -> None:
    name = "cercafoto.training.weights.cut_tokenizer.frequent_words"
    monkeypatch.setattr(name, lambda count: [])
