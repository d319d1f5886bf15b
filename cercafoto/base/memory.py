"""Memory that was freed, given back to the system."""

from __future__ import annotations

import ctypes
import sys
from contextlib import suppress


def give_back() -> None:
    """Give the system what this process has freed. glibc keeps it, hundreds of megabytes after a
    graph is closed; elsewhere there is nothing to do."""
    if sys.platform == "linux":
        with suppress(OSError, AttributeError):  # another C library has no such function
            ctypes.CDLL(None).malloc_trim(0)
