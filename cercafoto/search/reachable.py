"""Find which photos are on a connected disk, by looking at each indexed folder once."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable

from cercafoto.base.paths import is_inside


def reachable_in(folders: Iterable[bytes]) -> Callable[[bytes], bool]:
    """Return a function that takes a photo's path. It returns False if the photo's indexed folder
    is missing or empty, as when its disk is disconnected; else True.

    folders: the indexed folders.
    """
    away = [folder for folder in folders if not _is_there(folder)]
    return lambda path: not any(is_inside(path, folder) for folder in away)


def _is_there(folder: bytes) -> bool:
    """Whether a folder exists and is not empty: an empty folder may be the mount point of a
    disconnected disk."""
    try:
        with os.scandir(folder) as entries:
            return next(entries, None) is not None
    except PermissionError:
        return True
    except OSError:
        return False
