"""The catalogue as one class: what is read and written by every room above."""

from __future__ import annotations

from cercafoto.archive.local.browsing import Browsing
from cercafoto.archive.local.damaged_rows import DamagedRows
from cercafoto.archive.local.integrity import Integrity
from cercafoto.archive.local.label_history import LabelHistory
from cercafoto.archive.local.photos import Photos
from cercafoto.archive.local.publishing import Publishing
from cercafoto.archive.local.purge import Purge
from cercafoto.archive.local.search import Search
from cercafoto.archive.local.tags import Tags
from cercafoto.archive.local.unread_texts import UnreadTexts


class Catalog(
    Photos,
    Search,
    Tags,
    LabelHistory,
    Browsing,
    Purge,
    Publishing,
    Integrity,
    DamagedRows,
    UnreadTexts,
):
    """An open catalogue. Not shared between threads; `close` it, or use it in a with block."""
