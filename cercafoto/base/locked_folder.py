"""Make a temporary folder with a lock, so that a folder left by a killed process can be recognised.

A killed process cannot delete its folder; the next process that makes a folder with the same prefix
deletes it. If the lock in a folder is held, its process still lives.
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


def make_locked_folder(prefix: str, parent: str | None = None) -> tuple[Path, BaseFileLock]:
    """Make a folder that only this user may open. Return its path and its lock, which is held.

    Also deletes this user's folders with the same prefix whose processes have ended.

    prefix: beginning of the folder's name.
    parent: folder in which the new folder is made; None for the system's temporary folder.

    Raises OSError.
    """
    from filelock import FileLock, Timeout

    for old in Path(parent or tempfile.gettempdir()).glob(f"{prefix}*"):
        if _is_own_folder(old) and (old / LOCK).exists():
            lock = FileLock(old / LOCK)
            try:
                with lock.acquire(timeout=0):
                    shutil.rmtree(old, ignore_errors=True)
            except (Timeout, OSError):
                continue
            shutil.rmtree(old, ignore_errors=True)  # Windows cannot delete an open lock file
    while True:
        folder = Path(tempfile.mkdtemp(prefix=prefix, dir=parent))  # 0700
        lock = FileLock(folder / LOCK, thread_local=False)  # any thread may release it
        try:
            lock.acquire(timeout=0)
        except Timeout:  # another process has just taken the folder for an old one
            continue
        return folder, lock


def _is_own_folder(path: Path) -> bool:
    try:
        status = path.lstat()
    except OSError:
        return False
    is_own = not hasattr(os, "getuid") or status.st_uid == os.getuid()
    return stat.S_ISDIR(status.st_mode) and is_own
