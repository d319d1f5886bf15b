"""Size and modification time of a file, which show whether it has changed."""

from __future__ import annotations

import os

# The last time that SQLite and PostgreSQL can hold: their integers have 64 bits, which in
# nanoseconds reach the year 2262. File systems such as XFS and ZFS go to 2486 and beyond.
LATEST = 2**63 - 1


def stamp_of(status: os.stat_result) -> tuple[int, int]:
    """Return the size in bytes and the modification time in ns since 1970, clipped to 64 bits."""
    return status.st_size, min(max(status.st_mtime_ns, -LATEST), LATEST)
