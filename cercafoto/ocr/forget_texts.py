"""Delete the words read in photos, and records of failures (`pulisci --dimentica-testi`)."""

from __future__ import annotations

from contextlib import suppress

from cercafoto.archive.local_archive import LocalArchive
from cercafoto.errors import ArchiveError
from cercafoto.ocr.word_sense import Words


def forget_texts(archive: LocalArchive, confirmed: bool) -> int:
    """Delete the words read in photos, and the records of failed readings, if `confirmed`. Return
    the number of contents that have either; see `Library.forget_texts`."""
    with archive.catalog() as catalog:
        unread = catalog.unread.contents(Words.name)
        number = len(catalog.texts.contents_read().keys() | unread)
    if confirmed and number:
        with archive.writing() as catalog:
            with catalog.transaction():
                catalog.texts.forget()
                catalog.unread.forget(Words.name, unread)
            with suppress(ArchiveError):  # if the disk is full, later texts reuse the space
                catalog.compact()
    return number
