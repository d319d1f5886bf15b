"""The Textual application of `sfoglia`, with what all its screens share."""

from __future__ import annotations

import asyncio
import signal
import sys
import threading
from typing import ClassVar

from textual.app import App
from textual.binding import Binding, BindingType

from cercafoto.browse.answers import BrowsedArchive
from cercafoto.browse.asked import Asked
from cercafoto.terminal.browse_state import Browsing
from cercafoto.terminal.graphics import Terminal
from cercafoto.terminal.loader import PictureLoader
from cercafoto.terminal.screens.search import SearchScreen


class BrowseApp(App[list[bytes] | None]):
    """An application to browse an archive. Its result is the paths of the marked photos, in the
    order of marking; None if the person interrupted it with Ctrl-C.

    asked: the first question; None: the latest photos.
    """

    CSS_PATH = "style.tcss"
    ENABLE_COMMAND_PALETTE = False
    TITLE = "cercafoto"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+q", "leave", show=False, priority=True),
        Binding("ctrl+c", "break_off", show=False, priority=True, system=True),
    ]

    def __init__(
        self, archive: BrowsedArchive, terminal: Terminal, asked: Asked | None = None
    ) -> None:
        super().__init__()
        self.archive = archive
        self.browsing = Browsing()
        self.loader = PictureLoader(archive.thumbnails, terminal, self._tell_terminal)
        self.writes = False
        self._first = asked or Asked()
        self._model = threading.Lock()

    def get_default_screen(self) -> SearchScreen:
        return SearchScreen(self._first)

    def on_mount(self) -> None:
        if sys.platform != "win32" and threading.current_thread() is threading.main_thread():
            # The usual handler raises an exception, which would leave Textual's threads running.
            asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, self.action_break_off)
        self.run_worker(self._warm, thread=True, exit_on_error=False)

    def _warm(self) -> None:
        """Load the model in a thread, before the first question. An error is ignored here: it
        happens again, and is shown, at the first question."""
        with self._model:
            self.archive.warm()

    def wait_for_model(self) -> None:
        """Wait until the model is loaded, so that it is not loaded twice. Call in a thread."""
        with self._model:
            pass

    def on_unmount(self) -> None:
        self.loader.close()

    def action_leave(self) -> None:
        self.exit(list(self.browsing.marked.values()))

    def leave_writing(self) -> None:
        """End the application, and let the command write the paths of the marked photos even if no
        option asks for these paths."""
        self.writes = True
        self.action_leave()

    def action_break_off(self) -> None:
        self.exit(None)

    def _tell_terminal(self, sequence: str) -> None:
        if self._driver is not None:
            self._driver.write(sequence)
