"""A reporter for tests that keeps its lines."""

from __future__ import annotations

from collections.abc import Callable

from cercafoto.base.reporter import Silent


class Recorder(Silent):
    """on_progress: called with (done, total, name)."""

    def __init__(
        self, on_progress: Callable[[int, int, str], object] = lambda done, total, name: None
    ) -> None:
        self.lines: list[str] = []
        self._on_progress = on_progress

    def say(self, line: str) -> None:
        self.lines.append(line)

    def progress(self, task: str, done: int, total: int, name: str) -> None:
        self._on_progress(done, total, name)
