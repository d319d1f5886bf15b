"""A process that only reads may be kept from leaving anything on the disk."""

from __future__ import annotations


def forbid() -> None:
    """Let this process write no byte into a file, nor leave a core dump, where the system can do
    it: everywhere but on Windows. Pipes and devices stay open to it."""
    try:
        import resource
    except ImportError:  # Windows
        return
    for limit in (resource.RLIMIT_FSIZE, resource.RLIMIT_CORE):
        resource.setrlimit(limit, (0, 0))
