"""Opening of files at names where another program may have put something else than a file."""

from __future__ import annotations

import os
import stat
from typing import BinaryIO

# Windows lacks the first two, other systems the last. A pipe put there after the look at its kind
# would make the opening wait for ever.
_FLAGS = os.O_RDONLY
for _name in ("O_NOFOLLOW", "O_NONBLOCK", "O_BINARY"):
    _FLAGS |= getattr(os, _name, 0)


def open_regular(path: bytes) -> BinaryIO:
    """Open a regular file for reading. Raises OSError, also for a link, a folder, a pipe or a
    device, which are not opened."""
    _refuse_irregular(os.lstat(path).st_mode)
    stream = os.fdopen(os.open(path, _FLAGS), "rb")
    try:
        _refuse_irregular(os.fstat(stream.fileno()).st_mode)
    except OSError:
        stream.close()
        raise
    return stream


def _refuse_irregular(mode: int) -> None:
    if stat.S_ISLNK(mode):
        raise OSError(0, "è un collegamento simbolico, che cercafoto non segue")
    if not stat.S_ISREG(mode):
        raise OSError(0, "non è un file")
