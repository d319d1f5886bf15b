"""Remember that the pages and indexes of a large file were checked, so that it is checked after
each change and once a day, and not each time it is opened.

Rows have checksums, which are compared when they are read. A check of the whole file also notices
rows that are missing.
"""

from __future__ import annotations

import os
import time
from contextlib import suppress
from pathlib import Path

from cercafoto.base.atomic_file import fill_atomically

SMALL = 1 << 20  # bytes; a smaller file is checked in 5 ms
DAY = 86_400  # seconds
_LONGEST = 80  # letters of a mark that are read; it has at most 62
_MARK = ".controllato"  # end of the name of the file that says what was checked


def is_checked(path: Path) -> bool:
    """Whether a file is as it was when it was last checked, less than a day ago."""
    with suppress(OSError, ValueError):
        mark = _mark(path)
        age = time.time() - mark.stat().st_mtime
        with mark.open(encoding="ascii") as stream:
            return 0 <= age < DAY and stream.read(_LONGEST) == _state(path)
    return False


def note_checked(path: Path) -> None:
    """Note that a file was found sound. In a folder that cannot be written it is checked again."""
    with suppress(OSError):
        if path.stat().st_size >= SMALL:
            state = _state(path).encode("ascii")
            fill_atomically(_mark(path), lambda stream: stream.write(state), True, 0o600)


def _mark(path: Path) -> Path:
    return path.with_name(path.name + _MARK)


def _state(path: Path) -> str:
    """Return what tells a file from one that was changed, or put in its place."""
    status = os.stat(path)
    return f"{status.st_size} {status.st_mtime_ns} {status.st_ino}"
