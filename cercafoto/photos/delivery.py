"""Deliver the photos of an answer: copy them, link to them, or open them.

Nothing that is there already is ever replaced; the photos themselves are only read.
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
from pathlib import Path
from typing import BinaryIO

from cercafoto.base.atomic_file import fill_atomically, remove_leftovers, translated_errors
from cercafoto.base.os_reasons import os_error_in_italian
from cercafoto.base.paths import printable
from cercafoto.errors import CercafotoError, DiskFullError, UsageError
from cercafoto.photos.opening import open_file

Opener = Callable[[bytes], BinaryIO]
PIECE = 1 << 20  # bytes read at a time


@dataclass(frozen=True)
class Step:
    """A photo, and where it goes.

    there: it is there already, the same.
    problem: why it could not go, or "".
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
    """Copy photos into a folder under their names, or link to them, one step after the other.

    A name that is taken by something else gets a number.

    opened: opens a photo for reading.
    rehearsal: only say what would be done.

    Raises UsageError (not a folder), DiskFullError, and CercafotoError where nothing can be
    written, or no links made, at all.
    """
    if folder.exists() and not folder.is_dir():
        raise UsageError(
            f"{printable(folder)} non è una cartella.", "Indica una cartella, nuova o no."
        )
    if not rehearsal:
        with translated_errors(folder):
            folder.mkdir(parents=True, exist_ok=True)
            remove_leftovers(folder)
    taken_names: set[str] = set()  # a rehearsal gives names without taking them
    for photo in photos:
        step = _place(photo, folder, opened, links, taken_names)
        taken_names.add(_key(step.target))
        if not (rehearsal or step.already_there):
            step = _link(step) if links else _copy(step, opened)
        yield step


def _place(photo: bytes, folder: Path, opened: Opener, links: bool, taken_names: set[str]) -> Step:
    name = Path(os.fsdecode(photo)).name
    for target in _names(folder / name):
        if _key(target) in taken_names:
            continue
        if not os.path.lexists(target):
            return Step(photo, target)
        if _same(photo, target, opened, links):
            return Step(photo, target, already_there=True)
    raise AssertionError("names never end")


def _names(target: Path) -> Iterator[Path]:
    """Yield foto.jpg, foto-2.jpg, foto-3.jpg..."""
    yield target
    number = 2
    while True:
        yield target.with_name(f"{target.stem}-{number}{target.suffix}")
        number += 1


def _key(target: Path) -> str:
    """Fold a name: on some disks Foto.jpg and foto.jpg are one."""
    return target.name.casefold()


def _same(photo: bytes, target: Path, opened: Opener, links: bool) -> bool:
    try:
        if links:
            return target.is_symlink() and os.fsencode(target.readlink()) == photo
        with opened(photo) as ours, open_file(os.fsencode(target)) as theirs:
            if target.is_symlink() or _size(ours) != _size(theirs):
                return False
            while piece := ours.read(PIECE):
                if piece != theirs.read(len(piece)):
                    return False
            return True
    except OSError:
        return False


def _size(stream: BinaryIO) -> int:
    return os.fstat(stream.fileno()).st_size


def _copy(step: Step, opened: Opener) -> Step:
    try:
        photo = opened(step.photo)
    except OSError as error:
        return replace(step, problem=os_error_in_italian(error))
    try:
        with photo:
            moment = os.fstat(photo.fileno())
            fill_atomically(step.target, lambda stream: shutil.copyfileobj(photo, stream, PIECE))
    except OSError as error:
        return _failed(step, error)
    with suppress(OSError, OverflowError):
        os.utime(step.target, ns=(moment.st_atime_ns, moment.st_mtime_ns))
    return step


def _link(step: Step) -> Step:
    try:
        step.target.symlink_to(os.fsdecode(step.photo))
    except OSError as error:
        if getattr(error, "winerror", None) == 1314:  # a privilege that the person does not hold
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
    if error.errno == errno.ENOSPC:
        raise DiskFullError(
            f"{printable(step.target.parent)}: il disco è pieno.",
            "Le foto già arrivate restano; libera dello spazio e riprova.",
        ) from error
    refused = error.errno in {errno.EACCES, errno.EPERM}
    verb = f"scrivere in {printable(step.target.parent)}" if refused else "copiare"
    return replace(step, problem=os_error_in_italian(error, verb))


def open_in_viewer(path: Path) -> None:
    """Hand a file to the program that the system has for it, and do not wait.

    No shell sees its name. Raises CercafotoError where there is no such program.
    """
    if sys.platform == "win32":
        os.startfile(path)
        return
    program = "open" if sys.platform == "darwin" else "xdg-open"
    if shutil.which(program) is None:
        raise CercafotoError(
            f"Manca {program}, che apre i file con il loro programma.",
            "Su Debian e Ubuntu: sudo apt install xdg-utils",
        )
    quiet = subprocess.DEVNULL
    subprocess.Popen(
        [program, os.fspath(path.absolute())],
        stdin=quiet,
        stdout=quiet,
        stderr=quiet,
        start_new_session=True,  # it outlives this program
    )
