"""Note Ctrl-C and SIGTERM, so that a run ends after its current step."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def stoppable() -> Iterator[list[int]]:
    """Yield a list to which each Ctrl-C and SIGTERM in the block is added, instead of ending it."""
    signals: list[int] = []
    kinds = (signal.SIGINT, signal.SIGTERM)
    try:
        old = [signal.signal(kind, lambda number, _: signals.append(number)) for kind in kinds]
    except ValueError:  # not the main thread: signals are left to the caller
        yield signals
        return
    try:
        yield signals
    finally:
        for kind, handler in zip(kinds, old, strict=True):
            signal.signal(kind, handler)
