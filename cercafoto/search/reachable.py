"""Find which photos are on a connected disk, by looking at each indexed folder once."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterable

from cercafoto.base.paths import is_inside


def reachable_in(folders: Iterable[bytes]) -> Callable[[bytes], bool]:
    """Return a function that takes a photo's path. It returns False if the photo's indexed folder
    is missing or empty, as when its disk is disconnected; else True.

    folders: the indexed folders.
    """
    away = folders_away(folders)
    return lambda path: not any(is_inside(path, folder) for folder in away)


def folders_away(folders: Iterable[bytes]) -> list[bytes]:
    """Return the indexed folders that are missing or empty, as when their disk is disconnected."""
    return [folder for folder in folders if not _is_there(folder)]


def count_away(paths: Iterable[bytes], folders: Iterable[bytes]) -> dict[bytes, int]:
    """Return indexed folder -> number of these photos in it, for folders that are missing or empty.
    A photo in two such folders counts for the innermost."""
    away = sorted(folders_away(folders), key=len, reverse=True)
    held = (next((folder for folder in away if is_inside(path, folder)), None) for path in paths)
    return dict(sorted(Counter(folder for folder in held if folder is not None).items()))


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
