"""Open photo files for reading, and nothing else that may lie in their place.

Anybody who can write in a photo folder can put a link to another file, a pipe or a device where a
photo was. So a photo of the archive is opened beneath the folder that was indexed, without
following links, without waiting, and only if it is a regular file.

On Windows, which cannot open a name within an open folder, the resolved path is compared instead:
a link that is made at that very moment is not noticed.
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
# O_PATH: a folder that may be entered need not be readable.
_FOLDER = getattr(os, "O_PATH", os.O_RDONLY) | getattr(os, "O_DIRECTORY", 0) | _READ
_CAN_WALK = os.open in os.supports_dir_fd and _NO_LINK != 0


class Base(NamedTuple):
    """The folder beneath which a file is opened.

    follow: whether links beneath it are followed, as `index --segui-link` did.
    """

    folder: bytes
    follow: bool


def open_file(path: bytes, base: Base | None = None) -> BufferedReader:
    """Open a regular file for reading.

    base: None for a file that the person named: links are followed.

    Raises OSError: one without a number says in Italian that `path` is no regular file, or leads
    through a link.
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
    """Open a file that lies beside a photo. Raises OSError as `open_file`, for a link too."""
    return open_file(path, Base(folder_of(path), False))


def _open_beneath(path: bytes, folder: bytes) -> int:
    parts = os.path.relpath(path, folder).split(os.fsencode(os.sep))
    if not is_inside(path, folder) or not has_plain_parts(path):
        raise OSError(0, LINKED)
    if not _CAN_WALK:
        if os.path.realpath(path) != os.path.join(os.path.realpath(folder), *parts):
            raise OSError(0, LINKED)
        return os.open(path, _READ)
    parent = os.open(folder, _FOLDER)  # its own path may have links: the person named it
    try:
        for part in parts[:-1]:
            child = _open_no_link(part, _FOLDER, parent)
            os.close(parent)
            parent = child
        return _open_no_link(parts[-1], _READ, parent)
    finally:
        os.close(parent)


def _open_no_link(name: bytes, flags: int, parent: int) -> int:
    try:
        return os.open(name, flags | _NO_LINK, dir_fd=parent)
    except OSError as error:
        # Of a link, systems say ELOOP, EMLINK or, where a folder is wanted, ENOTDIR.
        if error.errno in {errno.ELOOP, errno.EMLINK, errno.ENOTDIR}:
            raise OSError(0, LINKED) from error
        raise


def has_plain_parts(path: bytes) -> bool:
    """Whether a path is free of the names "." and "..", by which it could lead out of a folder."""
    separators = (b"/", os.fsencode(os.sep))
    return not {b".", b".."} & {*path.replace(separators[1], separators[0]).split(b"/")}


class PhotoFolders:
    """The indexed folders, beneath which photos of the archive are opened.

    known: returns these folders, and whether links beneath each are followed. It is asked each
        time, as a page stays up while folders are indexed.
    """

    def __init__(self, known: Callable[[], Mapping[bytes, bool]]) -> None:
        self._known = known

    @classmethod
    def fixed(cls, known: Mapping[bytes, bool]) -> PhotoFolders:
        """Return what opens photos beneath folders that stay the same, for a command that ends."""
        return cls(lambda: known)

    def base_of(self, path: bytes) -> Base:
        """Return the folder beneath which a photo is to be opened.

        A photo that was indexed by its own name lies in no indexed folder: it is opened beneath
        the folder that holds it.

        Raises FileNotFoundError for a name in a shared archive that is no path of this machine.
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
        """Open a photo that has not changed since it was indexed.

        Raises OSError as `open_file`; one without a number says in Italian that it has changed.
        """
        stream = self.open(path)
        if stamp_of(os.fstat(stream.fileno())) != (size, mtime_ns):
            stream.close()
            raise OSError(0, CHANGED)
        return stream
