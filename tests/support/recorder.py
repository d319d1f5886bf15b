"""A reporter for tests: keeps the lines that it is told, answers every question alike."""

from __future__ import annotations

from collections.abc import Callable

from cercafoto.base.reporter import Silent


class Recorder(Silent):
    """on_progress: called with (done, total, name). answer: None where nobody is there."""

    def __init__(
        self,
        on_progress: Callable[[int, int, str], object] = lambda done, total, name: None,
        answer: bool | None = None,
    ) -> None:
        self.lines: list[str] = []
        self.questions: list[str] = []
        self.answer = answer
        self._on_progress = on_progress

    @property
    def attended(self) -> bool:  # type: ignore[override]
        return self.answer is not None

    def say(self, line: str) -> None:
        self.lines.append(line)

    def progress(self, task: str, done: int, total: int, name: str) -> None:
        self._on_progress(done, total, name)

    def ask(self, question: str) -> bool | None:
        self.questions.append(question)
        return self.answer
