"""Open photo files for reading, and refuse anything else that may have taken their place.

Anybody who can write into a photo folder can replace a photo by a link to another file, a pipe or a
device. So a photo of the archive is opened relative to the indexed folder, without following links,
without blocking, and only if it is a regular file.

Windows cannot open a name relative to an open folder. There the resolved path is compared instead,
which misses a link that is made at that very moment.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Callable, Mapping
from io import BufferedReader
from typing import NamedTuple

from cercafoto.base.file_stamp import stamp_of
from cercafoto.base.paths import folder_of, is_inside

NO_FILE = "non è un file"
LINKED = "passa per un collegamento simbolico, che cercafoto non segue"
CHANGED = "è cambiata dopo l'ultimo index"

_READ = os.O_RDONLY
for _name in ("O_NONBLOCK", "O_CLOEXEC", "O_NOCTTY", "O_BINARY"):
    _READ |= getattr(os, _name, 0)
_NO_LINK = getattr(os, "O_NOFOLLOW", 0)
# O_PATH: it is enough that a folder may be entered, even if it is not readable.
_FOLDER = getattr(os, "O_PATH", os.O_RDONLY) | getattr(os, "O_DIRECTORY", 0) | _READ
_CAN_WALK = os.open in os.supports_dir_fd and _NO_LINK != 0


class Base(NamedTuple):
    """The folder below which a file must lie to be opened.

    follow: whether links below `folder` are followed, as after `index --segui-link`.
    """

    folder: bytes
    follow: bool


def open_file(path: bytes, base: Base | None = None) -> BufferedReader:
    """Open a regular file for reading.

    base: folder below which the file must lie. None for a file that the person named: then links
        are followed.

    Raises OSError. An OSError without a number says in Italian that `path` is not a regular file,
    or leads through a link.
    """
    if base is None or base.follow:
        handle = os.open(path, _READ)
    else:
        handle = _open_beneath(path, base.folder)
    try:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            raise OSError(0, NO_FILE)
        return os.fdopen(handle, "rb")
    except BaseException:
        os.close(handle)
        raise


def open_beside(path: bytes) -> BufferedReader:
    """Open the regular file `path`, but no link, beside a photo. Raises OSError as `open_file`."""
    return open_file(path, Base(folder_of(path), False))


def _open_beneath(path: bytes, folder: bytes) -> int:
    """Return a file descriptor for a file below `folder`. Raises OSError, also for a link."""
    parts = os.path.relpath(path, folder).split(os.fsencode(os.sep))
    if not is_inside(path, folder) or not has_plain_parts(path):
        raise OSError(0, LINKED)
    if not _CAN_WALK:
        if os.path.realpath(path) != os.path.join(os.path.realpath(folder), *parts):
            raise OSError(0, LINKED)
        return os.open(path, _READ)
    parent = os.open(folder, _FOLDER)  # links in its own path are fine: the person chose it
    try:
        for part in parts[:-1]:
            child = _open_no_link(part, _FOLDER, parent)
            os.close(parent)
            parent = child
        return _open_no_link(parts[-1], _READ, parent)
    finally:
        os.close(parent)


def _open_no_link(name: bytes, flags: int, parent: int) -> int:
    """Return a descriptor for `name` in the folder with the descriptor `parent`. Raises OSError,
    also for a link."""
    try:
        return os.open(name, flags | _NO_LINK, dir_fd=parent)
    except OSError as error:
        # For a link, systems report ELOOP, EMLINK or, if a folder is expected, ENOTDIR.
        if error.errno in {errno.ELOOP, errno.EMLINK, errno.ENOTDIR}:
            raise OSError(0, LINKED) from error
        raise


def has_plain_parts(path: bytes) -> bool:
    """Whether no part of a path is "." or "..", which could lead out of a folder."""
    separators = (b"/", os.fsencode(os.sep))
    return not {b".", b".."} & {*path.replace(separators[1], separators[0]).split(b"/")}


class PhotoFolders:
    """Opens photos of the archive, below the folders that were indexed.

    known: returns each indexed folder and whether links below it are followed. It is called each
        time, since folders may be indexed while the web page runs.
    """

    def __init__(self, known: Callable[[], Mapping[bytes, bool]]) -> None:
        self._known = known

    @classmethod
    def fixed(cls, known: Mapping[bytes, bool]) -> PhotoFolders:
        """Return an opener for folders that do not change while the command runs."""
        return cls(lambda: known)

    def base_of(self, path: bytes) -> Base:
        """Return the indexed folder below which a photo must be opened.

        A photo that was indexed as a single file lies in no indexed folder; the result is then its
        own folder.

        Raises FileNotFoundError for a photo of a shared archive that has no path on this machine.
        """
        if not os.path.isabs(path):
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), path)
        known = self._known()
        around = [folder for folder in known if is_inside(path, folder)]
        if not around:
            return Base(folder_of(path), False)
        folder = max(around, key=len)
        return Base(folder, known[folder])

    def open(self, path: bytes) -> BufferedReader:
        """Open a photo for reading. Raises OSError as `open_file`."""
        return open_file(path, self.base_of(path))

    def open_indexed(self, path: bytes, size: int, mtime_ns: int) -> BufferedReader:
        """Open a photo if it has the size and modification time that were indexed.

        Raises OSError as `open_file`. If the photo has changed, the error has no number and says so
        in Italian.
        """
        stream = self.open(path)
        if stamp_of(os.fstat(stream.fileno())) != (size, mtime_ns):
            stream.close()
            raise OSError(0, CHANGED)
        return stream
