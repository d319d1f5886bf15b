"""Delete the words that were read inside photos (`pulisci --dimentica-testi`)."""

from __future__ import annotations

from contextlib import suppress

from cercafoto.archive.local_archive import LocalArchive
from cercafoto.errors import ArchiveError


def forget_texts(archive: LocalArchive, confirmed: bool) -> int:
    """Delete the texts if `confirmed`; return how many contents have any. See Library."""
    with archive.catalog() as catalog:
        unread = catalog.unread_texts.contents()
        number = len(catalog.texts.contents_read().keys() | unread)
    if confirmed and number:
        with archive.writing() as catalog:
            with catalog.transaction():
                catalog.texts.forget()
                catalog.unread_texts.forget(unread)
            with suppress(ArchiveError):  # if the disk is full, later texts reuse the space
                catalog.compact()
    return number
