"""Give Ray a temporary folder for its files, while a run has a cluster on this machine."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cercafoto.base.locked_folder import make_locked_folder

# A socket's path may have 107 bytes, 103 on macOS. Ray adds 64 to the path of its folder, which is
# 25 longer than its parent's (PREFIX, random characters and a subfolder).
LONGEST_PARENT = 14
PREFIX = "cercafoto-ray-"


@contextmanager
def ray_folder() -> Iterator[str]:
    """Yield the path of a folder for Ray to make, and remove the folder after the block.

    Ray lets every user of the machine write to the folders it makes. The yielded folder therefore
    lies in a folder that only its owner can enter. Folders of killed runs are removed too.
    """
    usual, short = tempfile.gettempdir(), "/tmp"
    is_long = len(os.fsencode(usual)) > LONGEST_PARENT and Path(short).is_dir()
    private, lock = make_locked_folder(PREFIX, short if is_long else usual)
    try:
        yield os.path.join(private, "r")
    finally:
        lock.release()
        shutil.rmtree(private, ignore_errors=True)
