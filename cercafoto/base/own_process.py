"""What this process is, and what it may use: cores, memory, time, files.

It may be the bundle, cercafoto with Python inside (`make bundle`), which has no separate Python
interpreter: it takes no `-m` and no `-c`, and imports no modules from folders.
"""

from __future__ import annotations

import os
import signal
import sys
from contextlib import suppress

LONGEST_SECONDS = 30 * 86_400.0
_DECODER = "--decodifica-foto"  # not for people: no command has an option of this name


def is_frozen() -> bool:
    """Return True if this program is the bundle."""
    return bool(getattr(sys, "frozen", False))


def decoder_command() -> list[str]:
    """Return the command that starts the bundle as a process that decodes photos."""
    return [sys.executable, _DECODER]


def asked_to_decode() -> bool:
    """Return True if this program was started with the command that `decoder_command` returns."""
    return sys.argv[1:] == [_DECODER]


def usable_cores() -> int:
    """Return how many cores this process may use; the number of all cores if that is unknown."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def give_back_memory() -> None:
    """Return freed memory to the system. This only has an effect with glibc, which keeps hundreds
    of megabytes after an ONNX graph is closed."""
    if sys.platform == "linux":
        import ctypes

        with suppress(OSError, AttributeError):  # a C library other than glibc
            ctypes.CDLL(None).malloc_trim(0)


def limit_memory(max_bytes: int) -> None:
    """Make allocations fail once this process has `max_bytes` of data. No effect on Windows."""
    try:
        import resource
    except ImportError:  # Windows
        return
    _, hard = resource.getrlimit(resource.RLIMIT_DATA)
    if hard == resource.RLIM_INFINITY or hard > max_bytes:
        resource.setrlimit(resource.RLIMIT_DATA, (max_bytes, hard))


def limit_time(seconds: float) -> None:
    """Have the system end this process with SIGPROF once it has computed for some seconds from now;
    0: no longer. Time in which it waits does not count. No effect on Windows."""
    if hasattr(signal, "setitimer"):
        signal.signal(signal.SIGPROF, signal.SIG_DFL)
        # A file may say that it has any size, and a timer takes only so many seconds.
        signal.setitimer(signal.ITIMER_PROF, min(seconds, LONGEST_SECONDS))


def forbid_writing() -> None:
    """Make every write of this process to a file fail, and forbid core dumps. No effect on Windows.

    Pipes and devices still work.
    """
    try:
        import resource
    except ImportError:  # Windows
        return
    for limit in (resource.RLIMIT_FSIZE, resource.RLIMIT_CORE):
        resource.setrlimit(limit, (0, 0))
