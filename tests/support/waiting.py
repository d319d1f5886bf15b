"""Wait for a state, not for a time: a machine that does much else takes as long as it takes."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

PATIENCE = 180.0  # seconds; only what never comes takes so long


def until(holds: Callable[[], T]) -> T:
    """Return the result of `holds` as soon as it is true; fail if it never is."""
    ends = time.monotonic() + PATIENCE
    while not (found := holds()):
        assert time.monotonic() < ends, "it never came about"
        time.sleep(0.02)
    return found
