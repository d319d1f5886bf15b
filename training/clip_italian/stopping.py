"""Ctrl-C and SIGTERM, noted while a step is computed, so that it ends before the run does."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def stoppable() -> Iterator[list[int]]:
    """Note Ctrl-C and SIGTERM in the list, so that the current step is finished first."""
    signals: list[int] = []
    kinds = (signal.SIGINT, signal.SIGTERM)
    try:
        old = [signal.signal(kind, lambda number, _: signals.append(number)) for kind in kinds]
    except ValueError:  # not the main thread: whoever called decides about signals
        yield signals
        return
    try:
        yield signals
    finally:
        for kind, handler in zip(kinds, old, strict=True):
            signal.signal(kind, handler)
