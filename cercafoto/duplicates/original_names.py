"""Judge by the names of a file and of its folders whether it is an original."""

from __future__ import annotations

import os
import re

from cercafoto.photos.file_names import stem_of, without_copy_marks

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


def is_passed_on_name(path: bytes) -> bool:
    """Whether a file name is one that a backup, a messenger or a social network gives, or
    marks a copy of such a file."""
    return _PASSED_ON.fullmatch(without_copy_marks(path)) is not None


def is_camera_name(path: bytes) -> bool:
    """Whether a file name is one that cameras and phones give, such as "DSC_0024.JPG"."""
    return _CAMERA.fullmatch(stem_of(path)) is not None


def is_in_copies(path: bytes) -> bool:
    """Whether a folder above the file is named as one for copies, such as "Backup telefono"
    or "WhatsApp Images"."""
    return any(map(_COPIES.fullmatch, _words(os.path.dirname(path))))


def is_in_named_folder(path: bytes) -> bool:
    """Whether the file's folder has a name of its own, such as "Matrimonio di Anna", unlike
    "DCIM", "2019-08" and "Nuova cartella"."""
    words = _words(os.path.basename(os.path.dirname(path)))
    return any(len(word) > 2 and not _ANY_PHOTOS.fullmatch(word) for word in words)


def _words(path: bytes) -> list[str]:
    return _WORDS.findall(os.fsdecode(path).casefold())
