"""The type of the application for its screens, which cannot import it: it imports them."""

from __future__ import annotations

from typing import Protocol

from cercafoto.browse.answers import BrowsedArchive
from cercafoto.terminal.browse_state import Browsing
from cercafoto.terminal.loader import PictureLoader


class ArchiveApp(Protocol):
    """What screens use of the application; see `app.BrowseApp`."""

    archive: BrowsedArchive
    browsing: Browsing
    loader: PictureLoader

    def wait_for_model(self) -> None: ...

    def leave_writing(self) -> None: ...
