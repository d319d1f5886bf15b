"""The files of an archive: for its owner only, as they tell what somebody's photos show."""

from __future__ import annotations

import re
import stat
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from cercafoto.base.atomic_file import remove_leftovers

# A catalogue that a rescue was making when it was killed; see `salvage`.
UNFINISHED = "catalogo.nuovo.sqlite3"
SET_ASIDE = "doppioni"  # folder of the journals of what was set aside
# All that cercafoto puts into the folder of an archive.
_OURS = re.compile(
    r"catalogo\..*|blocco(\.json)?|ultima_ricerca\.json|scelte\.json|"
    r"vettori|etichette|doppioni|xmp|\.cercafoto-.*"
)


def tidy(archive: Path) -> None:
    """Take the rights of others off an archive, and remove what killed processes left unfinished.
    Call while holding its lock.

    Other files are left alone: a person can name any folder with --archivio.
    """
    with suppress(OSError):
        there = [*archive.iterdir()]
        ours = [path for path in there if _OURS.fullmatch(path.name)]
        if len(ours) == len(there):
            _keep_private(archive)
        remove_leftovers(archive)
        for own in ours:
            if own.name.startswith(UNFINISHED):
                own.unlink()
                continue
            for path in _within(own):
                _keep_private(path)


def _within(path: Path) -> Iterator[Path]:
    yield path
    if path.is_dir() and not path.is_symlink():
        remove_leftovers(path)
        for entry in path.iterdir():
            yield from _within(entry)


def _keep_private(path: Path) -> None:
    with suppress(OSError):  # somebody else's, or gone
        mode = path.lstat().st_mode
        if mode & 0o077 and not stat.S_ISLNK(mode):
            path.chmod(stat.S_IMODE(mode) & 0o700)
