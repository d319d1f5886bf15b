"""Tell which photos are on a connected disk, by one look at each indexed folder."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable

from cercafoto.base.paths import is_inside


def reachable_in(folders: Iterable[bytes]) -> Callable[[bytes], bool]:
    """Return a function that tells whether the disk of a photo is connected, by the indexed folder
    that holds it. A photo in none of these folders counts as reachable."""
    away = [folder for folder in folders if not _is_there(folder)]
    return lambda path: not any(is_inside(path, folder) for folder in away)


def _is_there(folder: bytes) -> bool:
    """Return whether a folder exists and is not empty: an empty one may be the mount point of a
    disk that is not connected."""
    try:
        with os.scandir(folder) as entries:
            return next(entries, None) is not None
    except PermissionError:
        return True
    except OSError:
        return False
