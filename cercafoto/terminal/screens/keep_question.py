"""The panel that keeps the question as a collection."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import Input, Static

from cercafoto.browse.asked import Asked
from cercafoto.question.filters.filter import NO_FILTERS
from cercafoto.question.filters.names import COLLECTION
from cercafoto.terminal.screens.threads import Panel, in_thread


class KeepScreen(Panel[Asked | None]):
    """A panel that asks for a name. Its result asks for the new collection; None if none was
    made."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "dismiss", show=False)]

    def __init__(self, asked: Asked) -> None:
        super().__init__()
        self._asked = asked

    def compose(self) -> ComposeResult:
        with Vertical(classes="pannello"):
            yield Static("Salva la domanda come raccolta", markup=False)
            yield Input(placeholder="Un nome, poi Invio", max_length=80, id="nuova")
            yield Static("Esc chiude.", classes="nota", id="detto", markup=False)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        name = " ".join(event.value.split())

        def keep() -> Callable[[], None]:
            self.owner.archive.keep(self._asked, name)
            return done

        def done() -> None:
            self.dismiss(Asked(typed=COLLECTION.added(NO_FILTERS, name)))

        in_thread(self, keep, self.tell, exclusive=True)
