"""Memory of this process: given back to the system, and limited."""

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


def limit(max_bytes: int) -> None:
    """Let whatever takes more than so many bytes of data fail alone, where the system can do it."""
    try:
        import resource
    except ImportError:  # Windows
        return
    _, hard = resource.getrlimit(resource.RLIMIT_DATA)
    if hard == resource.RLIM_INFINITY or hard > max_bytes:
        resource.setrlimit(resource.RLIMIT_DATA, (max_bytes, hard))
