"""Size and modification time of a file, by which a change is noticed."""

from __future__ import annotations

import os

# Times that SQLite and PostgreSQL, whose integers have 64 bits, cannot hold come from file systems:
# XFS and ZFS go to the year 2486 and beyond, 64 bits of nanoseconds to 2262.
LATEST = 2**63 - 1


def stamp_of(status: os.stat_result) -> tuple[int, int]:
    """Return the size in bytes, and the modification time in nanoseconds since 1970.

    A time beyond 64 bits becomes the last that they hold.
    """
    return status.st_size, min(max(status.st_mtime_ns, -LATEST), LATEST)
