"""The temporary folder of Ray's files, while a run has Ray on this machine."""

from __future__ import annotations

import os
import re
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from cercafoto.base.atomic_file import is_being_written

# A socket's path may have 107 bytes, 103 on macOS. Ray puts 64 behind the path of its folder, and
# that is 29 longer than the folder it is made in.
LONGEST_PARENT = 14
_NAME = re.compile(r"cercafoto-([0-9]+)-[a-z0-9_]{8}")


@contextmanager
def ray_folder() -> Iterator[str]:
    """Yield the path of a folder for Ray to make, and remove the folder at the end.

    Ray lets every user of the machine write to the folders it makes. This one lies in another
    folder that only its owner can enter.
    """
    parent = _parent()
    _remove_leftovers(parent)
    private = tempfile.mkdtemp(prefix=f"cercafoto-{os.getpid()}-", dir=parent)
    try:
        yield os.path.join(private, "r")
    finally:
        shutil.rmtree(private, ignore_errors=True)


def _parent() -> str:
    usual = tempfile.gettempdir()
    short = "/tmp"
    return short if len(os.fsencode(usual)) > LONGEST_PARENT and Path(short).is_dir() else usual


def _remove_leftovers(parent: str) -> None:
    """Remove the folders of this user's runs that were killed."""
    if sys.platform == "win32":  # which cannot tell a run of hours from one that was killed
        return
    with suppress(OSError):
        for entry in os.scandir(parent):
            found = _NAME.fullmatch(entry.name)
            if found and not is_being_written(entry, int(found[1])):
                status = entry.stat(follow_symlinks=False)
                if entry.is_dir(follow_symlinks=False) and status.st_uid == os.getuid():
                    shutil.rmtree(entry.path, ignore_errors=True)
