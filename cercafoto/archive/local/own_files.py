"""Keep the files of an archive private, since they tell what somebody's photos show, and remove
files left by killed processes. Refuse an archive whose files are links."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from cercafoto.base.atomic_file import remove_leftovers
from cercafoto.base.paths import printable
from cercafoto.errors import ArchiveError

# The new catalogue during `salvage`; it stays behind if that is killed.
UNFINISHED = "catalogo.nuovo.sqlite3"
SET_ASIDE = "doppioni"  # folder with the journals of duplicates that were moved
# The names of all files and folders that cercafoto makes in an archive.
_OURS = (
    r"catalogo\..*|blocco(\.json)?|ultima_ricerca\.json|scelte\.json|volti\.db.*|"
    r"vettori|etichette|doppioni|xmp|\.cercafoto-.*"
)


def refuse_links(archive: Path) -> None:
    """Raise ArchiveError if one of an archive's own files or folders is a link, a pipe or a device:
    an archive may come from anywhere, and what is written to it would go elsewhere."""
    with suppress(OSError):
        for entry in os.scandir(archive):
            if re.fullmatch(_OURS, entry.name):
                _refuse_links(entry)


def _refuse_links(entry: os.DirEntry[str]) -> None:
    if entry.is_dir(follow_symlinks=False):
        for inside in os.scandir(entry.path):
            _refuse_links(inside)
    elif not entry.is_file(follow_symlinks=False):
        raise ArchiveError(
            f"{printable(entry.path)} non è un file dell'archivio: è un collegamento, che porta "
            "altrove, o un file speciale.",
            "Toglilo, o metti al suo posto il file vero.",
        )


def tidy(archive: Path) -> None:
    """Make an archive's files accessible to their owner only, and delete unfinished files of killed
    processes. Call while holding the archive's lock.

    Files of other programs are not touched: --archivio can name any folder.
    """
    with suppress(OSError):
        there = [*archive.iterdir()]
        ours = [path for path in there if re.fullmatch(_OURS, path.name)]
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
    with suppress(OSError):  # the file belongs to another user, or is gone
        mode = path.lstat().st_mode
        if mode & 0o077 and not stat.S_ISLNK(mode):
            path.chmod(stat.S_IMODE(mode) & 0o700)
