"""The catalogue as one class: what is read and written by every room above."""

from __future__ import annotations

from cercafoto.catalog.browsing import Browsing
from cercafoto.catalog.damaged_rows import DamagedRows
from cercafoto.catalog.integrity import Integrity
from cercafoto.catalog.photos import Photos
from cercafoto.catalog.publishing import Publishing
from cercafoto.catalog.purge import Purge
from cercafoto.catalog.search import Search
from cercafoto.catalog.tags import Tags
from cercafoto.catalog.unread_texts import UnreadTexts


class Catalog(
    Photos, Search, Tags, Browsing, Purge, Publishing, Integrity, DamagedRows, UnreadTexts
):
    """An open catalogue. Not shared between threads; `close` it, or use it in a with block."""
