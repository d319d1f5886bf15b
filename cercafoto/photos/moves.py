"""Move files safely: a move never replaces a file, can be undone, and survives an interruption.

Within a disk a file gets its new name before it loses the old one. Between disks it is copied, and
the copy is read back and compared before the original is removed. So at every moment the whole file
exists under one of the two names.
"""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from cercafoto.base.atomic_file import PARTIAL, link_or_rename
from cercafoto.photos.opening import open_file

CHANGED = "è cambiata dopo lo spostamento: resta dov'è"
TAKEN = "al suo posto c'è un altro file: resta dov'è"
GONE = "non c'è più"


@dataclass(frozen=True)
class Move:
    """A move of a file from `source` to `target`, both absolute paths.

    digest: SHA-256 of the file's content, in hexadecimal.
    """

    source: bytes
    target: bytes
    digest: str

    @property
    def is_done(self) -> bool:
        """Whether the file exists only at its target."""
        return os.path.lexists(self.target) and not os.path.lexists(self.source)

    def carry_out(self) -> None:
        """Move the file. Make missing folders.

        Raises FileExistsError if the target exists, and any OSError. After an error the source is
        still there.
        """
        source, target = (Path(os.fsdecode(path)) for path in (self.source, self.target))
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            link_or_rename(source, target)
        except OSError as error:
            if error.errno != errno.EXDEV:
                raise
            self._copy(source, target)
        try:
            source.unlink()
        except FileNotFoundError:  # link_or_rename renamed it
            return
        except BaseException:
            with suppress(OSError):
                self.take_back_unfinished()
            raise

    def take_back_unfinished(self) -> None:
        """Remove what an interrupted move left: its temporary file, and the target if both
        source and target exist and still have the content that is moved.

        Raises OSError.
        """
        self._partial.unlink(missing_ok=True)
        both = os.path.lexists(self.source) and os.path.lexists(self.target)
        if both and digest_of(self.source) == self.digest == digest_of(self.target):
            os.unlink(self.target)

    def undo(self) -> bool:
        """Move the file back and return True. Return False if the file is already back.

        Raises OSError as `carry_out`. An OSError without a number says in Italian that the file has
        changed, is gone, or that another file has taken its place.
        """
        self.take_back_unfinished()
        back = Move(self.target, self.source, self.digest)
        back._partial.unlink(missing_ok=True)  # left by an interrupted `undo`
        here = os.path.lexists(self.source)
        if not os.path.lexists(self.target):
            if not here:
                raise OSError(0, GONE)
            return False
        if here:
            if digest_of(self.source) == self.digest:
                return False  # the file at the target is another one
            raise OSError(0, TAKEN)
        if digest_of(self.target) != self.digest:
            raise OSError(0, CHANGED)
        back.carry_out()
        return True

    @property
    def _partial(self) -> Path:
        folder = Path(os.fsdecode(self.target)).parent
        return folder / f".cercafoto-{self.digest[:16]}{PARTIAL}"

    def _copy(self, source: Path, target: Path) -> None:
        """Copy the file to another disk. Raises OSError, also if the copy differs."""
        partial = self._partial
        try:
            with source.open("rb") as content, partial.open("wb") as copy:
                shutil.copyfileobj(content, copy, 1 << 20)
                copy.flush()
                with suppress(OSError):  # times and permissions, if the disk supports them
                    shutil.copystat(source, partial)
                os.fsync(copy.fileno())
                if hasattr(os, "posix_fadvise"):  # read back from the disk, not from memory
                    os.posix_fadvise(copy.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
            if digest_of(os.fsencode(partial)) != self.digest:
                raise OSError(errno.EIO, os.strerror(errno.EIO), str(target))
            link_or_rename(partial, target)
            _sync_folder(target.parent)
        finally:
            with suppress(OSError):
                partial.unlink()


def digest_of(path: bytes) -> str:
    """Return the SHA-256 of a regular file, in hexadecimal. Raises OSError."""
    with open_file(path) as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def remove_empty(folder: bytes, below: bytes) -> None:
    """Remove `folder` and its parents while they are empty and lie below the folder `below`."""
    top = os.path.join(below, b"")
    while folder.startswith(top):
        try:
            os.rmdir(folder)
        except OSError:
            return
        folder = os.path.dirname(folder)


def _sync_folder(folder: Path) -> None:
    """Wait until the names in a folder are on the disk, if the system supports it."""
    with suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
