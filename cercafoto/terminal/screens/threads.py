"""What screens and panels share: slow work in a thread, the last line of a panel."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, TypeVar, cast

from textual.screen import ModalScreen, Screen
from textual.widgets import Static
from textual.worker import Worker, get_current_worker

from cercafoto.base.paths import printable
from cercafoto.errors import CercafotoError
from cercafoto.terminal.app_type import ArchiveApp

T = TypeVar("T")


def in_thread(
    screen: Screen[Any],
    work: Callable[[], Callable[[], None]],
    failed: Callable[[CercafotoError], None],
    **settings: Any,
) -> Worker[None]:
    """Run `work` in a thread, then call the function it returns in the screen's thread. Nothing is
    called if the screen was closed or the worker cancelled meanwhile.

    failed: called instead if `work` raises CercafotoError, with the error.
    settings: further arguments of Textual's `run_worker`.
    """

    def run() -> None:
        worker = get_current_worker()
        try:
            finish = work()
        except CercafotoError as error:
            finish = partial(failed, error)

        def finish_here() -> None:
            if screen.is_attached:
                finish()

        if not worker.is_cancelled and screen.app.is_running:
            screen.app.call_from_thread(finish_here)

    return screen.run_worker(run, thread=True, **settings)


class Panel(ModalScreen[T]):
    """A panel over a screen. It must have a `Static` with the id "detto"."""

    @property
    def owner(self) -> ArchiveApp:
        return cast(ArchiveApp, self.app)

    def say(self, text: str) -> None:
        """Show a message on the last line."""
        self.query_one("#detto", Static).update(text)

    def tell(self, error: CercafotoError) -> None:
        self.say(in_one_line(error))


def in_one_line(error: CercafotoError) -> str:
    """Return an error's message and hint."""
    return printable(" ".join(filter(None, (error.message, error.hint))))
