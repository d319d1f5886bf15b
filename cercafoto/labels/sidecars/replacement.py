"""Replace a sidecar, but keep its owner, group, permissions, ACL and attributes. If they cannot be
kept, the sidecar stays as it was.

A change by another program is noticed and kept, unless it happens in the few microseconds between
the last check and the renaming.
"""

# Paths are bytes, since a file name need not be valid text; pathlib takes only text.
# ruff: noqa: PTH108
from __future__ import annotations

import errno
import os
import stat
import sys
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

from cercafoto.base.atomic_file import fill_atomically
from cercafoto.labels.sidecars.sidecar import Change, read
from cercafoto.photos.opening import open_beside

# Attributes that the system computes from the content, so that they are not copied.
OF_THE_CONTENT = {"security.ima", "security.evm"}


class ChangedError(OSError):
    """Another program changed the sidecar after it was read."""


def write(change: Change, record: Callable[[], None]) -> None:
    """Write, replace or delete a sidecar in one step.

    record: called right before the sidecar changes.

    Raises ChangedError if the sidecar's content is not `change.before`, and OSError, also if the
    new file cannot get the owner, permissions and attributes of the old file. After an error the
    sidecar is unchanged.
    """
    path, after = change.sidecar, change.after
    seen = _mark(path)

    def check() -> None:
        if read(path) != change.before or _mark(path) != seen:
            raise ChangedError(0, "continua a cambiare mentre lo si scrive")

    def ready() -> None:
        check()  # record only a change that will happen
        record()
        check()

    if after is None:
        ready()
        os.unlink(path)
        return
    replaces = change.before is not None

    def fill(stream: BinaryIO) -> None:
        stream.write(after)
        if replaces:
            with open_beside(path) as old:
                _keep(old.fileno(), stream.fileno())

    try:
        mode = stat.S_IMODE(os.lstat(path).st_mode) if replaces else None
        fill_atomically(Path(os.fsdecode(path)), fill, replaces, mode, ready)
    except (FileExistsError, FileNotFoundError):
        check()
        raise


def _mark(path: bytes) -> tuple[int, ...] | None:
    """Return inode, size and times of a file, which show whether it changed; else None."""
    try:
        status = os.lstat(path)
    except FileNotFoundError:
        return None
    return status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns


def _keep(old: int, new: int) -> None:
    """Give a new file the owner, group, permissions and attributes of an old file; `old` and `new`
    are file descriptors. Raises OSError."""
    status = os.fstat(old)
    if status.st_nlink > 1:
        raise OSError(0, "ha altri nomi (collegamenti fisici), che resterebbero senza le etichette")
    if sys.platform == "win32":  # the new file inherits its rights from the folder, as the old did
        return
    made = os.fstat(new)
    if (made.st_uid, made.st_gid) != (status.st_uid, status.st_gid):
        try:
            os.fchown(new, status.st_uid, status.st_gid)
        except OSError as error:
            reason = "è di un altro utente o gruppo, e riscritto non lo sarebbe più"
            raise OSError(0, reason) from error
    _keep_attributes(old, new)
    os.fchmod(new, stat.S_IMODE(status.st_mode))
    made = os.fstat(new)
    if (made.st_uid, made.st_gid, made.st_mode) != (status.st_uid, status.st_gid, status.st_mode):
        raise OSError(0, "ha permessi che, riscritto, non avrebbe più")


def _keep_attributes(old: int, new: int) -> None:
    """Give a new file the extended attributes of an old file, ACL included, and no others: a new
    file may inherit from its folder an ACL that lets more people in. Do nothing except on Linux,
    where Python can read attributes. Raises OSError."""
    if sys.platform != "linux":
        return
    wanted, there = _attributes(old), _attributes(new)
    for name in wanted | there:
        try:
            if name not in wanted:
                os.removexattr(new, name)
            elif wanted[name] != there.get(name):
                os.setxattr(new, name, wanted[name])
        except OSError as error:
            raise OSError(0, f"ha attributi ({name}) che, riscritto, non avrebbe più") from error


def _attributes(file: int) -> dict[str, bytes]:
    if sys.platform != "linux":
        return {}
    try:
        names = os.listxattr(file)
    except OSError as error:
        if error.errno == errno.ENOTSUP:  # the disk has no attributes
            return {}
        raise
    return {name: os.getxattr(file, name) for name in names if name not in OF_THE_CONTENT}
