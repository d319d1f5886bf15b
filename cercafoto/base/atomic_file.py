"""Atomic file writing that never replaces an existing file unless asked to."""

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

PARTIAL = ".parziale"  # ends the name of what is not whole yet
_NAME = re.compile(rf"\.cercafoto-([0-9]+)-.*{re.escape(PARTIAL)}")
STALE = 3600  # seconds after which an unfinished file is a leftover, if processes cannot be asked


def write_atomically(path: Path, content: bytes, overwrite: bool = False) -> None:
    """Write a file in one step.

    Raises UsageError where there is a file already and it is not to be replaced, and
    CercafotoError where nothing can be written.
    """
    refuse_existing(path, overwrite)
    remove_leftovers(path.absolute().parent)
    with translated_errors(path):
        try:
            fill_atomically(path, lambda stream: stream.write(content), overwrite)
        except FileExistsError:
            refuse_existing(path, overwrite)


def refuse_existing(path: Path, overwrite: bool) -> None:
    """Raise UsageError where a file cannot be written under this name.

    To be called before the work as well, whose result would have nowhere to go.
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
    """Turn errors of the disk while `path` is written into ours."""
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
    """Yield a path beside `path` to write to, and give it the name `path` at the end.

    It is removed where the block raises. Folders that are missing are made. For what can be made
    again and only the person is to read: nothing waits for the disk.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(partial_name())
    try:
        partial.touch(0o600)  # for the person's eyes only
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
    """Let `fill` write the content beside the target, then rename it once it is on the disk.

    mode: permissions, None for those of a new file.
    ready: called right before it gets its name, and can still raise.

    Raises FileExistsError where the name is taken and not to be replaced, and any OSError; after
    an error or an interruption nothing is left behind.
    """
    handle, name = tempfile.mkstemp(PARTIAL, _prefix(), path.absolute().parent)
    partial = Path(name)
    try:
        with os.fdopen(handle, "wb") as stream:
            fill(stream)
            stream.flush()
            # mkstemp lets the owner alone read. By its name, somebody else's file could be changed.
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
    """Return a name for a file that this thread is writing, until it is whole."""
    return f"{_prefix()}{threading.get_ident()}{PARTIAL}"


def _prefix() -> str:
    return f".cercafoto-{os.getpid()}-"


def remove_leftovers(folder: Path) -> None:
    """Remove from a folder the unfinished files of processes that were killed."""
    with suppress(OSError):
        for entry in os.scandir(folder):
            found = _NAME.fullmatch(entry.name)
            if found and not is_being_written(entry, int(found[1])):
                with suppress(OSError):
                    os.unlink(entry.path)


def is_being_written(entry: os.DirEntry[str], process: int) -> bool:
    """Return whether the process that made a file or folder is still there; on Windows, whether
    the file was written in the last hour."""
    if process == os.getpid():
        return True
    if sys.platform == "win32":  # where asking after a process ends it
        return entry.stat(follow_symlinks=False).st_mtime > time.time() - STALE
    try:
        os.kill(process, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except OSError:  # somebody else's
        pass
    return True


def link_or_rename(partial: Path, path: Path) -> None:
    """Give a file another name, beside its own or instead of it; on one disk only.

    A link, where the disk can: unlike renaming, that refuses a name that was just taken.

    Raises FileExistsError where the name is taken, and any OSError.
    """
    try:
        os.link(partial, path)
    except FileExistsError:
        raise
    except OSError:  # FAT and some network disks have no hard links
        if os.path.lexists(path):
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(path)) from None
        partial.replace(path)


def _new_file_mode() -> int:
    """Return the permissions of a new file."""
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask
