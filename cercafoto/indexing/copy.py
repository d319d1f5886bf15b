"""`controlla --copia`: make a verified copy of the archive, even while others read and write it."""

from __future__ import annotations

import os
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

from cercafoto.archive.local.catalog import Catalog
from cercafoto.archive.local.lock import HOLDER, LOCK
from cercafoto.archive.local_archive import LocalArchive
from cercafoto.base.atomic_file import PARTIAL, fill_atomically, translated_errors
from cercafoto.base.json_keys import Key, json_keys, within
from cercafoto.base.paths import is_inside, printable
from cercafoto.errors import ArchiveError, UsageError
from cercafoto.results.status import Counts
from cercafoto.settings import Settings


@json_keys(
    Key("copy", "folder"), within("counts", "photos vectors"), Key("labels", "counts.tags"), "size"
)
@dataclass(frozen=True)
class Copied:
    """The result of a copy.

    folder: the folder of the copy, an absolute path.
    counts: numbers of photos, labels and other rows in the copy.
    size: bytes of all files in the copy.
    """

    folder: Path
    counts: Counts
    size: int


def copy_archive(archive: LocalArchive, folder: Path) -> Copied:
    """Copy the archive into a new or empty folder, and return what was copied.

    The copy has the catalogue as it is at one moment and the files beside it, except caches. The
    folder gets its name only after everything was copied and the catalogue fully checked.

    Raises UsageError (the folder is not empty or lies in the archive, or its parent is missing),
    ArchiveError (there is no archive, or it is damaged), DiskFullError, CercafotoError (the folder
    cannot be written).
    """
    settings, folder = archive.settings, Path(os.path.abspath(folder.expanduser()))
    with archive.catalog() as catalog:
        _refuse(settings, folder)
        with translated_errors(folder):
            partial = Path(tempfile.mkdtemp(PARTIAL, f".{folder.name}-", folder.parent))
            try:
                # Under a provisional name, the unfinished folder is not taken for an archive.
                copy = partial / f"{settings.catalog.name}{PARTIAL}"
                os.close(os.open(copy, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
                catalog.copy_to(copy)
                counts = _verified(copy)
                _copy_beside(settings, partial)
                copy.rename(partial / settings.catalog.name)
                if folder.exists():
                    folder.rmdir()  # Windows cannot rename to an existing name
                partial.rename(folder)
            finally:
                shutil.rmtree(partial, ignore_errors=True)
    size = sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
    return Copied(folder, counts, size)


def _refuse(settings: Settings, folder: Path) -> None:
    if is_inside(os.fsencode(folder), os.fsencode(settings.archive)):
        raise UsageError(
            f"{printable(folder)} è dentro l'archivio stesso.", "Scegli una cartella altrove."
        )
    if not folder.parent.is_dir():
        raise UsageError(
            f"La cartella {printable(folder.parent)} non esiste.",
            "Creala prima; se è su un disco esterno, collegalo.",
        )
    if os.path.lexists(folder) and not (folder.is_dir() and not any(folder.iterdir())):
        raise UsageError(
            f"{printable(folder)} c'è già, e non è una cartella vuota.",
            "Indica una cartella nuova: una copia non ne sostituisce un'altra.",
        )


def _verified(copy: Path) -> Counts:
    with Catalog.open(copy) as catalog:
        if (
            catalog.integrity.damage()
            or catalog.damaged_rows.misfits()
            or catalog.damaged_rows.find()
            or catalog.vectors.bad()
            or not catalog.integrity.are_texts_indexed()
        ):
            raise ArchiveError(
                "La copia non è stata fatta: l'archivio è danneggiato, oppure il disco non ha "
                "scritto quello che doveva.",
                "«cercafoto controlla» dice che cosa non va nell'archivio.",
            )
        return catalog.photos.counts()


def _copy_beside(settings: Settings, target: Path) -> None:
    """Copy the journals that undo moves and sidecars, the choices and the last answer."""
    caches = {settings.vectors.name, settings.label_vectors.name, LOCK, HOLDER}
    for path in settings.archive.iterdir():
        # Skip also faces, which stay where the person allowed them, the catalogue's files, damaged
        # catalogues set aside, and unfinished files.
        ours = settings.catalog.stem, settings.faces.name, "."
        if path.name in caches or path.name.startswith(ours):
            continue
        for file in [path] if path.is_file() else path.rglob("*"):
            if file.is_file():
                copy = target / file.relative_to(settings.archive)
                copy.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                _copy_file(file, copy)


def _copy_file(file: Path, copy: Path) -> None:
    fill_atomically(copy, lambda stream: stream.write(file.read_bytes()), mode=0o600)
