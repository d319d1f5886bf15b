"""Copy the photos of an answer into a folder, link to them there, or open them in a viewer.

No existing file is ever replaced, and the photos are only read.
"""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path
from typing import BinaryIO

from cercafoto.base.atomic_file import fill_atomically, remove_leftovers, translated_errors
from cercafoto.base.os_reasons import os_error_in_italian
from cercafoto.base.paths import printable
from cercafoto.errors import CercafotoError, DiskFullError, UsageError
from cercafoto.photos.decoding.file_kind import is_named_photo
from cercafoto.photos.opening import open_file

Opener = Callable[[bytes], BinaryIO]
# Players of videos that begin at a given second, with their option for it.
PLAYERS = {"mpv": "--start=", "vlc": "--start-time="}
CHUNK = 1 << 20  # bytes read at a time


@dataclass(frozen=True)
class Step:
    """What happened, or in a rehearsal would happen, to one photo.

    photo: path of the photo.
    target: path of the copy or link in the folder.
    already_there: whether the target existed before: the same photo, or a link to it.
    problem: in Italian, why the photo could not be copied or linked; else "".
    """

    photo: bytes
    target: Path
    already_there: bool = False
    problem: str = ""


def deliver(
    photos: Sequence[bytes],
    folder: Path,
    opened: Opener = open_file,
    *,
    links: bool = False,
    rehearsal: bool = False,
) -> Iterator[Step]:
    """Copy photos into a folder, or link to them. Yield a `Step` after each photo.

    If another file has the name of a photo, the photo gets a number: foto-2.jpg.

    opened: opens a photo for reading, or raises OSError.
    links: make symbolic links instead of copies.
    rehearsal: only yield what would happen.

    Raises UsageError if `folder` is not a folder, DiskFullError, and CercafotoError if nothing can
    be written there, or no links can be made.
    """
    if folder.exists() and not folder.is_dir():
        raise UsageError(
            f"{printable(folder)} non è una cartella.", "Indica una cartella, nuova o no."
        )
    if not rehearsal:
        with translated_errors(folder):
            folder.mkdir(parents=True, exist_ok=True)
            remove_leftovers(folder)
    taken_names: set[str] = set()  # names of earlier steps, which a rehearsal does not create
    for photo in photos:
        step = _choose_target(photo, folder, opened, links, taken_names)
        taken_names.add(step.target.name.casefold())
        if not (rehearsal or step.already_there):
            step = _link(step) if links else _copy(step, opened)
        yield step


def _choose_target(
    photo: bytes, folder: Path, opened: Opener, links: bool, taken_names: set[str]
) -> Step:
    """Return the step for a photo: its target is a free name, or is already this photo."""
    name = Path(os.fsdecode(photo)).name
    for target in _names(folder / name):
        # On some disks Foto.jpg and foto.jpg are one file.
        if target.name.casefold() in taken_names:
            continue
        if not os.path.lexists(target):
            return Step(photo, target)
        if _is_same(photo, target, opened, links):
            return Step(photo, target, already_there=True)
    raise AssertionError("names never end")


def _names(target: Path) -> Iterator[Path]:
    """Yield the path `target`, then numbered ones: foto.jpg, foto-2.jpg, foto-3.jpg..."""
    yield target
    for number in count(2):
        yield target.with_name(f"{target.stem}-{number}{target.suffix}")


def _is_same(photo: bytes, target: Path, opened: Opener, links: bool) -> bool:
    """Whether `target` is a link to the photo (for `links`), or has the same content."""
    try:
        if links:
            return target.is_symlink() and os.fsencode(target.readlink()) == photo
        with opened(photo) as ours, open_file(os.fsencode(target)) as theirs:
            if target.is_symlink() or _size(ours) != _size(theirs):
                return False
            while chunk := ours.read(CHUNK):
                if chunk != theirs.read(len(chunk)):
                    return False
            return True
    except OSError:
        return False


def _size(stream: BinaryIO) -> int:
    return os.fstat(stream.fileno()).st_size


def _copy(step: Step, opened: Opener) -> Step:
    """Copy the photo with its times. Return the step, with a problem if the copy failed."""
    try:
        photo = opened(step.photo)
    except OSError as error:
        return replace(step, problem=os_error_in_italian(error))
    try:
        with photo:
            moment = os.fstat(photo.fileno())
            fill_atomically(step.target, lambda stream: shutil.copyfileobj(photo, stream, CHUNK))
    except OSError as error:
        return _failed(step, error)
    with suppress(OSError, OverflowError):
        os.utime(step.target, ns=(moment.st_atime_ns, moment.st_mtime_ns))
    return step


def _link(step: Step) -> Step:
    """Make the link. Return the step, with a problem if the link could not be made.

    Raises CercafotoError if no links can be made at all.
    """
    try:
        step.target.symlink_to(os.fsdecode(step.photo))
    except OSError as error:
        if getattr(error, "winerror", None) == 1314:  # ERROR_PRIVILEGE_NOT_HELD
            raise CercafotoError(
                "Windows permette i collegamenti solo in modalità sviluppatore.",
                "Attivala nelle Impostazioni, oppure usa --copia-in.",
            ) from error
        if error.errno in (errno.EPERM, errno.ENOTSUP, errno.ENOSYS):
            raise CercafotoError(
                f"{printable(step.target.parent)}: su questo disco non si fanno collegamenti.",
                "Usa --copia-in.",
            ) from error
        return _failed(step, error)
    return step


def _failed(step: Step, error: OSError) -> Step:
    """Return the step with its problem in Italian. Raises DiskFullError if the disk is full."""
    if error.errno == errno.ENOSPC:
        raise DiskFullError(
            f"{printable(step.target.parent)}: il disco è pieno.",
            "Le foto già arrivate restano; libera dello spazio e riprova.",
        ) from error
    refused = error.errno in {errno.EACCES, errno.EPERM}
    verb = f"scrivere in {printable(step.target.parent)}" if refused else "copiare"
    return replace(step, problem=os_error_in_italian(error, verb))


def open_photo(photo: bytes, at: float | None = None) -> None:
    """Open a photo or video as `open_in_viewer` does. Raises CercafotoError also for a file without
    the extension of one: the system might run it."""
    if not is_named_photo(photo):
        raise CercafotoError(f"{printable(photo)} non ha il nome di una foto: non si apre.")
    open_in_viewer(Path(os.fsdecode(photo)), at)


def open_in_viewer(path: Path, at: float | None = None) -> None:
    """Open a file in the system's default program without waiting for it to end.

    The file name does not pass through a shell. Raises CercafotoError if there is no such program.

    at: open a video at this time, in seconds, if there is a player that can.
    """
    if at is not None:
        for player, option in PLAYERS.items():
            if shutil.which(player):
                _start([player, f"{option}{at:.1f}", os.fspath(path.absolute())])
                return
    if sys.platform == "win32":
        os.startfile(path)
        return
    program = "open" if sys.platform == "darwin" else "xdg-open"
    if shutil.which(program) is None:
        raise CercafotoError(
            f"Manca {program}, che apre i file con il loro programma.",
            "Su Debian e Ubuntu: sudo apt install xdg-utils",
        )
    _start([program, os.fspath(path.absolute())])


def _start(command: list[str]) -> None:
    quiet = subprocess.DEVNULL
    subprocess.Popen(
        command,
        stdin=quiet,
        stdout=quiet,
        stderr=quiet,
        start_new_session=True,  # it outlives this program
    )
