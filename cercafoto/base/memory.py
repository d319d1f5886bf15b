"""Return this process's freed memory to the system, and limit how much memory it may take."""

from __future__ import annotations

import ctypes
import sys
from contextlib import suppress


def give_back() -> None:
    """Return freed memory to the system. This only has an effect with glibc, which keeps hundreds
    of megabytes after an ONNX graph is closed."""
    if sys.platform == "linux":
        with suppress(OSError, AttributeError):  # a C library other than glibc
            ctypes.CDLL(None).malloc_trim(0)


def limit(max_bytes: int) -> None:
    """Make allocations fail once this process has `max_bytes` of data. No effect on Windows."""
    try:
        import resource
    except ImportError:  # Windows
        return
    _, hard = resource.getrlimit(resource.RLIMIT_DATA)
    if hard == resource.RLIM_INFINITY or hard > max_bytes:
        resource.setrlimit(resource.RLIMIT_DATA, (max_bytes, hard))
