"""Show the progress of a run on stderr: lines, and progress bars if it is a terminal."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Self

from cercafoto.base.paths import printable
from cercafoto.base.reporter import BYTES, FACTS, PHOTOS, THUMBNAILS
from cercafoto.cli.common import common
from cercafoto.cli.console import notice

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

TITLES = {
    PHOTOS: "Foto",
    FACTS: "Date e parole",
    THUMBNAILS: "Miniature",
    BYTES: "Scarico",
}


class TerminalReporter:
    """The `Reporter` of a command. Leaving its with block removes the bars.

    quiet: show nothing, as with --quieto.
    """

    def __init__(self, quiet: bool = False) -> None:
        self.quiet = quiet or common().quiet
        self._has_bars = sys.stderr.isatty() and not self.quiet
        self._bars: Progress | None = None
        self._tasks: dict[str, TaskID] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._bars is not None:
            self._bars.stop()
        self._bars = None
        self._tasks.clear()

    def say(self, line: str) -> None:
        if not self.quiet:
            notice(line)

    def progress(self, task: str, done: int, total: int, name: str) -> None:
        """Show or move the bar of a task, if stderr is a terminal. The bar appears at the first
        call."""
        if not self._has_bars:
            return
        bars = self._bars = self._bars or _bars()
        if task not in self._tasks:
            bars.start()
            title = TITLES.get(task) or _of_sense(task)
            self._tasks[task] = bars.add_task(title, total=total, count="")
        count = _megabytes(done, total) if task == BYTES else _count(done, total, name)
        bars.update(self._tasks[task], completed=done, total=total, count=count)


class ProgressBars(TerminalReporter):
    """A `Reporter` with progress bars but no lines, for runs that start by themselves."""

    def say(self, line: str) -> None: ...


def _of_sense(name: str) -> str:
    from cercafoto.senses import SENSES  # late: most commands look at nothing

    return next(sense.wording.title for sense in SENSES if sense.name == name)


def _bars() -> Progress:
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        Progress,
        TaskProgressColumn,
        TextColumn,
        TimeRemainingColumn,
    )

    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TextColumn("{task.fields[count]}", markup=False),  # a file name may contain brackets
        TimeRemainingColumn(),
        console=Console(stderr=True),
        transient=True,
    )


def _megabytes(done: int, total: int) -> str:
    return f"{done / 1e6:.0f}/{total / 1e6:.0f} MB"


def _count(done: int, total: int, name: str) -> str:
    return f"{done}/{total}  {printable(name).rsplit('/', 1)[-1][:40]}"
