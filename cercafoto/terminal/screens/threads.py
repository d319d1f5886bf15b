"""Run slow work of a screen in a thread, and show its result in the screen's own thread."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from textual.screen import Screen
from textual.worker import Worker, get_current_worker

from cercafoto.errors import CercafotoError


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
