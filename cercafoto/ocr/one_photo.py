"""Return the text in one photo, from the archive if the photo was read before (`leggi FOTO`)."""

from __future__ import annotations

import hashlib
import os
from contextlib import suppress
from pathlib import Path

from cercafoto.archive.archive import Archive
from cercafoto.base.os_reasons import unreadable
from cercafoto.base.paths import absolute, printable
from cercafoto.base.piped_picture import PipedPicture
from cercafoto.errors import ArchiveError, FolderNotFoundError, ImageError
from cercafoto.looking.sense import UnreadError
from cercafoto.ocr.ocr_processes import Readers
from cercafoto.photos.moves import digest_of
from cercafoto.results.texts import ReadText


def text_in(archive: Archive, photo: Path | PipedPicture) -> ReadText:
    """Return the text in a photo, stored in the archive or read now; see `TextAlbum.of_photo`."""
    if isinstance(photo, PipedPicture):
        stored = _stored(archive, hashlib.sha256(photo.content).digest())
    else:
        stored = _stored(archive, _digest(photo))
    if stored is not None:
        return stored
    with Readers(1) as readers:
        try:
            if isinstance(photo, PipedPicture):
                return readers.read_piped(photo)
            return readers.read_file(absolute(photo))
        except UnreadError as error:
            name = photo.name if isinstance(photo, PipedPicture) else printable(absolute(photo))
            raise ImageError(f"{name}: {error.message}.") from error


def _digest(photo: Path) -> bytes:
    if photo.is_dir():
        raise FolderNotFoundError(
            f"{photo} è una cartella, non una foto.",
            f"Per leggere le foto che contiene: cercafoto leggi {printable(photo)}",
        )
    try:
        return bytes.fromhex(digest_of(os.fsencode(photo)))
    except FileNotFoundError as error:
        raise FolderNotFoundError(f"La foto {photo} non esiste.", "Controlla il nome.") from error
    except OSError as error:
        raise ImageError(f"{printable(photo)}: {unreadable(error)}.") from error


def _stored(archive: Archive, digest: bytes) -> ReadText | None:
    with suppress(ArchiveError), archive.reading():
        content = archive.photos.content_of(digest)
        return None if content is None else archive.texts.of_content(content)
    return None
