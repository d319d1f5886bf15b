"""Forget the words that were read inside photos (`pulisci --dimentica-testi`)."""

from __future__ import annotations

from contextlib import suppress

from cercafoto.archive.session import Session
from cercafoto.errors import ArchiveError


def forget_texts(session: Session, confirmed: bool) -> int:
    """Forget what was read; see `Library.forget_texts`."""
    session.expect_local()
    with session.catalog() as catalog:
        unread = catalog.contents_unread()
        number = len(catalog.contents_read().keys() | unread)
    if confirmed and number:
        with session.writing() as catalog:
            with catalog.transaction():
                catalog.forget_texts()
                catalog.forget_unread(unread)
            with suppress(ArchiveError):  # a full disk: the space serves what is read next
                catalog.compact()
    return number
