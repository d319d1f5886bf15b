"""Write files atomically, and never replace an existing file unless asked to."""

from __future__ import annotations

import errno
import os
import re
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from cercafoto.base.os_reasons import os_error_in_italian
from cercafoto.base.paths import printable
from cercafoto.errors import CercafotoError, DiskFullError, UsageError

PARTIAL = ".parziale"  # ending of the name of an unfinished file
_NAME = rf"\.cercafoto-([0-9]+)-.*{re.escape(PARTIAL)}"
STALE = 3600  # seconds after which an unfinished file is a leftover, if processes cannot be asked


def write_atomically(path: Path, content: bytes, overwrite: bool = False) -> None:
    """Write the file `path`: it gets the whole content, or stays as it was. Unfinished files that
    earlier runs left in its folder are removed.

    Raises UsageError as `refuse_existing` does, CercafotoError if the file cannot be written.
    """
    refuse_existing(path, overwrite)
    remove_leftovers(path.absolute().parent)
    with translated_errors(path):
        try:
            fill_atomically(path, lambda stream: stream.write(content), overwrite)
        except FileExistsError:
            refuse_existing(path, overwrite)


def refuse_existing(path: Path, overwrite: bool) -> None:
    """Raise UsageError if `path` is a folder, lies in a folder that does not exist, or is an
    existing file and `overwrite` is false. Raise CercafotoError if it cannot be looked at.

    Call this also before a long computation whose result goes into the file.
    """
    with translated_errors(path):
        is_folder = path.is_dir()
    if is_folder:
        raise UsageError(f"{printable(path)} è una cartella.", "Indica il nome di un file.")
    if os.path.lexists(path) and not overwrite:
        raise UsageError(
            f"{printable(path)} c'è già.", "Scegli un altro nome, o aggiungi --sovrascrivi."
        )
    if not path.absolute().parent.is_dir():
        raise UsageError(
            f"La cartella {printable(path.absolute().parent)} non esiste.", "Creala prima."
        )


@contextmanager
def translated_errors(path: Path) -> Iterator[None]:
    """Raise an OSError of the with block, which writes `path`, as a CercafotoError in Italian."""
    try:
        yield
    except OSError as error:
        if error.errno == errno.ENOSPC:
            raise DiskFullError(
                f"{printable(path)}: il disco è pieno.", "Libera dello spazio e riprova."
            ) from error
        if error.errno in {errno.EACCES, errno.EPERM}:
            raise CercafotoError(
                f"Non hai il permesso di scrivere {printable(path)}.",
                "Scegli un altro posto, oppure controlla i permessi della cartella.",
            ) from error
        raise CercafotoError(
            f"{printable(path)}: non si può scrivere ({os_error_in_italian(error, 'scrivere')})."
        ) from error


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Yield the path of a temporary file, which replaces `path` when the block ends.

    If the block raises, the temporary file is removed. Missing folders are made. Only the user may
    read the file. The file is not synced to the disk, so use this only for files that can be made
    again. Raises OSError.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(partial_name())
    try:
        partial.touch(0o600)
        yield partial
        partial.replace(path)
    except BaseException:
        with suppress(OSError):
            partial.unlink()
        raise


def fill_atomically(
    path: Path,
    fill: Callable[[BinaryIO], object],
    overwrite: bool = False,
    mode: int | None = None,
    ready: Callable[[], None] = lambda: None,
) -> None:
    """Let `fill` write a temporary file, sync the file to the disk, then rename it to `path`.

    mode: permissions of the file; None for the default permissions of a new file.
    ready: called right before the rename; raises any error to cancel the rename.

    Raises FileExistsError if `path` exists and `overwrite` is false, and any OSError. The temporary
    file is removed after an error or an interruption.
    """
    handle, name = tempfile.mkstemp(PARTIAL, _prefix(), path.absolute().parent)
    partial = Path(name)
    try:
        with os.fdopen(handle, "wb") as stream:
            fill(stream)
            stream.flush()
            # mkstemp lets only the owner read. The open file is changed rather than its name, since
            # somebody else may have put another file there.
            os.chmod(
                stream.fileno() if os.chmod in os.supports_fd else partial,
                _new_file_mode() if mode is None else mode,
            )
            os.fsync(stream.fileno())
        ready()
        if overwrite:
            partial.replace(path)
        else:
            link_or_rename(partial, path)
    finally:
        with suppress(OSError):
            partial.unlink()


def partial_name() -> str:
    """Return a name for a temporary file; every thread of every process gets its own."""
    return f"{_prefix()}{threading.get_ident()}{PARTIAL}"


def _prefix() -> str:
    return f".cercafoto-{os.getpid()}-"


def remove_leftovers(folder: Path) -> None:
    """Remove the unfinished files that killed processes left in a folder."""
    with suppress(OSError):
        for entry in os.scandir(folder):
            found = re.fullmatch(_NAME, entry.name)
            if found and not is_being_written(entry, int(found[1])):
                with suppress(OSError):
                    os.unlink(entry.path)


def is_being_written(entry: os.DirEntry[str], process: int) -> bool:
    """Return True if the process with the id `process`, which made a file or folder, still runs.

    Windows is not asked about other processes: there, True if `entry` was written in the last hour.
    """
    if process == os.getpid():
        return True
    if sys.platform == "win32":  # os.kill would end the process there
        return entry.stat(follow_symlinks=False).st_mtime > time.time() - STALE
    try:
        os.kill(process, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except OSError:  # it runs, but belongs to another user
        pass
    return True


def link_or_rename(partial: Path, path: Path) -> None:
    """Give the file `partial` the name `path` on the same disk. Its old name may stay or go.

    A hard link is tried first: unlike a rename, a link fails if somebody has just taken the name.

    Raises FileExistsError if `path` exists, and any OSError.
    """
    try:
        os.link(partial, path)
    except FileExistsError:
        raise
    except OSError:  # FAT and some network disks have no hard links
        if os.path.lexists(path):
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(path)) from None
        partial.replace(path)


def erase(path: Path) -> None:
    """Overwrite a file with zeros and delete it. A link is deleted, not its target.
    Raises OSError."""
    if path.is_file() and not path.is_symlink():
        # O_NOFOLLOW: it may have become a link since.
        flags = os.O_RDWR | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
        with open(os.open(path, flags), "r+b") as stream:
            left = os.fstat(stream.fileno()).st_size
            while left > 0:
                left -= stream.write(bytes(min(left, 1 << 20)))
            stream.flush()
            os.fsync(stream.fileno())
    path.unlink()


def _new_file_mode() -> int:
    """Return the permissions that a new file gets by default."""
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask
