"""Know whose the folder of collections is, and which files in it cercafoto put there.

The folder and the list of its files stand in the catalogue, and an archive may come from anywhere.
So both are sealed (`base/seals.py`): what has no right seal is not acted on until the person
confirms it. A mark in the folder, sealed too, tells other archives that it is taken.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeGuard

from cercafoto.archive.local.catalog import Catalog
from cercafoto.archive.local.model_settings import COLLECTIONS_FOLDER
from cercafoto.archive.local.stored_collections import Put
from cercafoto.base.atomic_file import fill_atomically
from cercafoto.base.paths import is_inside, printable
from cercafoto.base.seals import Seals
from cercafoto.errors import UsageError
from cercafoto.photos import ignore
from cercafoto.photos.opening import open_beside

MARK = b".cercafoto-raccolte"  # file in the folder
LINK, HARD, COPY, TEXT = "link", "hard", "copy", "text"  # kinds of files
PLAYLIST = b".m3u8"
Row = tuple[object, object, object]  # a `Put` as the catalogue has it, which may be anything
TAKEN = "la tiene un altro archivio"
_LARGEST_MARK = 1 << 16
_NAMED = 5  # files in a message


@dataclass
class KeptFolder:
    """The folder as the catalogue has it.

    hard: whether hard links are wanted.
    as_of: the state that the folder shows; [] if it must be looked at again.
    is_ours: whether the setting has a right seal.
    """

    folder: bytes
    hard: bool
    as_of: list[object] = field(default_factory=list)
    is_ours: bool = True


class FolderKeeper:
    """Reads and writes setting, mark and list of files for one archive."""

    def __init__(self, catalog: Catalog, seals: Seals) -> None:
        self._catalog = catalog
        self._seals = seals

    # -- the setting ---------------------------------------------------------------------------

    def setting(self) -> KeptFolder | None:
        """Return the folder, None if there is none."""
        text = self._catalog.models.get(COLLECTIONS_FOLDER)
        try:
            data = json.loads(text or "null")
            if data is None:
                return None
            folder, hard, as_of = os.fsencode(data["folder"]), data["hard"], data.get("as_of")
            seal = bytes.fromhex(data.get("seal", ""))
        except (AttributeError, KeyError, TypeError, ValueError, RecursionError):
            return KeptFolder(b"", False, is_ours=False)
        right = self._seals.is_right(seal, COLLECTIONS_FOLDER, folder, _flag(hard))
        return KeptFolder(folder, bool(hard), as_of if isinstance(as_of, list) else [], right)

    def put(self, kept: KeptFolder | None) -> None:
        """Store the folder, sealed; None if there is none any more. Call inside a transaction."""
        data = kept and {
            "folder": os.fsdecode(kept.folder),
            "hard": kept.hard,
            "as_of": kept.as_of,
            "seal": self._seals.seal(COLLECTIONS_FOLDER, kept.folder, _flag(kept.hard)).hex(),
        }
        self._catalog.models.put(COLLECTIONS_FOLDER, json.dumps(data))

    # -- the mark ------------------------------------------------------------------------------

    def owner(self, folder: bytes) -> str | None:
        """Return the place of another archive that keeps a folder, "?" if it is not known; None if
        none does."""
        path = os.path.join(folder, MARK)
        if not os.path.lexists(path):
            return None
        place, seal = "?", b""
        with suppress(OSError, KeyError, TypeError, ValueError, RecursionError):
            with open_beside(path) as stream:
                data = json.loads(stream.read(_LARGEST_MARK))
            place, seal = str(data["archivio"]), bytes.fromhex(data["firma"])
        return None if self._seals.is_right(seal, "mark") else place

    def mark(self, folder: bytes) -> None:
        """Put this archive's mark into a folder. Raises OSError."""
        path = os.path.join(folder, MARK)
        if os.path.lexists(path) and self.owner(folder) is None:
            return
        data = {"archivio": str(self._seals.archive), "firma": self._seals.seal("mark").hex()}
        text = (json.dumps(data) + "\n").encode()
        fill_atomically(Path(os.fsdecode(path)), lambda stream: stream.write(text), True)

    def unmark(self, folder: bytes) -> None:
        """Take this archive's mark out of a folder."""
        if self.owner(folder) is None:
            with suppress(OSError):
                os.unlink(os.path.join(folder, MARK))

    # -- the files -----------------------------------------------------------------------------

    def files(self, folder: bytes) -> set[Put]:
        """Return the files that this archive put into a folder: those with a right seal. An
        interrupted run may have announced some and not made them."""
        rows = self._catalog.collections.files()
        return {put for *put_, seal in rows if (put := self._checked(folder, put_, seal))}

    def strangers(self, kept: KeptFolder | None) -> list[Row]:
        """Return what the catalogue lists and this computer did not seal, as it reads."""
        rows = self._catalog.collections.files()
        folder = kept.folder if kept is not None and kept.is_ours else None
        return [
            (path, kind, mark)
            for path, kind, mark, seal in rows
            if folder is None or self._checked(folder, (path, kind, mark), seal) is None
        ]

    def announce(self, folder: bytes, files: Iterable[Put]) -> None:
        """Note files of a folder before they are made. Call inside a transaction."""
        sealed = ((*put, self._seals.seal("file", folder, *_bytes(put))) for put in files)
        self._catalog.collections.announce(sealed)

    def adopt(self, folder: bytes, strangers: Iterable[Row]) -> None:
        """Seal those of these files that the folder may have, and forget the others: the person
        confirmed them. Call inside a transaction."""
        strangers = list(strangers)
        self._catalog.collections.forget(strangers)
        self.announce(folder, [put for put in strangers if is_place_of(put, folder)])

    def _checked(self, folder: bytes, put: Iterable[object], seal: object) -> Put | None:
        """Return a row of the catalogue if it has a right seal and a place in the folder."""
        path, kind, mark = put
        if not (isinstance(path, bytes) and isinstance(kind, str) and isinstance(mark, bytes)):
            return None
        checked = path, kind, mark
        is_ours = self._seals.is_right(seal, "file", folder, *_bytes(checked))
        return checked if is_ours and is_place_of(checked, folder) else None


def is_place_of(put: Row, folder: bytes) -> TypeGuard[Put]:
    """Whether the folder of collections may have this file where it is: a playlist, or a
    file in the folder of one collection."""
    path, kind, mark = put
    if not (isinstance(path, bytes) and isinstance(mark, bytes)) or b"\0" in path:
        return False
    if os.path.normpath(path) != path or not is_inside(path, folder) or path == folder:
        return False
    parts = os.path.relpath(path, folder).split(os.fsencode(os.sep))
    if kind == TEXT:
        is_playlist = len(parts) == 1 and path.endswith(PLAYLIST)
        return is_playlist or (len(parts) == 2 and parts[1] == ignore.FILE)
    return kind in (LINK, HARD, COPY) and len(parts) == 2


def refuse_place(folder: bytes, archive: Path) -> None:
    """Raise UsageError if collections cannot be kept in a folder: it is a file, or it is, holds or
    lies in the folder of the archive."""
    name = printable(folder)
    if os.path.lexists(folder) and not os.path.isdir(folder):
        raise UsageError(f"{name} non è una cartella.", "Indica una cartella, nuova o no.")
    real, own = os.path.realpath(folder), os.path.realpath(os.fsencode(archive))
    if is_inside(real, own) or is_inside(own, real):
        where = "è" if real == own else "contiene" if is_inside(own, real) else "è dentro"
        raise UsageError(
            f"{name} {where} la cartella dell'archivio.", "Indica una cartella a parte."
        )


def refuse_unconfirmed(folder: bytes, owner: str | None, strangers: list[Row], reason: str) -> None:
    """Raise UsageError if the person has to confirm that a folder, and files that the catalogue
    lists, are this archive's.

    owner: place of another archive that keeps the folder, see `FolderKeeper.owner`.
    reason: see `Seals.reason`.
    """
    name = printable(folder)
    confirm = f"cercafoto raccolte --cartella {name} --conferma"
    if owner is not None:
        where = "" if owner == "?" else f": {printable(owner)}"
        raise UsageError(
            f"La cartella {name} {TAKEN}{where}.",
            f"Indicane un'altra. Se è questo archivio, che hai spostato: {confirm}",
        )
    if strangers:
        raise UsageError(
            f"Fra i file delle raccolte l'archivio ne elenca {len(strangers)}, ma l'elenco "
            f"{reason}: {listed(strangers)}. Niente è stato toccato.",
            "Se li ha messi cercafoto, e possono cambiare e sparire con le raccolte: " + confirm,
        )


def listed(files: list[Row]) -> str:
    """Return the first paths of files, and how many more there are."""
    names = [printable(path) for path, *_ in files[:_NAMED] if isinstance(path, bytes)]
    more = len(files) - len(names)
    return ", ".join(names) + (f" e altri {more}" if names and more else "")


def _bytes(put: Put) -> tuple[bytes, bytes, bytes]:
    path, kind, mark = put
    return path, kind.encode("utf-8", "surrogatepass"), mark


def _flag(hard: object) -> bytes:
    return b"hard" if hard is True else b""
