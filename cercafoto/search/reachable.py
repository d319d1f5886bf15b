"""Which photos lie on a disk that is there: one look at each indexed folder, none at photos."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable

from cercafoto.base.paths import is_inside


def reachable_in(folders: Iterable[bytes]) -> Callable[[bytes], bool]:
    """Return a function that tells whether the disk of a photo is there, by the indexed folder
    that holds it. A photo that lies in none counts as reachable."""
    away = [folder for folder in folders if not _is_there(folder)]
    return lambda path: not any(is_inside(path, folder) for folder in away)


def _is_there(folder: bytes) -> bool:
    """Tell whether a folder is there, and is not the empty one on which a disk is mounted."""
    try:
        with os.scandir(folder) as entries:
            return next(entries, None) is not None
    except PermissionError:
        return True
    except OSError:
        return False
