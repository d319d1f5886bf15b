"""Define `Reporter`, through which long-running work shows its progress and messages."""

from __future__ import annotations

from typing import Protocol

# Tasks of `Reporter.progress`. They count photos indexed, photos whose metadata were recomputed,
# thumbnails made, photos read by OCR, indexed photos whose things are seen, photos searched for
# faces, and bytes downloaded.
PHOTOS, FACTS, THUMBNAILS = "photos", "facts", "thumbnails"
TEXTS, THINGS, FACES, BYTES = "texts", "things", "faces", "bytes"


class Reporter(Protocol):
    """Where a run reports to: a terminal, a web page or nowhere."""

    def say(self, line: str) -> None:
        """Show a line of text to the person."""

    def progress(self, task: str, done: int, total: int, name: str) -> None:
        """Show that `done` of `total` units of a task are done.

        task: one of PHOTOS, FACTS, THUMBNAILS, TEXTS, THINGS, FACES, BYTES.
        name: the latest file; "" if there is none.
        """


class Silent:
    """A reporter that shows nothing."""

    def say(self, line: str) -> None: ...

    def progress(self, task: str, done: int, total: int, name: str) -> None: ...


SILENT: Reporter = Silent()
