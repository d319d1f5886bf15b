"""Reporters: through them, work that takes long shows where it is, tells what happens, and asks."""

from __future__ import annotations

from typing import Protocol

# Tasks of `Reporter.progress`: photos read, facts put together, small copies made, words of photos
# read, bytes of a download.
PHOTOS, FACTS, THUMBNAILS = "photos", "facts", "thumbnails"
TEXTS, BYTES = "texts", "bytes"


class Reporter(Protocol):
    """Follower of a run: a terminal, a page, nobody.

    attended: whether a person is there to answer. A download that was agreed to once does not
    start again behind everybody's back.
    """

    @property
    def attended(self) -> bool: ...

    def say(self, line: str) -> None:
        """Show a line that the person should read."""

    def progress(self, task: str, done: int, total: int, name: str) -> None:
        """Show how far a task is, and the file that it came to last."""

    def ask(self, question: str) -> bool | None:
        """Put a yes-or-no question; None where nobody is there."""


class Silent:
    """Shows nothing and asks nobody."""

    attended = False

    def say(self, line: str) -> None: ...

    def progress(self, task: str, done: int, total: int, name: str) -> None: ...

    def ask(self, question: str) -> bool | None:
        return None


SILENT: Reporter = Silent()
