"""What the names of two files say of whether these are copies of one photo."""

from __future__ import annotations

import os
import re
from pathlib import Path

from cercafoto.photos.facts import date_in_name

# "Foto copia.jpg", "Foto - Copia (2).jpg", "Foto (1).jpg", "Copy of Foto.jpg", "Copia di Foto.jpg".
_COPY = re.compile(
    r"^cop(?:y of|ia di) |[ _-]+cop(?:y|ia)(?:[ _-]?\d+)?(?: ?\(\d+\))?$| ?\(\d+\)$", re.IGNORECASE
)
_NUMBERED = re.compile(r"(.*?)(\d+)")


def is_copy_name(path: bytes) -> bool:
    """Tell whether a file has the name that programs and people give to a copy."""
    return _COPY.search(_stem(path)) is not None


def is_same_name(a: bytes, b: bytes) -> bool:
    """Tell whether two files have one name, but for its ending and for what says "copy"."""
    return _original(a) == _original(b)


def are_numbered_apart(a: bytes, b: bytes) -> bool:
    """Tell whether two names differ only in the number at their end, as frames of a camera and
    pages of a scanner do: IMG_2001 and IMG_2002, "lettera 1" and "lettera 2"."""
    first, second = (_NUMBERED.fullmatch(_original(path)) for path in (a, b))
    if first is None or second is None:
        return False
    return first[1] == second[1] and int(first[2]) != int(second[2])


def are_of_other_days(a: bytes, b: bytes) -> bool:
    """Tell whether two names carry different days."""
    first, second = date_in_name(a), date_in_name(b)
    return first is not None and second is not None and first[:10] != second[:10]


def _stem(path: bytes) -> str:
    return Path(os.fsdecode(path)).stem


def _original(path: bytes) -> str:
    """Return the folded name of the file of which this one calls itself a copy."""
    return _COPY.sub("", _stem(path)).casefold()
