"""Judge by names of files and folders which files may be copies, and which are the originals."""

from __future__ import annotations

import os
import re

from cercafoto.photos.facts import date_in_name

# "Foto copia.jpg", "Foto - Copia (2).jpg", "Foto (1).jpg", "Copy of Foto.jpg", "Copia di Foto.jpg".
_COPY = re.compile(
    r"^cop(?:y of|ia di) |[ _-]+cop(?:y|ia)(?:[ _-]?\d+)?(?: ?\(\d+\))?$| ?\(\d+\)$", re.IGNORECASE
)
_NUMBERED = re.compile(r"(.*?)(\d+)")
# "copia_000", "IMG-20190812-WA0001", "WhatsApp Image 2019-08-12 at 10.15.00", "FB_IMG_1565600000",
# "photo_2019-08-12_10-15-00": a backup, a messenger or a social network gave these names.
_PASSED_ON = re.compile(
    r"(?:cop(?:y|ia)|backup)[ _-]?\d*|.*-WA\d{4}|whatsapp (?:image|video) .*"
    r"|(?:FB_IMG|received)_\d+|(?:photo|video)_\d{4}-\d\d-\d\d_.*|signal-\d{4}-\d\d-\d\d-.*",
    re.IGNORECASE,
)
# DSC_0024, _DSC0024, DSCF0024, DSCN0024, IMG_0412, _MG_0412, IMG_20190812_101500, 20190812_101500,
# PXL_20210812_101500123, P1010024, 100_0024, GOPR0024, DJI_0024, MVIMG_20190812_101500.
_CAMERA = re.compile(
    r"_?(?:DSC[FN]?_?|(?:MV)?IMG_|MG_|PXL_|CIMG|SAM_|GOPR|DJI_|P[\dA-C]\d\d|1\d\d_)\d{4,}(?:_\d+)?"
    r"|\d{8}_\d{6}(?:_\d+)?",
    re.IGNORECASE,
)
# Words of folders that hold copies of what is elsewhere, and of folders that hold any photos.
_COPIES = re.compile(
    r"backups?|bak|copi[ae]|cop(?:y|ies)|dopp(?:ie|ioni)|duplicat(?:i|es)|whatsapp|telegram|messenger"
    r"|downloads?|scaricat[ie]|sent"
)
_ANY_PHOTOS = re.compile(
    r"album|camera|canon|card|cartella|dcim|desktop|documenti?|documents?|folder|foto|fotografie|home"
    r"|images?|img|immagini|media|mnt|new|nikon|nuova|phone|photos?|pictures?|roll|rullino"
    r"|scansioni|scheda|senza|sync|telefono|titolo|untitled|uploads?|users|varie"
)
_WORDS = re.compile(r"[^\W\d_]+")


def is_copy_name(path: bytes) -> bool:
    """Return True if a file name marks a copy, such as "Foto copia.jpg" or "Foto (1).jpg"."""
    return _COPY.search(_stem(path)) is not None


def is_passed_on_name(path: bytes) -> bool:
    """Return True if a file name is one that a backup, a messenger or a social network gives, or
    marks a copy of such a file."""
    return _PASSED_ON.fullmatch(_COPY.sub("", _stem(path))) is not None


def is_camera_name(path: bytes) -> bool:
    """Return True if a file name is one that cameras and phones give, such as "DSC_0024.JPG"."""
    return _CAMERA.fullmatch(_stem(path)) is not None


def is_in_copies(path: bytes) -> bool:
    """Return True if a folder above the file is named as one for copies, such as "Backup telefono"
    or "WhatsApp Images"."""
    return any(map(_COPIES.fullmatch, _words(os.path.dirname(path))))


def is_in_named_folder(path: bytes) -> bool:
    """Return True if the file's folder has a name of its own, such as "Matrimonio di Anna", unlike
    "DCIM", "2019-08" and "Nuova cartella"."""
    words = _words(os.path.basename(os.path.dirname(path)))
    return any(len(word) > 2 and not _ANY_PHOTOS.fullmatch(word) for word in words)


def is_same_name(a: bytes, b: bytes) -> bool:
    """Return True if two file names are equal except for extension, case and copy marks."""
    return _original_name(a) == _original_name(b)


def are_numbered_apart(a: bytes, b: bytes) -> bool:
    """Return True if two file names, without extension, differ only in the number at their end.

    Such are the names of two frames of a camera (IMG_2001 and IMG_2002) and of two pages of a
    scanner ("lettera 1" and "lettera 2").
    """
    first, second = (_NUMBERED.fullmatch(_original_name(path)) for path in (a, b))
    if first is None or second is None:
        return False
    return first[1] == second[1] and int(first[2]) != int(second[2])


def are_of_other_days(a: bytes, b: bytes) -> bool:
    """Return True if two file names contain different dates."""
    first, second = date_in_name(a), date_in_name(b)
    return first is not None and second is not None and first[:10] != second[:10]


def _stem(path: bytes) -> str:
    return os.path.splitext(os.fsdecode(os.path.basename(path)))[0]


def _original_name(path: bytes) -> str:
    """Return the file name in lower case, without extension and copy marks."""
    return _COPY.sub("", _stem(path)).casefold()


def _words(path: bytes) -> list[str]:
    return _WORDS.findall(os.fsdecode(path).casefold())
