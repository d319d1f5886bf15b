"""The application as its screens see it: they are below it, and import no more of it than this."""

from __future__ import annotations

from typing import Protocol

from cercafoto.browse.answers import BrowsedArchive
from cercafoto.terminal.browse_state import Browsing
from cercafoto.terminal.loader import PictureLoader


class ArchiveApp(Protocol):
    """See `app.BrowseApp`."""

    archive: BrowsedArchive
    browsing: Browsing
    loader: PictureLoader

    def wait_for_model(self) -> None: ...

    def leave_writing(self) -> None: ...
