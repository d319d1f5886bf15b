"""A temporary folder that lasts as long as its process, however that ends.

A process that is killed deletes nothing: the next one does. A lock in the folder tells whether the
process still lives.
"""

from __future__ import annotations

import os
import shutil
import stat
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from filelock import BaseFileLock

LOCK = "blocco"


def make_folder(prefix: str) -> tuple[Path, BaseFileLock]:
    """Make a folder that only this user may open, and hold its lock; delete those of the same
    prefix whose processes have ended."""
    from filelock import FileLock, Timeout

    for old in Path(tempfile.gettempdir()).glob(f"{prefix}*"):
        if _is_own_folder(old) and (old / LOCK).exists():
            lock = FileLock(old / LOCK)
            try:
                with lock.acquire(timeout=0):
                    shutil.rmtree(old, ignore_errors=True)
            except (Timeout, OSError):
                continue
            shutil.rmtree(old, ignore_errors=True)  # Windows deletes no open file, and no lock
    while True:
        folder = Path(tempfile.mkdtemp(prefix=prefix))  # 0700
        lock = FileLock(folder / LOCK, thread_local=False)  # any thread may end the process
        try:
            lock.acquire(timeout=0)
        except Timeout:  # another process has just taken it for an old one
            continue
        return folder, lock


def _is_own_folder(path: Path) -> bool:
    try:
        status = path.lstat()
    except OSError:
        return False
    is_own = not hasattr(os, "getuid") or status.st_uid == os.getuid()
    return stat.S_ISDIR(status.st_mode) and is_own
