"""Reporters: through them, work that takes long shows where it is and tells what happens."""

from __future__ import annotations

from typing import Protocol

# Tasks of `Reporter.progress`: photos read, facts put together, small copies made, words of photos
# read, bytes of a download.
PHOTOS, FACTS, THUMBNAILS = "photos", "facts", "thumbnails"
TEXTS, BYTES = "texts", "bytes"


class Reporter(Protocol):
    """Follower of a run: a terminal, a page, nobody."""

    def say(self, line: str) -> None:
        """Show a line that the person should read."""

    def progress(self, task: str, done: int, total: int, name: str) -> None:
        """Show how far a task is, and the file that it came to last."""


class Silent:
    """Shows nothing."""

    def say(self, line: str) -> None: ...

    def progress(self, task: str, done: int, total: int, name: str) -> None: ...


SILENT: Reporter = Silent()
