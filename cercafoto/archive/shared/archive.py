"""A shared archive as one class: what is read of it, and the labels written to it."""

from __future__ import annotations

from cercafoto.archive.shared.browsing import SharedBrowsing
from cercafoto.archive.shared.labels import SharedLabels
from cercafoto.archive.shared.search import SharedSearch


class SharedArchive(SharedSearch, SharedLabels, SharedBrowsing):
    """An archive as it is at one moment (`archive.store.LabelStore`)."""
