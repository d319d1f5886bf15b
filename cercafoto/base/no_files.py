"""Keep a process that only reads from writing anything to the disk."""

from __future__ import annotations


def forbid() -> None:
    """Make every write of this process to a file fail, and forbid core dumps. No effect on Windows.

    Pipes and devices still work.
    """
    try:
        import resource
    except ImportError:  # Windows
        return
    for limit in (resource.RLIMIT_FSIZE, resource.RLIMIT_CORE):
        resource.setrlimit(limit, (0, 0))
