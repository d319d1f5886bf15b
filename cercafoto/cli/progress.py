"""Progress bars on a terminal's stderr, and their silent counterpart for pipes."""

from __future__ import annotations

from typing import Any

from cercafoto.base.paths import printable


class Silence:
    """No bars."""

    def photos(self, done: int, total: int, path: bytes) -> None: ...

    def thumbnails(self, done: int, total: int, path: bytes) -> None: ...

    def bytes(self, done: int, total: int, name: str) -> None: ...

    def hide(self) -> None: ...


class Bars:
    """One bar for the photos, one for their small copies, one for a download; each appears when
    it has something to say."""

    def __init__(self) -> None:
        from rich.console import Console
        from rich.progress import (
            BarColumn,
            Progress,
            TaskProgressColumn,
            TextColumn,
            TimeRemainingColumn,
        )

        self._bars = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            TaskProgressColumn(),
            TextColumn("{task.fields[count]}"),
            TimeRemainingColumn(),
            console=Console(stderr=True),
            transient=True,
        )
        self._photos: Any = None
        self._thumbnails: Any = None
        self._bytes: Any = None

    def __enter__(self) -> Bars:
        return self

    def __exit__(self, *_: object) -> None:
        self._bars.stop()

    def hide(self) -> None:
        """Take the bars away, for a question; the next progress brings them back."""
        self._bars.stop()

    def photos(self, done: int, total: int, path: bytes) -> None:
        if self._photos is None:
            self._bars.start()
            self._photos = self._bars.add_task("Foto", total=total, count="")
        self._bars.update(self._photos, completed=done, count=_counted(done, total, path))

    def thumbnails(self, done: int, total: int, path: bytes) -> None:
        if self._thumbnails is None:
            self._bars.start()
            self._thumbnails = self._bars.add_task("Miniature", total=total, count="")
        self._bars.update(self._thumbnails, completed=done, count=_counted(done, total, path))

    def bytes(self, done: int, total: int, name: str) -> None:
        if self._bytes is None:
            self._bars.start()
            self._bytes = self._bars.add_task("Scarico", total=total, count="")
        count = f"{done / 1e6:.0f}/{total / 1e6:.0f} MB"
        self._bars.update(self._bytes, completed=done, total=total, count=count)


def _counted(done: int, total: int, path: bytes) -> str:
    name = printable(path).rsplit("/", 1)[-1]
    return f"{done}/{total}  {name[:40]}"
