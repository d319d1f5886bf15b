"""Judge by the names of files which may be copies of which."""

from __future__ import annotations

import os
import re

from cercafoto.photos.sources import date_in_name

# "Foto copia.jpg", "Foto - Copia (2).jpg", "Foto (1).jpg", "Copy of Foto.jpg", "Copia di Foto.jpg".
_COPY = r"(?i)^cop(?:y of|ia di) |[ _-]+cop(?:y|ia)(?:[ _-]?\d+)?(?: ?\(\d+\))?$| ?\(\d+\)$"


def stem_of(path: bytes) -> str:
    """Return the file name without its extension."""
    return os.path.splitext(os.fsdecode(os.path.basename(path)))[0]


def without_copy_marks(path: bytes) -> str:
    """Return the file name without extension and copy marks."""
    return re.sub(_COPY, "", stem_of(path))


def is_copy_name(path: bytes) -> bool:
    """Whether a file name marks a copy, such as "Foto copia.jpg" or "Foto (1).jpg"."""
    return re.search(_COPY, stem_of(path)) is not None


def is_same_name(a: bytes, b: bytes) -> bool:
    """Whether two file names are equal except for extension, case and copy marks."""
    return _original_name(a) == _original_name(b)


def are_numbered_apart(a: bytes, b: bytes) -> bool:
    """Whether two file names, without extension, differ only in the number at their end.

    Such are the names of two frames of a camera (IMG_2001 and IMG_2002) and of two pages of a
    scanner ("lettera 1" and "lettera 2").
    """
    first, second = (re.fullmatch(r"(.*?)(\d+)", _original_name(path)) for path in (a, b))
    if first is None or second is None:
        return False
    return first[1] == second[1] and int(first[2]) != int(second[2])


def are_of_other_days(a: bytes, b: bytes) -> bool:
    """Whether two file names contain different dates."""
    first, second = date_in_name(a), date_in_name(b)
    return first is not None and second is not None and first[:10] != second[:10]


def _original_name(path: bytes) -> str:
    return without_copy_marks(path).casefold()
