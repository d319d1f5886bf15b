"""Define `Reporter`, through which long-running work shows its progress and messages."""

from __future__ import annotations

from typing import Protocol

# Tasks of `Reporter.progress`. They count photos indexed, photos whose metadata were recomputed,
# thumbnails made, and bytes downloaded. Other tasks have the name of the sense that looks.
PHOTOS, FACTS, THUMBNAILS, BYTES = "photos", "facts", "thumbnails", "bytes"


class Reporter(Protocol):
    """Where a run reports to: a terminal, a web page or nowhere."""

    def say(self, line: str) -> None:
        """Show a line of text to the person."""

    def progress(self, task: str, done: int, total: int, name: str) -> None:
        """Show that `done` of `total` units of a task are done.

        task: one of PHOTOS, FACTS, THUMBNAILS, BYTES, or the name of a sense.
        name: the latest file; "" if there is none.
        """


class Silent:
    """A reporter that shows nothing."""

    def say(self, line: str) -> None: ...

    def progress(self, task: str, done: int, total: int, name: str) -> None: ...


SILENT: Reporter = Silent()
